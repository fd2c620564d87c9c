"""Which way a step goes."""

import pytest

from mtasts.changes.strength import strengthens, weakens
from mtasts.policy.config import DnsZone
from tests.changes.steps import DAY, MX, WEEK, policy

ENFORCE, TESTING, NONE = policy(), policy("testing", DAY), policy("none", DAY)
FEWER, MORE = policy(mx=MX[:1]), policy(mx=(*MX, "mx3.example.com"))
MOVED = policy("testing", DAY, dns=DnsZone("route53", "Z9"))


@pytest.mark.parametrize(
    ("old", "new", "harder", "back"),
    [
        (None, ENFORCE, True, False),
        (TESTING, ENFORCE, True, False),
        (NONE, ENFORCE, True, False),
        (ENFORCE, policy(max_age=2 * WEEK), True, False),
        (ENFORCE, FEWER, True, False),
        (ENFORCE, policy(mx=(MX[0], "mx3.example.com")), True, False),
        (FEWER, policy(max_age=2 * WEEK), True, False),
        (policy(max_age=2 * WEEK), FEWER, True, False),
        (ENFORCE, TESTING, False, True),
        (ENFORCE, NONE, False, True),
        (TESTING, NONE, False, True),
        (ENFORCE, policy("testing", 52 * WEEK, mx=MX[:1]), False, True),
        (ENFORCE, policy(max_age=DAY), False, True),
        (ENFORCE, MORE, False, True),
        (ENFORCE, policy(mx=("*.example.com",)), False, True),
        (ENFORCE, ENFORCE, False, False),
        (ENFORCE, policy(ttl=60), False, False),
        (ENFORCE, MOVED, False, False),
        (None, TESTING, False, False),
        (NONE, TESTING, False, False),
        (TESTING, policy("testing", WEEK), False, False),
        (ENFORCE, None, False, False),
        (NONE, None, False, False),
    ],
)
def test_which_way(old, new, harder, back):
    """Never both; a move, a beginning and a removal are no way back."""
    assert (strengthens(old, new), weakens(old, new)) == (harder, back)
