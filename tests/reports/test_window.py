"""Which days count, which are still open, and where nobody spoke."""

from datetime import date

import pytest

from mtasts.reports.window import Gap, Window, gaps, last_days

MARCH = Window(date(2026, 3, 1), date(2026, 3, 10), date(2026, 3, 10))


def test_the_default_window_is_thirty_days_with_today():
    """`last 30 days` counts today, so it begins 29 days ago."""
    window = last_days(date(2026, 3, 30))
    assert (window.since, window.until) == (date(2026, 3, 1), date(2026, 3, 30))
    assert len(list(window.days())) == 30


def test_today_and_yesterday_are_open():
    """Reports of a day come in the course of the next one, so nothing is missing yet."""
    assert MARCH.open_from == date(2026, 3, 9)
    assert [day.day for day in MARCH.days() if MARCH.is_open(day)] == [9, 10]
    assert MARCH.closed_days == 8


@pytest.mark.parametrize(
    ("since", "until", "today", "closed"),
    [
        ((2026, 3, 1), (2026, 3, 1), (2026, 3, 1), 0),
        ((2026, 3, 1), (2026, 3, 1), (2026, 3, 2), 0),
        ((2026, 3, 1), (2026, 3, 1), (2026, 3, 3), 1),
        ((2026, 1, 1), (2026, 1, 31), (2026, 3, 1), 31),
        ((2026, 4, 1), (2026, 4, 5), (2026, 3, 1), 0),
    ],
)
def test_closed_days(since, until, today, closed):
    """Only days that are over by more than the usual delay are expected to be known."""
    assert Window(date(*since), date(*until), date(*today)).closed_days == closed


def test_a_window_in_disorder_cannot_be_made():
    """since after until is an error, not an empty window."""
    with pytest.raises(ValueError, match="before it begins"):
        Window(date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 3))


def test_gaps_are_runs_of_closed_days():
    """Open days end a gap instead of widening it."""
    covered = {date(2026, 3, d) for d in (1, 2, 5, 7)}
    assert gaps(MARCH, covered) == (
        Gap(date(2026, 3, 3), date(2026, 3, 4)),
        Gap(date(2026, 3, 6), date(2026, 3, 6)),
        Gap(date(2026, 3, 8), date(2026, 3, 8)),
    )
    assert gaps(MARCH, covered)[0].days == 2


def test_a_gap_reaches_the_end_of_a_closed_window():
    """In a window of the past the last day counts like any other."""
    past = Window(date(2026, 1, 1), date(2026, 1, 4), date(2026, 3, 1))
    assert gaps(past, {date(2026, 1, 1)}) == (Gap(date(2026, 1, 2), date(2026, 1, 4)),)
    assert gaps(past, set()) == (Gap(date(2026, 1, 1), date(2026, 1, 4)),)
