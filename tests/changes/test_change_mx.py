"""Rules about mx patterns and MX hosts: each by itself, at its borders."""

from datetime import timedelta

import pytest

from mtasts.level import Level
from tests.changes.steps import DAY, MX, NOW, SECOND, TTL, WEEK, at, facts, findings, policy, published

THIRD = "mx3.example.com"
HOUR = timedelta(hours=1)
ENFORCE = policy()
TESTING = policy("testing", DAY)
WIDER = policy(mx=(*MX, THIRD))
NARROWER = policy(mx=MX[:1])


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        (TESTING, ENFORCE, Level.BLOCK),
        (None, ENFORCE, Level.BLOCK),
        (ENFORCE, policy(max_age=2 * WEEK), Level.BLOCK),
        (ENFORCE, ENFORCE, Level.WARN),
        (ENFORCE, policy(notes="new"), Level.WARN),
        (ENFORCE, policy(max_age=DAY), Level.WARN),
        (None, TESTING, Level.WARN),
        (ENFORCE, TESTING, Level.WARN),
        (TESTING, policy("none", DAY), None),
        (ENFORCE, None, None),
        (ENFORCE, WIDER, None),
        (ENFORCE, policy(mx=(*MX, "*.example.com")), None),
        (ENFORCE, policy(mx=(*MX, "*.mx3.example.com")), Level.BLOCK),
    ],
)
def test_a_live_host_that_no_pattern_covers(old, new, level):
    """Blocks a changed enforce policy; is warned of in testing, on a way back and where nothing changes."""
    found = findings(old, new, facts(mx_hosts=(*MX, THIRD)), "mx-uncovered")
    expected = [] if level is None else [(level, f"MX host {THIRD} is not covered")]
    assert [(one.level, one.text) for one in found] == expected


def test_a_host_that_the_old_patterns_covered_is_the_other_rules():
    """Each host is spoken of once: this one was removed too early."""
    known = facts(mx_hosts=(*MX, THIRD))
    assert findings(WIDER, ENFORCE, known, "mx-uncovered") == []
    assert len(findings(WIDER, ENFORCE, known, "mx-removed-too-early")) == 1


@pytest.mark.parametrize(
    ("old", "new", "blocked"),
    [(TESTING, ENFORCE, True), (None, ENFORCE, True), (ENFORCE, WIDER, False), (None, TESTING, False)],
)
def test_unknown_mx_hosts_stop_the_way_into_enforce(old, new, blocked):
    """Could not ask is not "there are none"."""
    found = findings(old, new, facts(mx_hosts=None), "mx-uncovered")
    assert [(one.level, one.text) for one in found] == [
        (Level.BLOCK, "it is not known which MX hosts are in DNS")
    ] * blocked


@pytest.mark.parametrize(("ago", "blocked"), [(HOUR - SECOND, True), (HOUR, False)])
def test_a_host_that_just_left_dns_must_be_covered_as_well(ago, blocked):
    """Senders may try it for the TTL of the MX set, to the second."""
    known = facts(mx_last_seen={THIRD: NOW - ago}, mx_ttl=3600)
    found = findings(TESTING, ENFORCE, known, "mx-uncovered")
    assert [(one.level, one.earliest) for one in found] == [(Level.BLOCK, NOW - ago + HOUR)] * blocked
    assert findings(TESTING, TESTING, known, "mx-uncovered") == []
    assert findings(ENFORCE, ENFORCE, known, "mx-uncovered") == []


def test_a_null_mx_needs_no_cover():
    """RFC 7505: there is nothing to protect."""
    assert findings(TESTING, ENFORCE, facts(mx_hosts=()), "mx-uncovered") == []


def test_a_pattern_does_not_leave_before_its_host():
    """Blocked in enforce, warned of in testing, nothing to mode none and to a removal."""
    found = findings(ENFORCE, NARROWER, facts(), "mx-removed-too-early")
    assert [(one.level, one.text, one.earliest) for one in found] == [
        (Level.BLOCK, "mx2.example.com is removed while MX host mx2.example.com is still in DNS", None)
    ]
    (warned,) = findings(TESTING, policy("testing", DAY, MX[:1]), facts(), "mx-removed-too-early")
    assert warned.level is Level.WARN
    for new in (policy("none", DAY, ()), None, ENFORCE, policy(mx=MX[::-1])):
        assert findings(ENFORCE, new, facts(), "mx-removed-too-early") == []


def test_a_swap_in_one_step_is_told_how_to_go():
    """Union policy, DNS, clean-up."""
    (found,) = findings(ENFORCE, policy(mx=(MX[0], THIRD)), facts(), "mx-removed-too-early")
    assert found.level is Level.BLOCK
    assert found.remedy == "keep mx2.example.com beside mx3.example.com until DNS has moved (`mtasts mx --swap`)"


@pytest.mark.parametrize(("ttl", "wait"), [(3600, HOUR), (None, timedelta(days=1)), (0, timedelta(0))])
@pytest.mark.parametrize("early", [timedelta(0), SECOND])
def test_a_pattern_waits_for_the_ttl_of_the_mx_set(ttl, wait, early):
    """To the second; a day when the TTL is not known."""
    gone = NOW - wait + early
    known = facts(mx_hosts=MX[:1], mx_ttl=ttl, mx_last_seen={MX[1]: gone})
    found = findings(ENFORCE, NARROWER, known, "mx-removed-too-early")
    assert [(one.level, one.earliest) for one in found] == [(Level.BLOCK, gone + wait)] * bool(early)


def test_a_host_that_came_back_is_live():
    """When it was gone does not matter then."""
    known = facts(mx_last_seen={MX[1]: at(1)})
    assert "still in DNS" in findings(ENFORCE, NARROWER, known, "mx-removed-too-early")[0].text


@pytest.mark.parametrize(
    ("more", "earliest"),
    [
        ({"mx_watched_since": None}, NOW + HOUR),
        ({"mx_watched_since": NOW - HOUR + SECOND}, NOW + SECOND),
        ({"mx_watched_since": NOW - HOUR}, None),
        ({"mx_watched_since": NOW - HOUR, "mx_hosts": None}, NOW + HOUR),
        ({"mx_last_seen": {MX[1]: at(1)}, "mx_hosts": None}, NOW + HOUR),
        ({"mx_last_seen": {MX[1]: at(1)}, "mx_watched_since": None}, None),
    ],
)
def test_a_host_of_which_nothing_is_known_may_have_been_there(more, earliest):
    """Until DNS was watched for the TTL of the MX set; in testing nothing is asked."""
    known = facts(**({"mx_hosts": MX[:1], "mx_ttl": 3600} | more))
    found = findings(ENFORCE, NARROWER, known, "mx-removed-too-early")
    assert [(one.level, one.earliest) for one in found] == [(Level.BLOCK, earliest)] * (earliest is not None)
    assert findings(TESTING, policy("testing", DAY, MX[:1]), known, "mx-removed-too-early") == []


def test_a_wildcard_goes_with_all_hosts_that_it_alone_covered():
    """What another pattern still covers does not matter."""
    old = policy(mx=("*.example.com", "mx1.example.com"))
    new = policy(mx=("mx1.example.com",))
    (live,) = findings(old, new, facts(), "mx-removed-too-early")
    assert live.text == "*.example.com is removed while MX host mx2.example.com is still in DNS"
    gone = facts(mx_hosts=MX[:1], mx_last_seen={MX[1]: NOW - SECOND, "other.example.net": NOW})
    (cached,) = findings(old, new, gone, "mx-removed-too-early")
    assert cached.earliest == NOW - SECOND + HOUR
    assert findings(old, new, facts(mx_hosts=MX[:1]), "mx-removed-too-early") == []


OLD_LEDGER = (published(ENFORCE, at(0), at(29)), published(WIDER, at(29)))
HELD_UNTIL = at(29) + timedelta(seconds=TTL + WEEK)


@pytest.mark.parametrize(
    ("now", "new", "warned"),
    [
        (NOW, WIDER, True),
        (HELD_UNTIL - SECOND, WIDER, True),
        (HELD_UNTIL, WIDER, False),
        (NOW, policy("testing", DAY, (*MX, THIRD)), True),
        (NOW, policy("none", DAY, ()), True),
        (NOW, ENFORCE, False),
        (NOW, None, False),
    ],
)
def test_a_host_in_dns_before_all_senders_know_it(now, new, warned):
    """Until the last enforce policy without it is over, whatever is published now; not said twice of one host."""
    known = facts(*OLD_LEDGER, mx_hosts=(*MX, THIRD), now=now)
    found = findings(WIDER, new, known, "mx-ahead-of-policy")
    assert [(one.level, one.earliest) for one in found] == [(Level.WARN, HELD_UNTIL)] * warned
    assert all("those senders refuse mx3.example.com until 2026-04-06 00:05 UTC" in one.mail for one in found)


def test_unknown_hosts_or_publications_are_ahead_of_nothing():
    """Nothing is said without facts."""
    assert findings(WIDER, WIDER, facts(*OLD_LEDGER, mx_hosts=None), "mx-ahead-of-policy") == []
    assert findings(WIDER, WIDER, facts(mx_hosts=(THIRD,)), "mx-ahead-of-policy") == []


def test_an_added_host_is_told_when_it_may_go_into_dns():
    """Most senders know it after the TTL and two days; all when the last policy without it is over."""
    (found,) = findings(ENFORCE, WIDER, facts(published(ENFORCE, at(0))), "mx-added")
    assert found.level is Level.NOTE
    assert found.earliest == NOW + timedelta(seconds=TTL + WEEK)
    assert found.text == (
        "mx3.example.com is added; if this is published now, most senders know it from 2026-04-02 12:05 UTC on, all"
        " from 2026-04-07 12:05 UTC on; it is not safe in DNS before that"
    )


def test_an_older_policy_that_lives_longer_counts():
    """The maximum over all that may be held."""
    ledger = (published(policy(max_age=8 * WEEK), at(0), at(20)), published(ENFORCE, at(20)))
    (found,) = findings(ENFORCE, WIDER, facts(*ledger), "mx-added")
    assert found.earliest == at(20) + timedelta(seconds=TTL + 8 * WEEK)


@pytest.mark.parametrize(
    ("old", "ledger", "words", "sure"),
    [
        (TESTING, (published(TESTING, at(0)),), "as soon as this is published", None),
        (
            policy(max_age=DAY),
            (published(policy(max_age=DAY), at(0)),),
            "from 2026-04-01 12:05 UTC on",
            NOW + timedelta(seconds=TTL + DAY),
        ),
        (
            TESTING,
            (published(ENFORCE, at(0), at(29)), published(TESTING, at(29))),
            "2026-04-06 00:05 UTC on; it is not",
            HELD_UNTIL,
        ),
    ],
)
def test_dates_are_of_what_senders_hold(old, ledger, words, sure):
    """Nobody enforces; all is over before most know; an enforce policy from before a roll-back."""
    new = policy(old.mode.value, old.max_age, (*MX, THIRD))
    (found,) = findings(old, new, facts(*ledger), "mx-added")
    assert words in found.text
    assert found.earliest == sure


@pytest.mark.parametrize(("more", "most"), [(0, False), (1, True)])
def test_most_senders_are_told_of_only_when_all_come_later(more, most):
    """At the border: the sure date is the likely one, or a second after it."""
    old, new = policy(max_age=2 * DAY + more), policy(max_age=2 * DAY + more, mx=(*MX, THIRD))
    (found,) = findings(old, new, facts(published(old, at(0))), "mx-added")
    assert ("most senders" in found.text) is most


def test_without_a_ledger_the_old_policy_is_the_least():
    """And that earlier ones are not known is said."""
    (found,) = findings(ENFORCE, WIDER, facts(ledger_read=False), "mx-added")
    assert found.earliest == NOW + timedelta(seconds=TTL + WEEK)
    assert found.text.endswith("(earlier publications are not known)")


@pytest.mark.parametrize(
    ("old", "new", "live"),
    [
        (ENFORCE, WIDER, (*MX, THIRD)),
        (policy(mx=("*.example.com",)), policy(mx=("*.example.com", THIRD)), MX),
        (WIDER, ENFORCE, MX),
        (ENFORCE, policy("none", DAY, (*MX, THIRD)), MX),
        (ENFORCE, None, MX),
    ],
)
def test_what_is_no_addition(old, new, live):
    """In DNS already (another rule speaks), covered before, removed, or without effect."""
    assert findings(old, new, facts(published(old, at(0)), mx_hosts=live), "mx-added") == []


def test_a_first_publication_adds_nothing():
    """Unless senders may hold something from before."""
    assert findings(None, TESTING, facts(), "mx-added") == []
    before = published(policy(mx=(THIRD,)), at(0), at(29))
    found = findings(None, TESTING, facts(before, mx_hosts=(THIRD,)), "mx-added")
    assert [one.earliest for one in found] == [HELD_UNTIL] * len(MX)
