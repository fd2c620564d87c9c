"""The sums of many domains from a store's day rows, without reading one report.

Pure. The same rules as in summary.py, as far as rows can tell: trusted apart from the rest, policy types apart, days
covered only by `sts` sessions. Which policy was applied, only the reports themselves say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from mtasts.protocol.names import same_name
from mtasts.protocol.registrable import registrable
from mtasts.reports.causes import Cause, cause_of
from mtasts.reports.entries import NO_POLICY, STS, TLSA, TRUSTED
from mtasts.reports.stored import DayRow, FailureRow
from mtasts.reports.tally import Counts, Sessions

# A reporter may invent MX hosts and result types without end: more kinds of failure than these go under one.
KINDS_LIMIT = 50
REST = "(others)"

_KINDS = (STS, TLSA, NO_POLICY)


@dataclass(frozen=True, slots=True)
class FailureKind:
    """What trusted reports name as failing at one MX host. `result_type` and `mx` are foreign text, "" if not said."""

    policy_type: str
    result_type: str
    mx: str
    cause: Cause
    failed_sessions: int


@dataclass(frozen=True, slots=True)
class FleetLine:
    """One domain: `counts` of trusted reports, `untrusted` of the others; `last` is the last covered day."""

    domain: str
    counts: Counts
    untrusted: Counts
    reporters: int
    days: int
    last: date | None
    failures: tuple[FailureKind, ...]


@dataclass(slots=True)
class _Sum:
    trusted: list[int] = field(default_factory=lambda: [0] * 8)
    others: list[int] = field(default_factory=lambda: [0] * 8)
    reporters: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    failures: dict[tuple[str, str, str], int] = field(default_factory=dict)


def fleet_lines(rows: Iterable[DayRow], failure_rows: Iterable[FailureRow]) -> tuple[FleetLine, ...]:
    """A line for each domain of which the rows speak, by name."""
    sums: dict[str, _Sum] = {}
    for row in rows:
        _add(sums.setdefault(row.domain, _Sum()), row)
    for failure in failure_rows:
        found = sums.get(failure.domain)
        if found is not None and failure.trust in TRUSTED:
            _add_failure(found, failure)
    return tuple(_line(domain, sums[domain]) for domain in sorted(sums))


def silent(domain: str) -> FleetLine:
    """The line of a domain of which no report speaks."""
    return _line(domain, _Sum())


def _add(found: _Sum, row: DayRow) -> None:
    numbers = found.trusted if row.trust in TRUSTED else found.others
    at = 2 * (_KINDS.index(row.policy_type) if row.policy_type in _KINDS else len(_KINDS))
    numbers[at] += row.successes
    numbers[at + 1] += row.failures
    if row.trust in TRUSTED:
        found.reporters.update(registrable(same_name(who)) for who in row.reporters)
        if row.policy_type == STS and (row.successes or row.failures):
            found.days.add(row.day)


def _add_failure(found: _Sum, row: FailureRow) -> None:
    key = (row.policy_type, row.result_type, row.mx_host)
    if key not in found.failures and len(found.failures) >= KINDS_LIMIT:
        key = (REST, REST, REST)
    found.failures[key] = found.failures.get(key, 0) + row.sessions
    if row.policy_type == STS:
        # A failure beside a total of 0 is a word about the day all the same.
        found.days.add(row.day)


def _line(domain: str, found: _Sum) -> FleetLine:
    return FleetLine(
        domain=domain,
        counts=_counts(found.trusted),
        untrusted=_counts(found.others),
        reporters=len(found.reporters),
        days=len(found.days),
        last=max(found.days, default=None),
        failures=tuple(
            FailureKind(kind, result, mx, cause_of(result), sessions)
            for (kind, result, mx), sessions in sorted(found.failures.items())
        ),
    )


def _counts(numbers: list[int]) -> Counts:
    pairs = [Sessions(numbers[at], numbers[at + 1]) for at in range(0, 8, 2)]
    return Counts(*pairs)
