"""A domain whose records are another tool's: its file against the state, the words and the rules for it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mtasts.changes.diff import diff_stacks, published_part
from mtasts.changes.facts import Facts
from mtasts.changes.releases import release_problems, torn_release
from mtasts.changes.rules import allowed, judge_change
from mtasts.changes.strength import strengthens, weakens
from mtasts.policy.adopted import Adopted
from mtasts.policy.config import Loaded
from mtasts.protocol.mta_sts import Mode
from tests.policy.test_desired import BASE

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
GONE = replace(BASE, released=date(2026, 11, 28))
AT = "2026-11-28T12:00:00Z"


def test_file_and_state_must_agree():
    """What the state holds is released by the verb alone; what it forgot is not made again by a file."""
    assert torn_release(BASE, published=True, at="") == torn_release(GONE, published=False, at=AT) == ""
    assert "run `mtasts release example.com`" in torn_release(GONE, published=True, at="")
    assert "were released on 2026-11-28, and its file does not say so" in torn_release(BASE, published=False, at=AT)
    (problem,) = release_problems([BASE, GONE], ["example.net"], {"example.com": AT})
    assert (problem.place.path, problem.key) == (BASE.source, "released")


@pytest.mark.parametrize(
    ("seen", "at", "back"),
    [
        (NOW.replace(hour=13), AT, True),
        (NOW.replace(hour=11), AT, False),  # it was adopted before, and released since
        (NOW, "2026-11-28", True),
        (NOW, "some day", False),
    ],
)
def test_who_looks_at_it_after_the_release_takes_it_back(seen, at, back):
    """An older look is that of the adoption before."""
    again = replace(BASE, adopted=Adopted("20240101000000Z", seen))
    assert (torn_release(again, published=False, at=at) == "") is back


@pytest.mark.parametrize("mode", list(Mode))
def test_a_release_is_allowed_in_any_mode_and_named(mode):
    """Nothing changes for senders, whatever the ledger knows."""
    old = replace(BASE, mode=mode)
    (finding,) = judge_change(old, replace(old, released=GONE.released), Facts(now=NOW))
    assert (finding.code, allowed([finding])) == ("released", True)
    assert "mtasts release example.com" in finding.remedy
    (finding,) = judge_change(replace(old, released=GONE.released), None, Facts(now=NOW))
    assert (finding.code, allowed([finding])) == ("released-removed", True)
    assert judge_change(GONE, GONE, Facts(now=NOW)) == ()


def test_a_released_file_changes_nothing_but_its_host_group():
    """Another tool publishes it: no step towards enforce, and no way back."""
    other = replace(GONE, mode=Mode.ENFORCE, max_age=1209600, rua=())
    assert published_part(GONE) == published_part(other) != published_part(replace(GONE, host_group="other"))
    assert not strengthens(GONE, other)
    assert not weakens(replace(other, mode=Mode.ENFORCE), GONE) or published_part(GONE) == published_part(other)


def test_the_diff_says_it():
    """Released, taken back, and gone from the host; the TXT stays as it is."""

    def diff(old, new):
        every = [Loaded((policy,) if policy else (), ()) for policy in (old, new)]
        (found,) = diff_stacks({"prod": every[0]}, {"prod": every[1]})
        return found

    released = diff(BASE, GONE)
    assert (released.txt, released.id_rotates, released.published) == ("as it is", False, True)
    assert released.words == (
        "its records are released to another tool (2026-11-28): they stay in DNS as they are, nothing is published from"
        " here any more, and senders see nothing of it",
    )
    assert diff(GONE, BASE).words == ("its records are taken back from another tool: senders see nothing of it",)
    gone = diff(GONE, None)
    assert (gone.txt, gone.words) == (
        "as it is",
        ("its name leaves the policy host here: its records were released before, and stay as they are",),
    )
    moved = diff(GONE, replace(GONE, host_group="other"))
    assert moved.words == ("the policy host moves from host group example.com to other",)
