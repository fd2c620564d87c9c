"""The single rights that a verb needs, each as a question that AWS can be asked (iam:SimulatePrincipalPolicy)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mtasts.providers.rights.estate import Estate, StackEstate
from mtasts.providers.rights.roles import publish, read, watch
from mtasts.providers.rights.statement import Statement, Texts

# What stands for `*` in a question: an id nothing has, a domain for examples (RFC 2606 s3).
_ID: Final = "EXAMPLE"
_NAME: Final = "example.com"


@dataclass(frozen=True, slots=True)
class Need:
    """One question: may `action` be done to `resource`, in this `context` (condition key -> its values)?

    `because`: the statement's id, which the example policies have too.
    """

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]
    because: str


def needs(statements: Sequence[Statement]) -> tuple[Need, ...]:
    """Every question that the statements answer with yes; a role that says no to one cannot do its work."""
    return tuple(
        Need(action, _example(resource, _ID), _context(statement), statement.sid)
        for statement in statements
        if not statement.deny
        for action in sorted(statement.actions)
        for resource in statement.resources
        if _takes(action, resource)
    )


def _preview(estate: Estate, stack: StackEstate) -> list[Statement]:
    return read(estate, [stack])


def _up(estate: Estate, stack: StackEstate) -> list[Statement]:
    return [*read(estate, [stack]), *publish(estate, stack)]


def _watch(estate: Estate, stack: StackEstate) -> list[Statement]:
    return [*read(estate, [stack]), *watch(estate)]


# The statements that each verb rests on, of one stack.
VERBS: Final = MappingProxyType({"preview": _preview, "up": _up, "watch": _watch})

# Where one statement has several kinds of resources: the actions of each kind.
_KINDS: Final = MappingProxyType(
    {
        ":function/": ("cloudfront:DescribeFunction", "cloudfront:GetFunction"),
        ":distribution/": (
            "cloudfront:GetDistribution",
            "cloudfront:ListTagsForResource",
            "cloudfront:TagResource",
            "cloudfront:UntagResource",
        ),
        ":origin-access-control/": (
            "cloudfront:DeleteOriginAccessControl",
            "cloudfront:GetOriginAccessControl",
            "cloudfront:UpdateOriginAccessControl",
        ),
        ":response-headers-policy/": (
            "cloudfront:DeleteResponseHeadersPolicy",
            "cloudfront:GetResponseHeadersPolicy",
            "cloudfront:UpdateResponseHeadersPolicy",
        ),
        ":certificate/": (
            "acm:AddTagsToCertificate",
            "acm:DescribeCertificate",
            "acm:ListTagsForCertificate",
            "acm:RemoveTagsFromCertificate",
        ),
    }
)
_OF_A_BUCKET: Final = frozenset({"s3:ListBucket"})


def _takes(action: str, resource: str) -> bool:
    """Whether AWS takes this resource for the action, of a statement that has several kinds."""
    if action in {"s3:GetObject", *_OF_A_BUCKET} and resource.partition(":::")[0].endswith(":s3"):
        return ("/" in resource) != (action in _OF_A_BUCKET)
    known = [kind for kind, actions in _KINDS.items() if action in actions]
    return resource == "*" or not known or any(kind in resource for kind in known)


def _context(statement: Statement) -> Mapping[str, tuple[str, ...]]:
    """Values with which every condition holds; a key that must not be there is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for operator, tests in statement.conditions.items():
        for key, value in tests.items():
            if operator != "Null":
                found[key] = tuple(_example(each, _NAME) for each in _all(value))
    return found


def _all(value: Texts) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _example(pattern: str, stands_for: str) -> str:
    return pattern if pattern == "*" else pattern.replace("*", stands_for)
