"""Limits how many of the reported sessions count: no more than is plausible, and few from strangers.

Pure. The numbers are ours (docs/decisions/evidence-trust.md).
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from mtasts.reports.entries import Entry

# For so many that somebody vouches for, one of all strangers together counts: a fifth of the whole at most.
VOUCHED_FOR_A_STRANGER = 4
# So many times the ordinary day of the other reporters is what one reporter's day counts at most.
OUTLIER = 10


def with_strangers(vouched: int, strangers: int) -> int:
    """Days, reporters or sessions with the share of strangers in them: nothing where nobody is vouched for."""
    return vouched + min(strangers, vouched // VOUCHED_FOR_A_STRANGER)


@dataclass(frozen=True, slots=True)
class Told:
    """Good sessions of entries that count: `told` as reports say, `vouched` and `strangers` of them as plausible."""

    told: int
    vouched: int
    strangers: int

    @property
    def counted(self) -> int:
        """How many are proof."""
        return with_strangers(self.vouched, self.strangers)


def plausible(passed: Iterable[Entry]) -> Told:
    """Count the good sessions of these entries.

    A reporter's day counts at most `OUTLIER` times the ordinary day of the other reporters that are vouched for: the
    median over them of the median over each one's days. Where there is no other there is nothing to compare it with.
    """
    days: defaultdict[tuple[str, bool], Counter[date]] = defaultdict(Counter)
    for entry in passed:
        days[entry.reporter, entry.repute.vouched][entry.day] += entry.result.successes
    ordinary = {who: median_low(told.values()) for (who, vouched), told in days.items() if vouched}
    every = sorted(ordinary.values())
    sums = {True: 0, False: 0}
    for (who, vouched), told in days.items():
        others = _without(every, ordinary[who]) if who in ordinary else every
        most = OUTLIER * median_low(others) if others else None
        sums[vouched] += sum(count if most is None else min(count, most) for count in told.values())
    return Told(sum(sum(told.values()) for told in days.values()), sums[True], sums[False])


def _without(numbers: list[int], one: int) -> list[int]:
    at = bisect_left(numbers, one)
    return numbers[:at] + numbers[at + 1 :]
