"""Rules about the end of a policy: each by itself, at its borders."""

from datetime import timedelta

import pytest

from mtasts.changes.rules import allowed, judge_change
from mtasts.level import Level
from mtasts.protocol.mta_sts import Mode, Policy
from tests.changes.steps import DAY, MX, NOW, SECOND, TTL, WEEK, at, facts, findings, policy, published

ENFORCE = policy()
NONE = policy("none", DAY)
# Enforce until day 20, none since; the longest-lived is the older one.
LEDGER = (
    published(policy(max_age=2 * WEEK), at(0), at(19)),
    published(policy(max_age=DAY), at(19), at(20)),
    published(NONE, at(20)),
)
SAFE = at(19) + timedelta(seconds=TTL + 2 * WEEK)


@pytest.mark.parametrize(
    ("old", "blocked"), [(ENFORCE, True), (policy("testing", DAY), True), (NONE, False), (None, False)]
)
def test_only_a_domain_in_mode_none_is_removed(old, blocked):
    """RFC 8461 s8.3; another step, also to none, is no removal."""
    found = findings(old, None, facts(*LEDGER), "removal-mode") if old else []
    assert [one.level for one in found] == [Level.BLOCK] * blocked
    assert findings(ENFORCE, NONE, facts(*LEDGER), "removal-mode") == []


@pytest.mark.parametrize(
    ("known", "removable"),
    [
        ({}, True),
        ({"ledger_read": False}, False),
        ({"txt_id": "20260301T000000"}, False),
        ({"live_policy": Policy(Mode.ENFORCE, DAY, MX)}, False),
        ({"ledger": (published(ENFORCE, at(0), at(29)),)}, False),
    ],
)
@pytest.mark.parametrize("old", [ENFORCE, NONE])
def test_what_was_never_published_may_go_at_once(known, removable, old):
    """A slip in a domain's name: the ledger was read and holds nothing, and nothing is to be seen in the world."""
    assert allowed(judge_change(old, None, facts(**known))) is removable


@pytest.mark.parametrize(("now", "blocked"), [(SAFE - SECOND, True), (SAFE, False)])
def test_removal_waits_for_the_last_sender(now, blocked):
    """The maximum over all publications, to the second; the finding names the one that lives longest."""
    found = findings(NONE, None, facts(*LEDGER, now=now), "removal-too-early")
    assert [(one.level, one.earliest) for one in found] == [(Level.BLOCK, SAFE)] * blocked
    for one in found:
        assert one.text == "senders may hold id0301T000000 (enforce, max_age 2 weeks) until 2026-04-03 00:05 UTC"


def test_nothing_but_none_needs_no_waiting():
    """Nobody holds anything that binds, even if the publication lies ahead of a clock that is behind."""
    for now in (at(20), at(30)):
        assert findings(NONE, None, facts(published(NONE, at(25)), now=now), "removal-too-early") == []


def test_the_larger_ttl_counts():
    """What the YAML says of the TTL, should the ledger know less."""
    (found,) = findings(policy("none", DAY, ttl=DAY), None, facts(*LEDGER), "removal-too-early")
    assert found.earliest == at(20) + timedelta(seconds=2 * WEEK)


def test_without_a_ledger_nobody_can_tell():
    """No date: reading the ledger is what helps."""
    (found,) = findings(NONE, None, facts(ledger_read=False), "removal-too-early")
    assert (found.level, found.earliest) == (Level.BLOCK, None)
    assert found.text == "no publication is known, so it is unknown what senders hold"


def test_none_in_the_yaml_is_not_none_in_the_world():
    """The change to none was merged and never published: the date is that of publishing it now."""
    (found,) = findings(NONE, None, facts(published(ENFORCE, at(0))), "removal-too-early")
    assert found.text == "what is published is id0301T000000 (enforce, max_age 1 week), not mode none"
    assert found.earliest == NOW + timedelta(seconds=TTL + WEEK)


def test_none_that_the_txt_record_does_not_name_reaches_nobody():
    """The update died between body and TXT, long ago: senders renew what they hold by the old id."""
    ledger = (published(ENFORCE, at(-90), at(-60), named_until=None), published(NONE, at(-60)))
    (found,) = findings(NONE, None, facts(*ledger, txt_id=ledger[0].id, txt_since=None), "removal-too-early")
    assert found.text == f"the TXT record names {ledger[0].id}, not {ledger[1].id} of mode none"
    assert found.earliest == NOW + timedelta(seconds=TTL + WEEK)


@pytest.mark.parametrize(
    ("txt_id", "since", "blocked"),
    [("newest", at(-59), False), ("newest", None, True), (None, at(-59), True)],
)
def test_a_txt_record_whose_history_is_unknown(txt_id, since, blocked):
    """Since when the newest id is in DNS bounds the older ones; not known, the wait counts from now."""
    ledger = (published(ENFORCE, at(-90), at(-60), named_until=None), published(NONE, at(-60)))
    known = facts(*ledger, txt_id=ledger[1].id if txt_id else None, txt_since=since)
    found = findings(NONE, None, known, "removal-too-early")
    assert [one.earliest for one in found] == [NOW + timedelta(seconds=TTL + WEEK)] * blocked
    assert all(one.text.endswith("or later: when the TXT record stopped naming it is not known") for one in found)


def test_a_policy_file_that_is_gone_already_is_judged_by_what_was():
    """Deleted by hand: the wait is the same."""
    ended = (*LEDGER[:2], published(NONE, at(20), at(21)))
    assert findings(NONE, None, facts(*ended, now=SAFE), "removal-too-early") == []
    assert len(findings(NONE, None, facts(*ended, now=SAFE - SECOND), "removal-too-early")) == 1


@pytest.mark.parametrize(
    ("old", "new", "warned"),
    [
        (ENFORCE, policy("none", DAY), False),
        (ENFORCE, policy("none", DAY + 1), True),
        (None, policy("none", WEEK), True),
        (policy("none", WEEK), policy("none", WEEK), False),
        (ENFORCE, policy("testing", WEEK), False),
        (NONE, None, False),
    ],
)
def test_none_is_short(old, new, warned):
    """RFC 8461 s8.3: a day, say; an unchanged one is not told again."""
    assert [one.level for one in findings(old, new, facts(), "none-long")] == [Level.WARN] * warned
