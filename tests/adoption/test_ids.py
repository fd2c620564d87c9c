"""Moments and hashes are made by programs; dates, counters and words are typed."""

from datetime import UTC, datetime

import pytest

from mtasts.adoption.ids import by_hand
from mtasts.policy.policy_id import policy_id


@pytest.mark.parametrize(
    ("id", "typed"),
    [
        (policy_id(datetime(2026, 1, 1, tzinfo=UTC), "x"), False),
        ("20160831085700Z", False),
        ("20260801T120000Z", False),
        ("202608011200", False),
        ("1767225600", False),
        ("1767225600000", False),
        ("5d41402abc4b2a76b9719d911017c592", False),
        ("5D41402ABC4B", False),
        ("20240101", True),
        ("2024010101", True),
        ("20241350000000", True),
        ("1", True),
        ("v2", True),
        ("deadbeefcafe", True),
        ("20260801120000x", True),
    ],
)
def test_ids_that_were_typed(id, typed):  # noqa: A002 - the record's own word
    assert by_hand(id) is typed
