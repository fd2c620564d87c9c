"""Lengths of time: what was set is shown exactly, what was measured is rounded down."""

from datetime import timedelta

import pytest

from mtasts.words.durations import roughly, span

DAY = 86400


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(DAY, "1 day"), (14 * DAY, "2 weeks"), (3600, "1 hour"), (90, "90 s"), (DAY + 1, "86401 s"), (8 * DAY, "8 days")],
)
def test_a_span_is_exact(seconds, shown):
    """Rounding would hide what is published."""
    assert span(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.5, "0 s"),
        (40, "40 s"),
        (60, "1 minute"),
        (119, "119 s"),
        (5400, "90 minutes"),
        (3600, "1 hour"),
        (47 * 3600 + 59, "47 hours"),
        (DAY, "1 day"),
        (59.9 * DAY, "59 days"),
        (-3 * 3600, "-3 hours"),
    ],
)
def test_a_length_is_rounded_down(seconds, shown):
    """What is left is never shown too long."""
    assert roughly(timedelta(seconds=seconds)) == shown
