"""What a verb needs is what its roles allow, question by question; and another stack's role says no."""

import pytest

from mtasts.providers.rights import VERBS, document, needs, publish, read, watch
from tests.iam import allows
from tools.role_examples import ESTATE, PROD, ROLES, STAGING

UP = needs(VERBS["up"](ESTATE, PROD))
# What AWS lets nobody hold apart: made without a name that one could give, or known by AWS's own id.
SHARED = {
    "cloudfront:CreateFunction",
    "cloudfront:CreateOriginAccessControl",
    "cloudfront:CreateResponseHeadersPolicy",
    "cloudfront:DeleteOriginAccessControl",
    "cloudfront:DeleteResponseHeadersPolicy",
    "cloudfront:UpdateOriginAccessControl",
    "cloudfront:UpdateResponseHeadersPolicy",
    "route53:GetChange",
}


@pytest.mark.parametrize(
    ("verb", "statements"),
    [
        ("preview", read(ESTATE, [STAGING, PROD])),
        ("up", [*read(ESTATE, [STAGING, PROD]), *publish(ESTATE, PROD)]),
        ("watch", [*read(ESTATE, [STAGING, PROD]), *watch(ESTATE)]),
    ],
)
def test_a_role_says_yes_to_all_that_its_verb_needs(verb, statements):
    """And every action of the publishing and watching roles is asked about."""
    wanted = needs(VERBS[verb](ESTATE, PROD))
    granted = document(statements)

    assert [need for need in wanted if not allows(granted, need.action, need.resource, need.context)] == []
    assert {need.action for need in wanted} == {
        action for statement in statements if not statement.deny for action in statement.actions
    }


def test_one_right_less_is_seen():
    """Each right of the publishing role, taken away, is a no to at least one question."""
    statements = publish(ESTATE, PROD)
    for statement in statements:
        if statement.deny:
            continue
        granted = document([other for other in statements if other is not statement])
        said = {
            need.because for need in needs(statements) if not allows(granted, need.action, need.resource, need.context)
        }
        assert said == {statement.sid}


def test_the_other_stacks_role_says_no():
    """What staging's role could do to prod is what AWS has neither a name nor a tag for, and nothing else."""
    granted = document(publish(ESTATE, STAGING))
    writes = needs(publish(ESTATE, PROD))

    assert {need.action for need in writes if allows(granted, need.action, need.resource, need.context)} == SHARED


@pytest.mark.parametrize(
    ("action", "resource", "tags", "allowed"),
    [
        ("cloudfront:TagResource", "distribution/E1", {}, True),
        ("cloudfront:TagResource", "distribution/E1", {"ResourceTag": "mtasts/prod"}, True),
        ("cloudfront:TagResource", "distribution/E1", {"ResourceTag": "mtasts/staging"}, False),
        ("cloudfront:TagResource", "distribution/E1", {"RequestTag": "mtasts/staging"}, False),
        ("cloudfront:UpdateDistribution", "distribution/E1", {"ResourceTag": "mtasts/staging"}, False),
        ("cloudfront:UpdateDistribution", "distribution/E1", {"RequestTag": "mtasts/prod"}, False),
        ("cloudfront:CreateDistribution", "distribution/E1", {"RequestTag": "mtasts/staging"}, False),
    ],
)
def test_tags_say_whose_it_is(action, resource, tags, allowed):
    """A distribution of another stack cannot be given one's own tag first."""
    context = {"aws:RequestTag/mtasts:stack": ("mtasts/prod",)} if "RequestTag" not in tags else {}
    context |= {f"aws:{key}/mtasts:stack": (value,) for key, value in tags.items()}
    granted = document(publish(ESTATE, PROD))

    assert allows(granted, action, f"arn:aws:cloudfront::111122223333:{resource}", context) is allowed


def test_the_ledger_is_never_deleted_whatever_the_buckets_policy_says():
    """Who may write that policy could allow it there: the role's own denial wins."""
    granted = document([*publish(ESTATE, PROD)])
    granted["Statement"].append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    key = "arn:aws:s3:::policies-bucket-4d5e6f7/mta-sts.example.com/.well-known/mta-sts.txt"

    assert allows(granted, "s3:PutObject", key, {})
    assert not allows(granted, "s3:DeleteObjectVersion", key, {})
    assert not allows(granted, "s3:DeleteBucket", "arn:aws:s3:::policies-bucket-4d5e6f7", {})


def test_what_is_not_named_whole_has_a_reason():
    """`*` within a bucket's folder, or at the end of ours, is a name; all other says what forces it."""
    for name, statements in ROLES.items():
        for statement in statements:
            loose = [arn for arn in statement.resources if "*" in arn and ":s3:::" not in arn]
            assert bool(loose) == bool(statement.wide), (name, statement.sid)
