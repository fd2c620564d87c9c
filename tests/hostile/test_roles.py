"""What the sample roles can write: staging's nothing of prod's, and the other way round; and who may take them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.fleet import Fleet
from tests.workflows.steps import ROOT

pytestmark = pytest.mark.xdist_group("hostile-gate")

EXAMPLES = ROOT / "docs" / "examples" / "aws"
# Of these, AWS takes a resource for each thing that is written; CloudFront's and ACM's have ids that AWS gives.
HELD_APART = ("s3:", "route53:ChangeResourceRecordSets", "cloudfront:UpdateFunction", "cloudfront:PublishFunction")
WRITES = re.compile(r":(?!Get|List|Describe)")


def policy(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["Statement"]
    return [statement for statement in found if statement["Effect"] == "Allow"]


def several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def written(name: str) -> set[tuple[str, str]]:
    """Action and resource pattern of everything that a role may write and that has an owner."""
    return {
        (action, resource)
        for statement in policy(name)
        for action in several(statement["Action"])
        for resource in several(statement["Resource"])
        if action.startswith(HELD_APART) and WRITES.search(action)
    }


def meet(one: str, other: str) -> bool:
    """Whether some text matches both patterns, where `*` is any text and `?` any letter, as IAM has it."""

    @cache
    def from_(i: int, j: int) -> bool:
        if i == len(one) and j == len(other):
            return True
        if i < len(one) and one[i] == "*":
            return from_(i + 1, j) or (j < len(other) and from_(i, j + 1))
        if j < len(other) and other[j] == "*":
            return from_(i, j + 1) or (i < len(one) and from_(i + 1, j))
        return (
            i < len(one)
            and j < len(other)
            and (one[i] == other[j] or "?" in (one[i], other[j]))
            and from_(i + 1, j + 1)
        )

    return from_(0, 0)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [("a*", "ab", True), ("a*c", "a?d", False), ("*", "x/y", True), ("a/b*", "a/c*", False), ("a*z", "ab*", True)],
)
def test_patterns_meet(one: str, other: str, both: bool) -> None:
    assert (meet(one, other), meet(other, one)) == (both, both)


def test_staging_and_prod_write_nothing_of_each_other() -> None:
    """No pattern of one role has a text in common with one of the other: state, policy bucket, records."""
    staging, prod = written("publish-staging"), written("publish-prod")

    assert {action for action, _ in staging} == {action for action, _ in prod}
    for action, resource in staging:
        for other, theirs in prod:
            assert not (action == other and meet(resource, theirs)), (action, resource, theirs)


@pytest.mark.parametrize("name", ["publish-staging", "publish-prod", "watch", "probe", "read"])
def test_no_wildcard_but_at_the_end_of_a_folder(name: str) -> None:
    """`bucket-*` or `.../staging*` would reach what is made later under a name that begins alike."""
    for _, resource in written(name):
        assert re.fullmatch(r"[^*?]+(/\*)?", resource), resource


def test_reading_and_watching_publish_nothing() -> None:
    """Any branch may use the first; the second keeps reports."""
    published = [resource for name in ("publish-staging", "publish-prod") for _, resource in written(name)]

    assert written("read") == set()
    assert {action for action, _ in written("watch")} == {"s3:DeleteObject", "s3:PutObject"}
    assert not [1 for _, own in written("watch") for theirs in published if meet(own, theirs)]


def test_adopting_takes_reading_publishing_and_a_file_of_its_own() -> None:
    """Every call to AWS that taking over makes is allowed by one of the three; the file of its own has no other."""
    sources = ("mtasts/live/alias.py", "mtasts/live/accounts/aws.py", "mtasts/live/route53.py")
    text = "".join((ROOT / path).read_text(encoding="utf-8") for path in sources)
    calls = re.findall(r"\b(?:client|acm|s3)\.((?:get|list|describe|change|associate|update)_[a-z_]+)\(", text)
    called = {"".join(word.capitalize() for word in call.split("_")) for call in calls}
    called -= {"GetCallerIdentity"}  # AWS asks for no right to be told who one is (STS API reference)

    def actions(*roles: str) -> set[str]:
        return {
            action.partition(":")[2]
            for role in roles
            for statement in policy(role)
            for action in several(statement["Action"])
        }

    assert {"AssociateAlias", "ChangeResourceRecordSets", "DescribeCertificate", "ListDistributions"} <= called
    assert called <= actions("read", "publish-prod", "adopt")
    assert actions("adopt") - actions("read") == called - actions("read", "publish-prod")
    assert written("adopt") == set()


def test_what_the_engine_writes_is_allowed_to_its_stack_alone(fleet: Fleet) -> None:
    """Every object of the state that publishing staging has made, but what making the backend and the stacks makes."""
    backend = Path(fleet.cloud["PULUMI_BACKEND_URL"].removeprefix("file://"))
    keys = [str(path.relative_to(backend)) for path in backend.rglob("*") if path.is_file()]
    # A `file://` backend keeps what S3 knows by itself, and our copies of the state, in files beside.
    objects = {
        f"arn:aws:s3:::example-mtasts-state/{key}"
        for key in keys
        if not key.endswith((".attrs", "meta.yaml")) and not key.startswith(".mtasts/")
    }
    own = {name for name in objects if not name.endswith("/prod.json")}

    def allowed(role: str) -> set[str]:
        return {
            name
            for name in objects
            for action, pattern in written(role)
            if action == "s3:PutObject"
            if meet(pattern, name)
        }

    assert len(own) >= 4
    assert own <= allowed("publish-staging")
    assert not own & allowed("publish-prod")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("trust-github", "repo:example@123456/mail-policies@456789:environment:prod"),
        ("trust-gitlab", "project_path:example/mail-policies:ref_type:branch:ref:main"),
    ],
)
def test_who_may_take_a_role(name: str, subject: str) -> None:
    """One audience and one subject, whole and without wildcards: another environment, branch or fork is another one."""
    (statement,) = policy(name)
    (operator,) = statement["Condition"]
    condition = statement["Condition"][operator]
    (issuer,) = {key.rpartition(":")[0] for key in condition}

    assert operator == "StringEquals"
    assert condition == {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}
    assert statement["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
