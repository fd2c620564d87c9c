"""Sessions and failures of reports as rows, the same in every store."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from mtasts.protocol.report import PolicyResult
from mtasts.reports.stored import DayRow, FailureRow, StoredReport, Trust


def sessions(policies: Iterable[PolicyResult]) -> dict[str, tuple[int, int]]:
    """Policy type -> successes and failures; a report may hold two policies of one type, before and after a change."""
    found: dict[str, tuple[int, int]] = {}
    for policy in policies:
        successes, failures = found.get(policy.policy_type, (0, 0))
        found[policy.policy_type] = (successes + policy.successes, failures + policy.failures)
    return found


def failures(policies: Iterable[PolicyResult]) -> Counter[tuple[str, str, str]]:
    """Policy type, result type and MX host -> failed sessions of such details."""
    found: Counter[tuple[str, str, str]] = Counter()
    for policy in policies:
        for detail in policy.details:
            found[policy.policy_type, detail.result_type, detail.receiving_mx_hostname] += detail.failed_sessions
    return found


def day_rows(domain: str, stored: Iterable[StoredReport]) -> list[DayRow]:
    """The rows of one domain."""
    counts: dict[tuple[date, str, Trust], list[int]] = {}
    submitters: dict[tuple[date, str, Trust], set[str]] = {}
    for one in stored:
        for kind, (good, bad) in sessions(one.policies_of(domain)).items():
            key = (one.report.day, kind, one.trust)
            row = counts.setdefault(key, [0, 0, 0])
            row[:] = [row[0] + 1, row[1] + good, row[2] + bad]
            submitters.setdefault(key, set()).add(one.submitter)
    return [
        DayRow(domain, day, kind, trust, reports, good, bad, tuple(sorted(submitters[day, kind, trust])))
        for (day, kind, trust), (reports, good, bad) in counts.items()
    ]


def failure_rows(domain: str, stored: Iterable[StoredReport]) -> list[FailureRow]:
    """The failure rows of one domain."""
    counts: dict[tuple[date, str, Trust, str, str], list[int]] = {}
    for one in stored:
        for (kind, result, mx), failed in failures(one.policies_of(domain)).items():
            row = counts.setdefault((one.report.day, kind, one.trust, result, mx), [0, 0])
            row[:] = [row[0] + 1, row[1] + failed]
    return [FailureRow(domain, *key, *row) for key, row in counts.items()]
