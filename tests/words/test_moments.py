"""Moments for people: what something waits for is never shown too early."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mtasts.words.moments import at, not_before


@pytest.mark.parametrize(
    ("second", "shown", "earliest"),
    [(0, "10:59", "10:59"), (1, "10:59", "11:00"), (59, "10:59", "11:00"), (60, "11:00", "11:00")],
)
def test_to_the_minute(second, shown, earliest):
    """When something was is rounded down, from when on something may be is rounded up."""
    moment = datetime(2026, 3, 1, 10, 59, tzinfo=UTC) + timedelta(seconds=second)

    assert at(moment) == f"2026-03-01 {shown} UTC"
    assert not_before(moment) == f"2026-03-01 {earliest} UTC"


def test_always_in_utc():
    """Whatever zone the time came with."""
    assert at(datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == "2026-02-28 23:00 UTC"
