"""Reports for tests, in few words: everything not said is an ordinary day of an ordinary reporter."""

from datetime import UTC, date, datetime, time, timedelta

from mtasts.protocol.report import FailureDetail, PolicyResult, Report
from mtasts.reports.stored import StoredReport, Trust
from mtasts.reports.window import Window

TODAY = date(2026, 3, 30)
WINDOW = Window(date(2026, 3, 1), TODAY, TODAY)
TESTING = ("version: STSv1", "mode: testing", "mx: mail.example.com", "max_age: 86400")
ENFORCE = ("version: STSv1", "mode: enforce", "mx: mail.example.com", "max_age: 604800")


def detail(result_type="certificate-expired", sessions=1, mx="mail.example.com", reason="", ip="192.0.2.1"):
    """One entry of failure-details."""
    return FailureDetail(result_type, sessions, "198.51.100.7", mx, "", ip, "", reason)


def result(ok=0, failed=0, *details, kind="sts", domain="example.com", policy=TESTING, mx_host=()):
    """One entry of policies."""
    return PolicyResult(kind, domain, policy, mx_host, ok, failed, tuple(details))


def stored(
    day,
    *results,
    by="google.com",
    name="Google Inc.",
    report_id=None,
    trust=Trust.AUTHENTICATED,
    warnings=(),
    hours=24,
    key=None,
    hint="",
):
    """One stored report about `day` (a number is a day of March 2026)."""
    day = date(2026, 3, day) if isinstance(day, int) else day
    start = datetime.combine(day, time(), UTC)
    identity = f"{day}_{by}" if report_id is None else report_id
    report = Report(name, f"tls@{by}", identity, start, start + timedelta(hours=hours, seconds=-1), tuple(results))
    key = key or f"{by}/{identity}/{trust}"
    return StoredReport(key, report, trust, by, start + timedelta(days=1, hours=9), tuple(warnings), "test", hint)
