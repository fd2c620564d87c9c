"""What is wanted at AWS, by names alone."""

import json

import pytest

from mtasts.errors import CannotLook
from mtasts.providers.rights import Estate, StackEstate
from mtasts_pulumi.setup.wish import Trusted, checked_bucket, default_bucket, foundation, resources

ESTATE = Estate("111122223333", "mail", "mail-state-111122223333", "mail-reports-111122223333")
TRUSTED = Trusted("forge.example", dict.fromkeys(("preview", "live", "watch"), ("repo:example/mail:environment:x",)))


def live(zones):
    return StackEstate("live", tuple(f"Z{number:020d}" for number in range(zones)), "b-live", "b-live")


def publish(args):
    (role,) = [role for role in args["roles"] if role["name"] == "mail-live"]
    return {statement["Sid"]: statement for statement in role["policies"]["publish"]["Statement"]}


def test_zones_are_named_while_they_fit():
    """Any zone beyond that, still for records of these names alone."""
    few, many = (publish(foundation(ESTATE, [live(zones)], TRUSTED)) for zones in (25, 1000))

    assert len(few["RecordsOfMtaStsOnly"]["Resource"]) == 25
    assert many["RecordsOfMtaStsOnly"]["Resource"] == "arn:aws:route53:::hostedzone/*"
    assert many["RecordsOfMtaStsOnly"]["Condition"] == few["RecordsOfMtaStsOnly"]["Condition"]


def test_too_much_for_a_role_is_said_before_it_is_made():
    """The role that reads every stack."""
    stacks = [StackEstate(f"s{number}", (), f"bucket-of-stack-{number}", f"f-{number}") for number in range(100)]
    subjects = dict.fromkeys(("preview", "watch", *(stack.name for stack in stacks)), ("repo:a/b:environment:x",))

    with pytest.raises(CannotLook, match="the role of preview would have"):
        foundation(ESTATE, stacks, Trusted("forge.example", subjects))


def test_what_others_may_have_made_has_an_import_id():
    """Every resource but the settings of buckets, which are written anew."""
    args = foundation(ESTATE, [live(1)], TRUSTED)

    found = resources(args, "111122223333", "aws")

    assert found["identity-provider"] == "arn:aws:iam::111122223333:oidc-provider/forge.example"
    assert found["role-mail-live-publish"] == "mail-live:publish"
    assert len(found) == 2 + 1 + 3 + 5
    assert json.dumps(args)


@pytest.mark.parametrize(
    ("project", "bucket"),
    [("mtasts", "mtasts-state-1"), ("Mail_Policies", "mail-policies-state-1"), ("ö-x", "x-state-1")],
)
def test_a_bucket_is_named_after_the_project(project, bucket):
    """As S3 takes it."""
    assert checked_bucket(default_bucket(project, "state", "1"), "") == bucket


@pytest.mark.parametrize("name", ["a", "A-bucket", "bucket.with.dots", "-x-", "x" * 64, "xn--bucket", "", "b\n"])
def test_what_is_not_the_name_of_a_bucket(name):
    """Nor may it be part of a command or of a policy."""
    with pytest.raises(CannotLook, match="is not the name of a bucket"):
        checked_bucket(name, "--state BUCKET")
