"""Which distribution is the one whose creation was cut off."""

from mtasts.adoption.survey import AliasHolder
from mtasts_pulumi.engine.host_search import find_host, pick

BUCKET = "policies-1a2b.s3.eu-central-1.amazonaws.com"
INPUTS = {"aliases": ["mta-sts.example.com"], "origins": [{"domainName": BUCKET, "originId": "policies"}]}


def held(id_: str, *aliases: str, origin: str = BUCKET) -> AliasHolder:
    """A distribution of the account."""
    return AliasHolder(id_, f"{id_}.cloudfront.net", aliases, (origin,))


def test_the_one_with_the_same_names_before_the_same_bucket() -> None:
    """Neither another one of this stack nor somebody else's with the name."""
    mine = held("E1", "mta-sts.example.com")
    others = [held("E2", "mta-sts.example.net"), held("E3"), held("E4", "mta-sts.example.com", origin="x.example")]
    assert pick([*others, mine], INPUTS) == "E1"
    assert pick(others, INPUTS) is None
    assert pick(others, {**INPUTS, "aliases": []}) == "E3"


def test_several_or_unknown_origins_are_not_guessed_at() -> None:
    """Also of inputs that are not as they should be."""
    assert pick([held("E1"), held("E2")], {"origins": INPUTS["origins"]}) is None
    assert pick([AliasHolder("E1", "d.cloudfront.net", ())], {"origins": ["04da6b54"]}) is None
    assert pick([AliasHolder("E1", "d.cloudfront.net", ())], {}) is None


def test_other_resources_and_missing_credentials_are_not_asked_about() -> None:
    """The creation is then tried again."""
    environ = {"AWS_EC2_METADATA_DISABLED": "true"}
    assert find_host("aws:acm/certificate:Certificate", INPUTS, environ) is None
