"""The days of a query, and those without any report.

Pure: today is always an argument. All days are UTC days, and a report's day is `Report.day`, never its arrival.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DEFAULT_DAYS = 30

# Reports of a day come in the course of the next one (RFC 8460 s4.1: up to 4 h random delay; seen: 10 to 21 h UTC), so
# silence about today and yesterday says nothing yet.
OPEN_DAYS = 2

# RFC 8460 s4.1: one UTC day. Zones and rounding make it a little more; from here on the day is a guess.
LONGEST_RANGE = timedelta(hours=36)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days `since` to `until`, both counted, seen on the day `today`. Raises ValueError if they are in disorder."""

    since: date
    until: date
    today: date

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError(f"the window ends on {self.until}, before it begins on {self.since}")

    @property
    def open_from(self) -> date:
        """The first day about which reports are still to be expected; may lie after the window."""
        return self.today - (OPEN_DAYS - 1) * _DAY

    def is_open(self, day: date) -> bool:
        """Whether reports about the day are still to be expected."""
        return day >= self.open_from

    def holds(self, day: date) -> bool:
        """Whether the day belongs to the window."""
        return self.since <= day <= self.until

    def days(self) -> Iterator[date]:
        """Every day of the window, in order."""
        for offset in range((self.until - self.since).days + 1):
            yield self.since + offset * _DAY

    @property
    def closed_days(self) -> int:
        """How many days of the window are over and should be known by now."""
        return max(0, (min(self.until + _DAY, self.open_from) - self.since).days)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row, both ends counted, of which no counted report speaks."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def last_days(today: date, count: int = DEFAULT_DAYS) -> Window:
    """The window of the last `count` days, today included."""
    return Window(today - (count - 1) * _DAY, today, today)


def gaps(window: Window, covered: Collection[date]) -> tuple[Gap, ...]:
    """The runs of days without a word; open days are no gap, they are not over."""
    found: list[Gap] = []
    first: date | None = None
    last = window.since
    for day in window.days():
        if window.is_open(day) or day in covered:
            if first is not None:
                found.append(Gap(first, last))
            first = None
        elif first is None:
            first = day
        last = day
    if first is not None:
        found.append(Gap(first, last))
    return tuple(found)
