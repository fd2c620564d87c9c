"""What an onlooker's judge calls worse, and what not."""

import pytest

from tests.publishing.onlooker import worse_than_before

OLD, NEW = "v=STSv1; id=20240101000000Z;", "v=STSv1; id=20261128100000Z;"
TEXT, OTHER = {"body": "version: STSv1\nmode: enforce\n"}, {"body": "version: STSv1\nmode: testing\n"}
DEAD = {"error": "ConnectionRefusedError()"}


def sight(*texts, reports=("v=TLSRPTv1; rua=mailto:a@shop.example",), held=None, **fetched):
    """One sight: `fetched` by address, of which those in `held` are not in DNS any more."""
    return {
        "texts": list(texts),
        "reports": list(reports),
        "now": sorted(set(fetched) - set(held or {})),
        "fetched": {**fetched, **(held or {})},
    }


BEFORE = sight(OLD, old=TEXT)


@pytest.mark.parametrize(
    "after",
    [
        [BEFORE],
        [sight(OLD, old=TEXT, new=TEXT)],
        [sight(OLD, new=TEXT, held={"old": TEXT})],
        [sight(OLD, "_d111111abcdef8.cloudfront.net", old=TEXT)],
        [sight("v=STSv1;id=20240101000000Z", new=TEXT)],
    ],
    ids=["nothing", "two addresses", "moved", "a proof for AWS beside it", "quoted otherwise"],
)
def test_the_same_text_under_the_same_id_is_not_worse(after):
    """From wherever it comes."""
    assert worse_than_before([BEFORE, *after]) == []


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (sight(old=TEXT), "0 MTA-STS records"),
        (sight(OLD, NEW, old=TEXT), "2 MTA-STS records"),
        (sight(NEW, old=TEXT), "the id is"),
        (sight(OLD, old=DEAD), "old gave"),
        (sight(OLD, new=OTHER, held={"old": TEXT}), "new gave"),
        (sight(OLD, new=TEXT, held={"old": DEAD}), "old (held) gave"),
        (sight(OLD), "has no address"),
        (sight(OLD, old=TEXT, reports=()), "0 TLS-RPT records"),
    ],
)
def test_less_than_before_is_worse(after, said):
    """Once is enough, whatever comes then."""
    found = worse_than_before([BEFORE, after, BEFORE])
    assert len([line for line in found if said in line and line.startswith("sight 1")]) == 1, found


def test_what_is_served_from_nothing_must_be_whole():
    """A dead host has nothing to lose; its policy may come address by address, and does not go again."""
    dead = sight(OLD, old=DEAD)
    good = [dead, sight(OLD), sight(OLD, a=DEAD, b=TEXT), sight(OLD, a=TEXT, b=TEXT), sight(NEW, a=TEXT, b=TEXT)]
    assert worse_than_before(good, served=False) == []
    for bad, said in (
        ([dead, sight(NEW, a=DEAD)], "nobody has seen"),
        ([dead, sight(OLD, a=TEXT), sight(OLD, a=DEAD)], "the policy is"),
        ([dead, sight(OLD, a=TEXT), sight(NEW, a=OTHER)], "the policy is"),
        ([dead, sight(OLD, a=TEXT), sight(OLD)], "the policy is"),
        ([dead, sight(OLD, a=TEXT), sight(a=TEXT)], "0 MTA-STS records"),
    ):
        assert any(said in line for line in worse_than_before(bad, served=False)), bad
