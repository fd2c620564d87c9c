"""By when which kind of sender has left enforce after a roll-back."""

from datetime import timedelta

from mtasts.changes.horizon import Horizon, rollback_horizon
from tests.changes.steps import DAY, NOW, TTL, WEEK, at, facts, policy, published

TTL_SPAN = timedelta(seconds=TTL)
LOOKS, DAILY = NOW + TTL_SPAN, NOW + TTL_SPAN + timedelta(days=1)


def test_the_last_enforce_policy_that_is_held_counts():
    """Here one from before, that lived longer than the present one."""
    ledger = (published(policy(max_age=8 * WEEK), at(0), at(20)), published(policy(), at(20)))
    expiry = at(20) + timedelta(seconds=TTL + 8 * WEEK)
    assert rollback_horizon(facts(*ledger), TTL, WEEK) == Horizon(LOOKS, DAILY, expiry, complete=True)


def test_without_a_ledger_it_is_the_least():
    """The policy that is left, fetched or renewed just before."""
    found = rollback_horizon(facts(ledger_read=False), TTL, WEEK)
    assert found == Horizon(LOOKS, DAILY, LOOKS + timedelta(seconds=WEEK), complete=False)


def test_nobody_holds_what_was_never_enforced_or_is_over():
    """An empty ledger that was read, testing only, and an enforce policy that has just ended."""
    assert rollback_horizon(facts(), TTL, WEEK).expiry is None
    assert rollback_horizon(facts(published(policy("testing", WEEK), at(0))), TTL, WEEK).expiry is None
    end = at(1) + timedelta(seconds=TTL + DAY)
    ledger = (published(policy(max_age=DAY), at(0), at(1)), published(policy("testing", DAY), at(1)))
    assert rollback_horizon(facts(*ledger, now=end), TTL, DAY).expiry is None
    assert rollback_horizon(facts(*ledger, now=end - timedelta(seconds=1)), TTL, DAY).expiry == end
