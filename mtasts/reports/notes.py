"""Notes for a reader of the sums: silence, contradictions, reports that do not count.

Pure. A note is a warning about the evidence, not about the domain. Codes are stable.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mtasts.reports.counting import echo_reporters, says_something
from mtasts.reports.duplicates import sharing_an_id
from mtasts.reports.entries import STS, Entry, copy_of
from mtasts.reports.window import LONGEST_RANGE, Gap, Window
from mtasts.words.counted import few, number


@dataclass(frozen=True, slots=True)
class Note:
    """One warning. `message` may quote foreign text: renderers escape it like everything else."""

    code: str
    message: str


def notes(
    domain: str, window: Window, trusted: Sequence[Entry], others: Sequence[Entry], found_gaps: Sequence[Gap]
) -> tuple[Note, ...]:
    """All that has to be said about these entries of one domain, the silence first."""
    return (
        *_silence(window, trusted, found_gaps),
        *_uncounted(others),
        *_shared_ids(domain, trusted),
        *_contradictions(trusted),
        *_odd(window, trusted),
        *_deviations(trusted),
    )


def _silence(window: Window, trusted: Sequence[Entry], found_gaps: Sequence[Gap]) -> Iterator[Note]:
    if not trusted:
        yield Note("no-reports", "no report that counts: this says nothing about the domain, neither good nor bad")
    elif not any(entry.kind == STS and says_something(entry) for entry in trusted):
        kinds = ", ".join(sorted({entry.kind for entry in trusted}))
        yield Note("nothing-validated", f"reports speak of {kinds} only: no session was held against an MTA-STS policy")
    elif found_gaps and found_gaps[-1].last == _last_closed(window):
        gap = found_gaps[-1]
        yield Note(
            "silent-end",
            f"no report about {gap.first} to {gap.last}, the end of what should be known: is the rua mailbox read?",
        )


def _uncounted(others: Sequence[Entry]) -> Iterator[Note]:
    kinds = Counter({entry.stored.key: entry.stored.trust for entry in others}.values())
    for trust, count in sorted(kinds.items()):
        yield Note("not-counted", f"{number(count, 'report')} not counted: {trust}, so anybody could have written it")


def _shared_ids(domain: str, trusted: Sequence[Entry]) -> Iterator[Note]:
    stored = {entry.stored.key: entry.stored for entry in trusted}
    ids = Counter(one.report.report_id for one in stored.values())
    alike = [copy_of(domain, one) for one in stored.values() if ids[one.report.report_id] > 1]
    sharing = sharing_an_id(alike)
    if sharing:
        who = sorted({stored[key].submitter for key in sharing})
        yield Note(
            "same-report-id",
            f"{len(sharing)} reports of {few(who, 3)} bear a report-id that its other reports bear too, and say"
            " something else: all of them count",
        )


def _contradictions(trusted: Sequence[Entry]) -> Iterator[Note]:
    hidden = {e.stored.key for e in trusted if e.result.details and not e.result.failures}
    if hidden:
        yield Note(
            "failures-beside-zero",
            f"{number(len(hidden), 'report')} with a failure total of 0 (or none) beside failure details:"
            " not free of failures",
        )
    short = {
        e.stored.key
        for e in trusted
        if e.result.details and sum(d.failed_sessions for d in e.result.details) < e.result.failures
    }
    if short:
        yield Note(
            "details-short", f"{number(len(short), 'report')} with more failures in total than the details explain"
        )


def _odd(window: Window, trusted: Sequence[Entry]) -> Iterator[Note]:
    long = {e.stored.key for e in trusted if e.stored.report.end - e.stored.report.start > LONGEST_RANGE}
    if long:
        yield Note(
            "long-range", f"{number(len(long), 'report')} about more than a day, counted on the day in its middle"
        )
    future = {e.stored.key for e in trusted if e.day > window.today}
    if future:
        yield Note("future", f"{number(len(future), 'report')} about days that have not come yet")
    for reporter in sorted(echo_reporters(trusted)):
        yield Note(
            "echo", f"{reporter} reports one session a day and nothing else: perhaps only the mail with our own reports"
        )
    other = sorted({e.kind for e in trusted if e.kind not in ("sts", "tlsa", "no-policy-found")})
    if other:
        yield Note("unknown-policy-type", f"policy types that RFC 8460 does not define: {', '.join(other)[:200]}")


def _deviations(trusted: Sequence[Entry]) -> Iterator[Note]:
    by_key = {entry.stored.key: entry.stored.warnings for entry in trusted}
    numbers = Counter(code for warnings in by_key.values() for code in {problem.code for problem in warnings})
    for code, count in sorted(numbers.items()):
        yield Note("read-with-tolerance", f"{number(count, 'report')} read with tolerance: {code}")


def _last_closed(window: Window) -> date | None:
    return max((day for day in window.days() if not window.is_open(day)), default=None)
