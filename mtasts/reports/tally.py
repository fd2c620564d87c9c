"""Sessions, counted from the totals of reports only.

Pure. Successes and failures are kept apart by policy type and never added over types: `sts` and `tlsa` entries of one
report can describe the same sessions (RFC 8460 s4.4), and `no-policy-found` means that nothing was validated. Failure
details may overlap or fall short of the total, so they are never counted here; see failures.py.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from mtasts.reports.entries import NO_POLICY, STS, TLSA, Entry

K = TypeVar("K", bound=Hashable)

_KINDS = {STS: 0, TLSA: 1, NO_POLICY: 2}
_OTHER = 3


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of one policy type: `successes` complied with the policy, `failures` did not, delivered or not."""

    successes: int = 0
    failures: int = 0

    @property
    def total(self) -> int:
        """All sessions of this policy type."""
        return self.successes + self.failures


@dataclass(frozen=True, slots=True)
class Counts:
    """Sessions by policy type. There is no sum over them, on purpose; `other` holds types that RFC 8460 lacks."""

    sts: Sessions = Sessions()
    tlsa: Sessions = Sessions()
    no_policy: Sessions = Sessions()
    other: Sessions = Sessions()


@dataclass(frozen=True, slots=True)
class Line(Generic[K]):
    """The sessions of one day, reporter, policy or what else they are grouped by."""

    key: K
    counts: Counts
    reports: int
    first: date
    last: date


class _Sum:
    """Adds up one group; each report is counted once however many entries it has."""

    __slots__ = ("first", "keys", "last", "numbers")

    def __init__(self) -> None:
        self.numbers = [0] * 8
        self.keys: set[str] = set()
        self.first = date.max
        self.last = date.min

    def add(self, entry: Entry) -> None:
        at = 2 * _KINDS.get(entry.kind, _OTHER)
        self.numbers[at] += entry.result.successes
        self.numbers[at + 1] += entry.result.failures
        self.keys.add(entry.stored.key)
        self.first = min(self.first, entry.day)
        self.last = max(self.last, entry.day)

    def counts(self) -> Counts:
        n = self.numbers
        return Counts(Sessions(n[0], n[1]), Sessions(n[2], n[3]), Sessions(n[4], n[5]), Sessions(n[6], n[7]))


def count(entries: Iterable[Entry]) -> Counts:
    """The sessions of all the entries."""
    total = _Sum()
    for entry in entries:
        total.add(entry)
    return total.counts()


def tally(entries: Iterable[Entry], key: Callable[[Entry], K]) -> dict[K, Line[K]]:
    """The entries' sessions by `key`, in the order in which the keys first come."""
    sums: dict[K, _Sum] = {}
    for entry in entries:
        group = key(entry)
        found = sums.get(group)
        if found is None:
            found = sums[group] = _Sum()
        found.add(entry)
    return {group: Line(group, s.counts(), len(s.keys), s.first, s.last) for group, s in sums.items()}
