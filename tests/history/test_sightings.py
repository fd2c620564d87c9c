"""When the MX hosts of a domain, or the names and issuers of their certificates, last changed."""

from datetime import UTC, datetime, timedelta

import pytest

from mtasts.history.shown import Shown
from mtasts.history.sightings import REMEMBERED, SeenHost, Sighting, collapsed, last_change, watched_since

START = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def look(at: float, **hosts: str) -> Sighting:
    """A sighting; each host's certificates as `names/issuer` words, "" for none that could be seen."""
    found = []
    for name, shown in sorted(hosts.items()):
        pairs = (word.split("/") for word in shown.split())
        found.append(SeenHost(name, tuple(sorted(Shown(tuple(names.split("+")), issuer) for names, issuer in pairs))))
    return Sighting(day(at), tuple(found))


@pytest.mark.parametrize(
    ("looks", "changed"),
    [
        pytest.param([], None, id="nothing known is no change"),
        pytest.param([look(1, a="a/X")], None, id="one look is no change"),
        pytest.param([look(1, a="a/X"), look(2, a="a/X")], None, id="the same"),
        pytest.param(
            [look(1, a="a/X"), look(2, a="a/Y")], (2, 1, "a has a certificate of another issuer: Y"), id="issuer"
        ),
        pytest.param(
            [look(1, a="a/X"), look(2, a="b+c/X")], (2, 1, "a has a certificate for other names: b, c"), id="names"
        ),
        pytest.param([look(1, a="a/X"), look(2, a="a+b/X")], None, id="a name more beside its own"),
        pytest.param([look(1, a="a/X"), look(2, a="a/X", b="b/X")], (2, 1, "MX host b came"), id="came"),
        pytest.param([look(1, a="a/X", b="b/X"), look(2, a="a/X")], (2, 1, "MX host b went"), id="went"),
        pytest.param([look(1, a="a/X"), look(2, b="a/X")], (2, 1, "MX host b came; MX host a went"), id="swapped"),
        pytest.param([look(1, a="a/X"), look(2)], (2, 1, "MX host a went"), id="all went"),
        pytest.param([look(1, a="a/X"), look(2, a="")], None, id="not seen is not gone"),
        pytest.param([look(1, a=""), look(2, a="a/X")], None, id="seen at last is not new"),
        pytest.param(
            [look(1, a="a/X"), look(2, a=""), look(3, a="a/Y")], (3, 2, "a has a certificate of another issuer: Y"),
            id="changed behind a look that saw nothing",
        ),
        pytest.param([look(1, a="a/X a/Y"), look(2, a="a/X")], None, id="one of two is not shown"),
        pytest.param([look(1, a="a/X a/Y"), look(2, a="a/X"), look(3, a="a/Y")], None, id="by turns"),
        pytest.param(
            [look(3, a="a/X"), look(1, a="a/Y"), look(2, a="a/X")],
            (2, 1, "a has a certificate of another issuer: X"), id="in any order",
        ),
        pytest.param(
            [look(1, a="a/X"), look(2, a="a/Y"), look(5, a="a/Z"), look(6, a="a/Z")],
            (5, 2, "a has a certificate of another issuer: Z"), id="the last of several",
        ),
        pytest.param(
            [look(1, a="a/X"), look(1.5, a="a/Y"), *(look(n, a="a/Y") for n in range(2, 10)), look(10, a="a/X")],
            (10, 9, "a has a certificate of another issuer: X"), id="back to what is long gone",
        ),
        pytest.param(
            [look(1, a="a/X"), look(40, a="a/X")], None, id="a month without a look",
        ),
    ],
)  # fmt: skip
def test_last_change(looks, changed):
    """The look that first saw it, the one before, and what it was."""
    found = last_change(looks)
    assert (found and (found.at, found.before, found.what)) == (
        changed and (day(changed[0]), day(changed[1]), changed[2])
    )


def test_what_was_met_within_the_memory_is_not_new():
    """A certificate shown by turns; to the second of the memory."""
    turn = [look(0, a="a/X"), look(1, a="a/Y")]
    edge = 0 + REMEMBERED / timedelta(days=1)
    assert last_change([*turn, look(edge, a="a/X")]).at == day(1)
    late = Sighting(day(edge) + timedelta(seconds=1), look(0, a="a/X").hosts)
    assert last_change([*turn, late]).at == late.at


def test_of_all_that_were_shown_the_latest_is_named():
    """In each run the same words, though several differ from the new one as much."""
    looks = [
        Sighting(day(at), (SeenHost("a", (Shown(("a",), "CN=X", (f"CN=Root {at}",)),)),))
        for at in (3, 1, 6, 4, 2, 7, 5)
    ]
    assert last_change(looks).what == "a has a certificate under another root: CN=Root 7 after CN=Root 6"


def test_the_look_of_now_counts_too():
    """Without being kept yet."""
    assert last_change([look(1, a="a/X")], look(2, a="a/Y")).at == day(2)
    assert watched_since([], look(2, a="a/Y")) == day(2)
    assert watched_since([look(5), look(3)], look(9)) == day(3)
    assert watched_since([]) is None


def test_many_changes_are_a_few_words():
    """A provider's move is told, not listed."""
    found = last_change([look(1, a="a/X"), look(2, **{name: f"{name}/X" for name in "abcdefg"})])
    assert found.what == "MX host b came; MX host c came; MX host d came and 3 more"


def test_of_a_run_of_equal_looks_the_ends_stay():
    """It says as much: the change, the look before it, since when and until when."""
    looks = [look(n, a="a/X") for n in range(1, 50)] + [look(n, a="a/Y") for n in range(50, 90)]
    kept = collapsed(reversed(looks))
    assert [sighting.at for sighting in kept] == [day(1), day(49), day(50), day(89)]
    assert last_change(kept) == last_change(looks)
    assert collapsed(kept) == kept


def test_a_time_needs_a_zone():
    """A sighting of nobody's time cannot be ordered."""
    with pytest.raises(ValueError, match="zone"):
        Sighting(datetime(2026, 3, 1), ())
