"""The sums of many domains from day rows agree with those from the reports."""

from datetime import date

from mtasts.reports.fleet import KINDS_LIMIT, REST, fleet_lines, silent
from mtasts.reports.stored import DayRow, FailureRow, Trust
from mtasts.reports.tally import Sessions


def row(day, kind="sts", trust=Trust.AUTHENTICATED, ok=5, failed=0, by=("google.com",), domain="example.com"):
    return DayRow(domain, date(2026, 3, day), kind, trust, len(by), ok, failed, by)


def failure(day, result_type="certificate-expired", mx="mail.example.com", trust=Trust.AUTHENTICATED, sessions=1):
    return FailureRow("example.com", date(2026, 3, day), "sts", trust, result_type, mx, 1, sessions)


def test_trusted_and_other_rows_stay_apart_and_types_too():
    """The same rules as for one domain: nothing posted, and nothing of DANE, gets into sts."""
    (line,) = fleet_lines(
        [
            row(1, ok=10, failed=1),
            row(1, "tlsa", ok=10),
            row(2, "no-policy-found", by=("mail.ru",)),
            row(3, trust=Trust.POSTED, ok=99, failed=99, by=("evil.example",)),
            row(4, trust=Trust.LOCAL, ok=1, by=("microsoft.com",)),
            row(5, "sts-ng", ok=2),
        ],
        [],
    )
    assert line.counts.sts == Sessions(11, 1)
    assert (line.counts.tlsa, line.counts.no_policy, line.counts.other) == (
        Sessions(10, 0),
        Sessions(5, 0),
        Sessions(2, 0),
    )
    assert line.untrusted.sts == Sessions(99, 99)
    assert (line.reporters, line.days, line.last) == (3, 2, date(2026, 3, 4))


def test_zeros_and_other_types_cover_no_day():
    """A row of zeros is silence; a failure beside a total of 0 is not."""
    (line,) = fleet_lines([row(1, ok=0), row(2, "tlsa")], [])
    assert (line.days, line.last) == (0, None)
    (line,) = fleet_lines([row(1, ok=0)], [failure(1)])
    assert line.days == 1


def test_failures_of_untrusted_reports_are_not_named():
    """What nobody vouches for does not become a metric that wakes somebody."""
    (line,) = fleet_lines([row(1)], [failure(1, trust=Trust.POSTED), failure(1), failure(2)])
    assert [(f.result_type, f.mx, f.failed_sessions) for f in line.failures] == [
        ("certificate-expired", "mail.example.com", 2)
    ]


def test_kinds_of_failure_are_bounded():
    """A reporter that invents MX hosts fills one rest, not a time series each."""
    (line,) = fleet_lines([row(1)], [failure(1, mx=f"mx{n}.example.com") for n in range(1000)])
    assert len(line.failures) == KINDS_LIMIT + 1
    assert sum(f.failed_sessions for f in line.failures) == 1000
    assert [f.failed_sessions for f in line.failures if f.mx == REST] == [1000 - KINDS_LIMIT]


def test_a_silent_domain_has_a_line():
    """All zeros, and no last day."""
    line = silent("example.com")
    assert (line.counts.sts, line.days, line.reporters, line.last) == (Sessions(0, 0), 0, 0, None)
