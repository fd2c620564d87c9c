"""The wish of a set-up at AWS, from a project's name, its stacks and their zones. Pure: names in, values out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mtasts.errors import CannotLook
from mtasts.providers import rights
from mtasts.providers.rights import Document, Estate, StackEstate
from mtasts.providers.s3_cloudfront import A_BUCKET, is_bucket_name
from mtasts_pulumi.foundation import PROVIDER, FoundationArgs, RoleArgs

PREVIEW, WATCH = "preview", "watch"
# IAM user guide, "IAM and AWS STS quotas": all policies within one role, white space not counted.
_INLINE_LIMIT = 10_240
# More would not fit into one role; the conditions on record names hold then, and zones are not told apart.
_ZONES_NAMED, _ZONES_READ = 25, 100


@dataclass(frozen=True, slots=True)
class Trusted:
    """Who takes the roles: the forge that signs, and the subjects of its tokens by environment."""

    issuer: str
    subjects: Mapping[str, Sequence[str]]


def default_bucket(project: str, part: str, account: str) -> str:
    """The name of a bucket where none is given; a name counts for all accounts, so the account is in it."""
    return f"{plain(project)}-{part}-{account}"


def plain(project: str) -> str:
    """A project's name as it may be part of a bucket's."""
    return "-".join(filter(None, "".join(c if c.isascii() and c.isalnum() else " " for c in project.lower()).split()))


def checked_bucket(name: str, option: str) -> str:
    """The name, if S3 takes it. Raises CannotLook."""
    if not is_bucket_name(name):
        raise CannotLook(f"{name!r:.80} is not the name of a bucket: {A_BUCKET}", f"give another: {option}")
    return name


def role_name(project: str, environment: str) -> str:
    """The role of a pipeline's environment."""
    return f"{plain(project)}-{environment}"


def foundation(estate: Estate, stacks: Sequence[StackEstate], trusted: Trusted) -> FoundationArgs:
    """The program's arguments but for what is there already. Raises CannotLook for a role that gets too large."""
    return {
        "project": estate.project,
        "state": estate.state,
        "reports": estate.reports,
        "issuer": trusted.issuer,
        "roles": [_role(estate, name, policies, trusted) for name, policies in _policies(estate, stacks).items()],
    }


def resources(args: FoundationArgs, account: str, partition: str) -> dict[str, str]:
    """Everything that others may have made already: the import id by the resource's name."""
    issuer = args.get("issuer")
    provider = {PROVIDER: f"arn:{partition}:iam::{account}:oidc-provider/{issuer}"} if issuer else {}
    roles = {f"role-{role['name']}": role["name"] for role in args["roles"]}
    policies = {
        f"role-{role['name']}-{policy}": f"{role['name']}:{policy}"
        for role in args["roles"]
        for policy in role["policies"]
    }
    return {"state-bucket": args["state"], "reports-bucket": args["reports"], **provider, **roles, **policies}


def _policies(estate: Estate, stacks: Sequence[StackEstate]) -> dict[str, dict[str, Document]]:
    """By environment: a stack's role sees its own stack alone."""
    stacks = [_fitting(stack, _ZONES_NAMED) for stack in stacks]
    many = sum(len(stack.zones) for stack in stacks) > _ZONES_READ
    every = rights.document(rights.read(estate, [_fitting(stack, 0 if many else _ZONES_NAMED) for stack in stacks]))
    publishing = {
        stack.name: {
            "read": rights.document(rights.read(estate, [stack])),
            "publish": rights.document(rights.publish(estate, stack)),
        }
        for stack in stacks
    }
    return {
        PREVIEW: {"read": every},
        **publishing,
        WATCH: {"read": every, "watch": rights.document(rights.watch(estate))},
    }


def _fitting(stack: StackEstate, most: int) -> StackEstate:
    return replace(stack, zones=("*",)) if len(stack.zones) > most else stack


def _role(estate: Estate, environment: str, policies: Mapping[str, Document], trusted: Trusted) -> RoleArgs:
    size = sum(_size(document) for document in policies.values())
    if size > _INLINE_LIMIT:
        raise CannotLook(
            f"the role of {environment} would have {size} characters of policies; AWS takes {_INLINE_LIMIT}",
            "fewer stacks in one project: divide it",
        )
    trust = rights.trust(estate.account, trusted.issuer, trusted.subjects[environment], partition=estate.partition)
    return {"name": role_name(estate.project, environment), "trust": trust, "policies": policies}


def _size(document: Document) -> int:
    return len(json.dumps(document, separators=(",", ":")))
