"""The dated plan of an MX host's coming and going, run again at every stage."""

from datetime import timedelta

import pytest

from mtasts.changes.mx_plan import next_step, plan
from mtasts.changes.rules import allowed, judge_change
from tests.changes.steps import DAY, MX, NOW, SECOND, TTL, WEEK, at, facts, policy, published

THIRD = "mx3.example.com"
ENFORCE, WIDER = policy(), policy(mx=(*MX, THIRD))
SWAPPED = policy(mx=(MX[0], THIRD))
# mx3 is added on day 29; until then senders could take the policy without it.
BOTH = (published(ENFORCE, at(0), at(29)), published(WIDER, at(29)))
SURE = at(29) + timedelta(seconds=TTL + WEEK)
HOUR = timedelta(hours=1)


def done(steps):
    """Which steps are done, by number."""
    return [step.number for step in steps if step.done]


def dates(steps):
    """Action and date of each."""
    return [(step.action, step.not_before) for step in steps]


def test_a_plan_to_add_from_the_start():
    """Before anything is done: all steps, the date as if it were published now."""
    steps = plan(ENFORCE, facts(published(ENFORCE, at(0))), [THIRD])
    sure = NOW + timedelta(seconds=TTL + WEEK)
    assert dates(steps) == [
        ("probe-host", None),
        ("add-to-policy", None),
        ("publish-added", None),
        ("wait-for-senders", sure),
        ("add-to-dns", sure),
    ]
    assert [step.who for step in steps] == ["check", "policy", "policy", "wait", "dns"]
    assert done(steps) == []
    assert steps[3].text.endswith("(the date counts from the publication)")


@pytest.mark.parametrize(
    ("yaml", "known", "finished", "following"),
    [
        (WIDER, facts(published(ENFORCE, at(0))), [1, 2], "publish-added"),
        (WIDER, facts(*BOTH, txt_id=BOTH[0].id), [1, 2], "publish-added"),
        (WIDER, facts(*BOTH), [1, 2, 3], "wait-for-senders"),
        (WIDER, facts(*BOTH, now=SURE - SECOND), [1, 2, 3], "wait-for-senders"),
        (WIDER, facts(*BOTH, now=SURE), [1, 2, 3, 4], "add-to-dns"),
        (WIDER, facts(*BOTH, now=SURE, mx_hosts=None), [1, 2, 3, 4], "add-to-dns"),
        (WIDER, facts(*BOTH, now=SURE, mx_hosts=(*MX, THIRD)), [1, 2, 3, 4, 5], None),
        (WIDER, facts(*BOTH, mx_hosts=(*MX, THIRD)), [1, 2, 3, 5], "wait-for-senders"),
        (ENFORCE, facts(*BOTH, now=SURE), [4], "probe-host"),
    ],
)
def test_an_addition_at_every_stage(yaml, known, finished, following):
    """Merged, half published, published, waited to the second, in DNS, in DNS too early, taken back in the YAML."""
    steps = plan(yaml, known, [THIRD])
    assert done(steps) == finished
    step = next_step(steps)
    assert (step.action if step else None) == following


def test_the_date_stands_still_once_it_is_published():
    """Later runs show the same date."""
    for now in (NOW, NOW + timedelta(days=3)):
        assert plan(WIDER, facts(*BOTH, now=now), [THIRD])[3].not_before == SURE


def test_nobody_who_enforces_need_be_waited_for():
    """In testing the host may go into DNS when it is published; an enforce policy from before is waited for."""
    testing = policy("testing", DAY, (*MX, THIRD))
    steps = plan(testing, facts(published(testing, at(1))), [THIRD])
    assert done(steps) == [1, 2, 3, 4]
    before = (published(ENFORCE, at(0), at(29)), published(testing, at(29)))
    assert plan(testing, facts(*before), [THIRD])[3].not_before == SURE


def test_without_publications_there_is_no_date():
    """Nothing is done that is not known to be done."""
    steps = plan(WIDER, facts(ledger_read=False), [THIRD])
    assert done(steps) == [1, 2]
    assert steps[3].not_before is None
    assert "the date is known once that is published" in steps[3].text


GONE = {"mx_hosts": MX[:1], "mx_last_seen": {MX[1]: NOW - HOUR}, "mx_ttl": 3600}
NARROWER = policy(mx=MX[:1])


@pytest.mark.parametrize(
    ("yaml", "known", "finished", "wait_until"),
    [
        (ENFORCE, facts(published(ENFORCE, at(0))), [], None),
        (ENFORCE, facts(published(ENFORCE, at(0)), mx_hosts=None), [], None),
        (ENFORCE, facts(published(ENFORCE, at(0)), **GONE, now=NOW - SECOND), [1], NOW),
        (ENFORCE, facts(published(ENFORCE, at(0)), **GONE), [1, 2], NOW),
        (ENFORCE, facts(published(ENFORCE, at(0)), mx_hosts=MX[:1], mx_ttl=3600), [1, 2], at(0) + HOUR),
        (ENFORCE, facts(published(ENFORCE, at(0)), mx_hosts=MX[:1], mx_watched_since=None), [1], None),
        (NARROWER, facts(published(ENFORCE, at(0)), **GONE), [1, 2, 3], NOW),
        (NARROWER, facts(published(ENFORCE, at(0), at(30)), published(NARROWER, at(30)), **GONE), [1, 2, 3, 4], NOW),
    ],
)
def test_a_removal_at_every_stage(yaml, known, finished, wait_until):
    """In DNS, not known, gone for less than the TTL, gone, never seen, not watched, merged, published."""
    steps = plan(yaml, known, remove=[MX[1]])
    assert [step.action for step in steps] == [
        "remove-from-dns",
        "wait-for-dns",
        "remove-from-policy",
        "publish-removed",
    ]
    assert done(steps) == finished
    assert steps[1].not_before == steps[2].not_before == wait_until


def test_a_swap_is_both_in_order():
    """All of the new in DNS before anything of the old leaves it."""
    steps = plan(WIDER, facts(*BOTH, now=SURE), [THIRD], [MX[1]])
    assert [step.number for step in steps] == list(range(1, 10))
    assert [step.action for step in steps][4:6] == ["add-to-dns", "remove-from-dns"]
    assert next_step(steps) is steps[4]
    assert steps[5].text.endswith("when the new host takes mail")


def test_the_rules_allow_each_step_when_its_time_has_come():
    """Plan and rules agree, to the second."""
    start = facts(published(ENFORCE, at(0)))
    assert allowed(judge_change(ENFORCE, WIDER, start))
    moved = {"mx_hosts": (MX[0], THIRD), "mx_last_seen": {MX[1]: SURE}, "mx_ttl": 3600}
    for now, passes in ((SURE + HOUR - SECOND, False), (SURE + HOUR, True)):
        known = facts(*BOTH, **moved, now=now)
        step = next_step(plan(WIDER, known, [THIRD], [MX[1]]))
        assert step is not None
        assert (step.action == "remove-from-policy") is passes
        assert allowed(judge_change(WIDER, SWAPPED, known)) is passes
    after = (*BOTH[:1], published(WIDER, at(29), SURE + HOUR), published(SWAPPED, SURE + HOUR))
    assert next_step(plan(SWAPPED, facts(*after, **moved, now=SURE + HOUR), [THIRD], [MX[1]])) is None


def test_a_wildcard_is_in_dns_with_any_of_its_hosts():
    """And is covered only by itself."""
    wide = policy(mx=(*MX, "*.example.net"))
    ledger = (published(ENFORCE, at(0), at(1)), published(wide, at(1)))
    steps = plan(wide, facts(*ledger, mx_hosts=(*MX, "a.example.net")), ["*.example.net"])
    assert done(steps) == [1, 2, 3, 4, 5]


def test_a_plan_needs_something_to_do():
    """Nothing, or the same both ways, is a slip."""
    with pytest.raises(ValueError, match="at least one"):
        plan(ENFORCE, facts())
    with pytest.raises(ValueError, match="cannot be added and removed"):
        plan(ENFORCE, facts(), [THIRD], [THIRD])


FOURTH = "mx4.example.com"


def test_two_hosts_come_together():
    """A step is done when it is done for both; the later date counts."""
    both = policy(mx=(*MX, THIRD, FOURTH))
    assert done(plan(WIDER, facts(published(WIDER, at(0))), [THIRD, FOURTH])) == []
    assert done(plan(both, facts(*BOTH), [THIRD, FOURTH])) == [1, 2]
    ledger = (*BOTH[:1], published(WIDER, at(29), at(30)), published(both, at(30)))
    steps = plan(both, facts(*ledger, mx_hosts=(*MX, THIRD)), [THIRD, FOURTH])
    assert done(steps) == [1, 2, 3]
    assert steps[3].not_before == at(30) + timedelta(seconds=TTL + WEEK)


def test_two_hosts_go_together():
    """The later one to leave DNS counts, and one that is still there holds both back."""
    seen = {MX[0]: NOW - 2 * HOUR, MX[1]: NOW - HOUR + SECOND}
    start = policy(mx=(*MX, THIRD))
    ledger = (published(start, at(0)),)
    steps = plan(start, facts(*ledger, mx_hosts=(THIRD,), mx_last_seen=seen, mx_ttl=3600), remove=MX)
    assert done(steps) == [1]
    assert steps[1].not_before == NOW + SECOND
    halfway = policy(mx=(MX[1], THIRD))
    assert done(plan(halfway, facts(*ledger, mx_hosts=(MX[1], THIRD), mx_ttl=3600), remove=MX)) == []
    served = (published(start, at(0), at(30)), published(halfway, at(30)))
    gone = facts(*served, mx_hosts=(THIRD,), mx_last_seen=seen, mx_ttl=3600)
    assert done(plan(policy(mx=(THIRD,)), gone, remove=MX)) == [1, 3]
