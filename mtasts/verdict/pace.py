"""Estimates when enough reports will have arrived, at the rate seen so far. Pure; whole numbers, never rounded up.

A guess for people: nobody is let through earlier or later by it.
"""

from dataclasses import dataclass
from datetime import UTC, date, timedelta

from mtasts.reports.counting import Evidence
from mtasts.verdict.window import ReadyWindow

_DAY = timedelta(days=1)
# Ours: a date further off is no help to anybody.
_FAR = 366


@dataclass(frozen=True, slots=True)
class Pace:
    """How long counting has gone on: `days` days up to `last`, the last day of which everything should be known."""

    days: int
    last: date
    window: int
    today: date

    def when(self, have: int, need: int) -> date | None:
        """The day on which the reports that bring it to `need` are there; None if the rate is too low, or not known."""
        if not have or not self.lasts(have, need):
            return None
        more = -(-(need - have) * self.days // have)
        # The reports about a day come in the course of the next one (RFC 8460 s4.1).
        return max(self.today, self.last + (more + 1) * _DAY) if more <= _FAR else None

    def lasts(self, have: int, need: int) -> bool:
        """Whether a whole window at this rate holds `need`: what is older than the window no longer counts."""
        return have * self.window >= need * self.days

    def whole(self, have: int) -> int:
        """How much a whole window holds at this rate."""
        return have * self.window // self.days


def pace_of(window: ReadyWindow, evidence: Evidence) -> Pace | None:
    """The pace since the first whole day that counts; None before anything was counted."""
    if not evidence.days:
        return None
    first = window.days.since
    if window.begin is not None:
        begin = window.begin.astimezone(UTC)
        first = max(first, begin.date() if begin.time() == begin.time().min else begin.date() + _DAY)
    last = max(evidence.days[-1], window.days.open_from - _DAY)
    first = min(first, evidence.days[0])
    return Pace((last - first).days + 1, last, window.length, window.days.today)
