"""Sessions are counted from totals, by policy type, and never added over types."""

from datetime import date

from mtasts.reports.entries import entries
from mtasts.reports.tally import Counts, Sessions, count, tally
from tests.reports.making import WINDOW, detail, result, stored


def read(*reports):
    return list(entries("example.com", WINDOW, reports))


def test_sts_and_tlsa_of_one_report_stay_apart():
    """They can describe the very same sessions, so there is no sum over them."""
    report = stored(
        3, result(5, 1), result(5, 2, kind="tlsa"), result(7, 0, kind="no-policy-found"), result(1, 1, kind="new")
    )
    assert count(read(report)) == Counts(
        sts=Sessions(5, 1), tlsa=Sessions(5, 2), no_policy=Sessions(7, 0), other=Sessions(1, 1)
    )


def test_details_are_never_counted():
    """mail.ru style: details name two failed sessions, the total says one. The total counts."""
    report = stored(3, result(10, 1, detail(sessions=1), detail("starttls-not-supported", sessions=1)))
    assert count(read(report)).sts == Sessions(10, 1)
    beside_zero = stored(4, result(10, 0, detail(sessions=3)))
    assert count(read(beside_zero)).sts == Sessions(10, 0)


def test_a_report_is_one_report_however_many_entries_it_has():
    """Two policies of one domain in one report: sessions of both, one report."""
    report = stored(3, result(5, 0), result(6, 1, policy=("mode: enforce", "mx: mail.example.com")))
    lines = tally(read(report, stored(4, result(1, 0))), lambda entry: entry.reporter)
    line = lines["google.com"]
    assert (line.counts.sts, line.reports) == (Sessions(12, 1), 2)
    assert (line.first, line.last) == (date(2026, 3, 3), date(2026, 3, 4))
