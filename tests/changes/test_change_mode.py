"""Rules about the mode: each by itself, at its borders."""

from datetime import timedelta

import pytest

from mtasts.level import Level
from mtasts.protocol.mta_sts import Mode, Policy
from tests.changes.steps import DAY, MX, NOW, TTL, WEEK, at, facts, findings, policy, published

TESTING = policy("testing", DAY)
ENFORCE = policy("enforce", DAY)
LONG = policy("enforce", WEEK)
NONE = policy("none", DAY)


@pytest.mark.parametrize(
    ("old", "new", "blocked"),
    [
        (None, ENFORCE, True),
        (NONE, ENFORCE, True),
        (None, TESTING, False),
        (None, NONE, False),
        (NONE, TESTING, False),
        (TESTING, ENFORCE, False),
        (ENFORCE, LONG, False),
        (NONE, None, False),
    ],
)
def test_testing_comes_first(old, new, blocked):
    """Nothing before it, or none before it: then enforce is too early."""
    found = findings(old, new, facts(), "first-mode")
    assert [one.level for one in found] == [Level.BLOCK] * blocked


LIVE = Policy(Mode.ENFORCE, DAY, MX)


@pytest.mark.parametrize(
    ("live", "words"),
    [
        (LIVE, None),
        (Policy(Mode.ENFORCE, WEEK, ("MX2.example.com", "mx1.example.com")), None),
        (None, "the live policy is not known"),
        (Policy(Mode.TESTING, DAY, MX), "the live mode is testing"),
        (Policy(Mode.ENFORCE, DAY, MX[:1]), "the live policy has mx mx1.example.com"),
        (Policy(Mode.ENFORCE, DAY - 1, MX), "its max_age 86399 s is less than 1 day"),
    ],
)
def test_an_adopted_domain_begins_as_what_is_live(live, words):
    """Order and case of names do not count, a shorter max_age is no step further; all else must be the same."""
    new = policy("enforce", DAY, adopted="moved here from the old host")
    found = findings(None, new, facts(live_policy=live, ready=None), "first-mode")
    assert [words in one.text for one in found] == [True] * (words is not None)
    assert "moved here from the old host" in findings(None, new, facts(), "adopted")[0].text
    assert len(findings(NONE, new, facts(live_policy=LIVE), "first-mode")) == 1


def test_every_difference_is_named():
    """Three differences, three findings."""
    new = policy("enforce", WEEK, adopted="moved")
    live = Policy(Mode.NONE, DAY, ())
    texts = [one.text.rpartition("but ")[2] for one in findings(None, new, facts(live_policy=live), "first-mode")]
    assert texts == ["the live mode is none", "the live policy has mx nothing", "its max_age 1 day is less than 1 week"]


@pytest.mark.parametrize(
    ("old", "new", "needed"),
    [
        (TESTING, ENFORCE, True),
        (ENFORCE, LONG, True),
        (LONG, ENFORCE, False),
        (ENFORCE, ENFORCE, False),
        (ENFORCE, policy("enforce", DAY, (*MX, "mx3.example.com")), False),
        (ENFORCE, TESTING, False),
        (TESTING, NONE, False),
        (None, ENFORCE, False),
        (NONE, ENFORCE, False),
    ],
)
@pytest.mark.parametrize(
    ("ready", "reasons", "words"),
    [
        (True, (), None),
        (False, ("no reports", "a dead MX"), "the verdict is not ready: no reports; a dead MX"),
        (False, (), "the verdict is not ready: no reason was given"),
        (None, (), "there is no valid verdict"),
        (None, ("expired",), "there is no valid verdict: expired"),
    ],
)
def test_going_on_needs_the_verdict(old, new, needed, ready, reasons, words):
    """Testing to enforce, and a longer max_age; not known is as good as no."""
    found = findings(old, new, facts(ready=ready, ready_reasons=reasons), "enforce-unproven")
    assert [(one.level, one.text) for one in found] == [(Level.BLOCK, words)] * (needed and words is not None)


@pytest.mark.parametrize(
    ("old", "new", "held"),
    [
        (TESTING, policy("enforce", DAY, hold="MX move"), True),
        (policy("testing", DAY, hold="MX move"), ENFORCE, True),
        (policy("testing", DAY, hold="MX move"), policy("enforce", DAY, hold="MX move"), True),
        (ENFORCE, policy("enforce", WEEK, hold="MX move"), True),
        (None, policy("enforce", DAY, hold="MX move"), True),
        (LONG, policy("enforce", DAY, hold="MX move"), False),
        (ENFORCE, policy("testing", DAY, hold="MX move"), False),
        (None, policy("testing", DAY, hold="MX move"), False),
        (policy("none", DAY, hold="MX move"), None, False),
        (TESTING, ENFORCE, False),
    ],
)
def test_a_hold_stops_every_step_towards_enforce(old, new, held):
    """Also in the change that lifts it; never a step back."""
    found = findings(old, new, facts(), "held")
    assert [(one.level, one.text) for one in found] == [(Level.BLOCK, "`hold` forbids it: MX move")] * held


def test_lifting_a_hold_is_a_change_of_its_own():
    """The remedy says so; and two reasons are both told."""
    old = policy("testing", DAY, hold="MX move")
    assert "change of its own" in findings(old, ENFORCE, facts(), "held")[0].remedy
    both = findings(old, policy("enforce", DAY, hold="audit"), facts(), "held")
    assert [one.text for one in both] == ["`hold` forbids it: MX move", "`hold` forbids it: audit"]


@pytest.mark.parametrize(
    ("old", "max_age", "blocked"),
    [
        (TESTING, DAY, False),
        (TESTING, DAY - 1, False),
        (TESTING, DAY + 1, True),
        (ENFORCE, WEEK, False),
        (None, WEEK, False),
    ],
)
def test_enforce_begins_with_the_max_age_of_testing(old, max_age, blocked):
    """At the border: equal passes, a second more does not."""
    found = findings(old, policy("enforce", max_age), facts(), "enforce-max-age")
    assert len(found) == blocked
    assert all("write `max_age: 1d`" in one.remedy for one in found)


def test_the_line_to_write_for_a_longer_one_is_bounded_too():
    """Testing of two weeks allows a week of enforce: one rule speaks, with the line that passes."""
    (found,) = findings(policy("testing", 2 * WEEK), policy("enforce", 4 * WEEK), facts(), "enforce-max-age")
    assert "write `max_age: 1w`" in found.remedy


@pytest.mark.parametrize(
    ("old", "new", "warned"),
    [
        (TESTING, policy("enforce", DAY, MX[::-1]), False),
        (TESTING, policy("enforce", DAY, (*MX, "mx3.example.com")), True),
        (ENFORCE, policy("enforce", WEEK, MX[:1]), True),
        (ENFORCE, policy("enforce", DAY, MX[:1]), False),
        (TESTING, policy("testing", DAY, MX[:1]), False),
        (NONE, ENFORCE, False),
    ],
)
def test_one_thing_at_a_time(old, new, warned):
    """New patterns in a step towards enforce; their order is nothing."""
    found = findings(old, new, facts(), "mixed-change")
    assert [one.level for one in found] == [Level.WARN] * warned


def test_a_roll_back_tells_when_which_sender_is_safe():
    """TXT TTL; TTL and a day; the end of what is held: here of an older publication that lived longer."""
    ledger = (published(policy("enforce", 4 * WEEK), at(0), at(28)), published(LONG, at(28)))
    (found,) = findings(LONG, TESTING, facts(*ledger), "rollback")
    assert found.level is Level.NOTE
    assert found.earliest == at(28) + timedelta(seconds=TTL + 4 * WEEK)
    assert found.mail == (
        "if this is published now, enforce ends for senders that look again when a message fails from"
        " 2026-03-31 12:05 UTC on, for those that refresh daily from 2026-04-01 12:05 UTC on, and for those that keep a"
        " policy until it expires from 2026-04-26 00:05 UTC on"
    )


def test_a_roll_back_without_a_ledger_says_what_it_does_not_know():
    """The old policy's own max_age is the least."""
    (found,) = findings(LONG, NONE, facts(ledger_read=False), "rollback")
    assert found.earliest == NOW + timedelta(seconds=TTL + WEEK)
    assert found.mail.endswith("from 2026-04-07 12:05 UTC on at the earliest (earlier publications are not known)")


def test_a_roll_back_of_what_nobody_holds():
    """Enforce was in the YAML and never published."""
    (found,) = findings(LONG, TESTING, facts(), "rollback")
    assert found.earliest is None
    assert found.mail.endswith("expires at once, since none holds it")


@pytest.mark.parametrize(("old", "new"), [(TESTING, NONE), (ENFORCE, LONG), (LONG, None), (None, TESTING)])
def test_only_leaving_enforce_is_a_roll_back(old, new):
    """Neither other steps, nor a removal, which has rules of its own."""
    assert findings(old, new, facts(), "rollback") == []
