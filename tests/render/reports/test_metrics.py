"""`reports metrics`: read back by Prometheus's own parser of OpenMetrics."""

from datetime import UTC, date, datetime

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from mtasts.render.reports.metrics import openmetrics
from mtasts.reports.fleet import fleet_lines, silent
from mtasts.reports.stored import DayRow, FailureRow, Trust
from tests.render.hostile import HOSTILE
from tests.reports.making import WINDOW

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)


def lines_of(domain="example.com", text="mail.example.com"):
    day = date(2026, 3, 5)
    return fleet_lines(
        [
            DayRow(domain, day, "sts", Trust.AUTHENTICATED, 1, 10, 2, ("google.com",)),
            DayRow(domain, day, "tlsa", Trust.AUTHENTICATED, 1, 10, 0, ("google.com",)),
            DayRow(domain, day, "sts", Trust.POSTED, 1, 7, 0, ("evil.example",)),
        ],
        [FailureRow(domain, day, "sts", Trust.AUTHENTICATED, "certificate-expired", text, 1, 2)],
    )


def parsed(lines):
    text = "".join(f"{line}\n" for line in openmetrics(lines, WINDOW, NOW))
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_prometheus_reads_it():
    """Families, labels and values, through the parser that Prometheus's client ships."""
    found = parsed([*lines_of(), silent("silent.example.com")])
    assert set(found) == {
        "mtasts_reports_sessions",
        "mtasts_reports_failed_sessions_named",
        "mtasts_reports_reporters",
        "mtasts_reports_days",
        "mtasts_reports_last_day_timestamp_seconds",
        "mtasts_reports_window_days",
        "mtasts_reports_made_timestamp_seconds",
    }
    assert {family.type for family in found.values()} == {"gauge"}
    assert all(family.documentation for family in found.values())
    sessions = {tuple(s.labels.values()): s.value for s in found["mtasts_reports_sessions"].samples}
    assert sessions == {
        ("example.com", "sts", "passed", "yes"): 10,
        ("example.com", "sts", "failed", "yes"): 2,
        ("example.com", "tlsa", "passed", "yes"): 10,
        ("example.com", "tlsa", "failed", "yes"): 0,
        ("example.com", "sts", "passed", "no"): 7,
        ("example.com", "sts", "failed", "no"): 0,
        ("silent.example.com", "sts", "passed", "yes"): 0,
        ("silent.example.com", "sts", "failed", "yes"): 0,
        ("silent.example.com", "sts", "passed", "no"): 0,
        ("silent.example.com", "sts", "failed", "no"): 0,
    }
    (named,) = found["mtasts_reports_failed_sessions_named"].samples
    assert (named.labels["mx"], named.labels["owner"], named.value) == ("mail.example.com", "ours", 2)
    (last,) = found["mtasts_reports_last_day_timestamp_seconds"].samples
    assert datetime.fromtimestamp(last.value, UTC) == datetime(2026, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_labels_come_back_as_one_label(text):
    """No quote, backslash or line end of a reporter makes a line of its own."""
    found = parsed(lines_of(text=text))
    assert len(found["mtasts_reports_failed_sessions_named"].samples) == 1
    assert sum(len(family.samples) for family in found.values()) == 12


def test_labels_that_meet_when_shortened_are_one_sample():
    """OpenMetrics allows a label set once; two long MX names with the same start are added."""
    day = date(2026, 3, 5)
    rows = [DayRow("example.com", day, "sts", Trust.LOCAL, 1, 1, 2, ("a.example",))]
    failed = [
        FailureRow("example.com", day, "sts", Trust.LOCAL, "certificate-expired", "x" * 500 + end, 1, 1) for end in "ab"
    ]
    (sample,) = parsed(fleet_lines(rows, failed))["mtasts_reports_failed_sessions_named"].samples
    assert sample.value == 2
