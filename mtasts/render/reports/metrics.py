"""`reports metrics`: OpenMetrics 1.0 text, for a textfile collector or a scrape.

All are gauges: they tell of a window of days that moves, so they may fall. Families come one after the other, as the
format asks, and names and label keys are fixed; label values are foreign text and escaped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from mtasts.render.escape import shorten, terminal
from mtasts.render.runner import in_text
from mtasts.reports.fleet import FleetLine
from mtasts.reports.tally import Counts
from mtasts.reports.window import Window

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

# Foreign text in a label: a time series per value, so neither long nor endless (see fleet.KINDS_LIMIT).
_LABEL_LIMIT = 128


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of a family."""

    labels: tuple[tuple[str, str], ...]
    value: int


def openmetrics(lines: Sequence[FleetLine], window: Window, now: datetime) -> Iterator[str]:
    """The whole text, line by line without line ends; ends with `# EOF`. `now` is when it was made."""
    yield from _family(
        "mtasts_reports_sessions",
        "Sessions that reports of the window count, by policy type; types may describe the same sessions, do not add.",
        (sample for line in lines for sample in _sessions(line)),
    )
    yield from _family(
        "mtasts_reports_failed_sessions_named",
        "Failed sessions that details of counted reports name, for diagnosis; they may overlap, do not add.",
        (sample for line in lines for sample in _failures(line)),
    )
    yield from _family(
        "mtasts_reports_reporters",
        "Reporters with counted reports in the window.",
        (Sample(_domain(line), line.reporters) for line in lines),
    )
    yield from _family(
        "mtasts_reports_days",
        "Days of the window with counted sts sessions.",
        (Sample(_domain(line), line.days) for line in lines),
    )
    yield from _family(
        "mtasts_reports_last_day_timestamp_seconds",
        "Start of the last day with counted sts sessions; absent when there is none.",
        (
            Sample(_domain(line), int(datetime.combine(line.last, time(), UTC).timestamp()))
            for line in lines
            if line.last is not None
        ),
        unit="seconds",
    )
    yield from _family("mtasts_reports_window_days", "Length of the window.", [Sample((), len(list(window.days())))])
    yield from _family(
        "mtasts_reports_made_timestamp_seconds",
        "When these numbers were made.",
        [Sample((), int(now.timestamp()))],
        unit="seconds",
    )
    yield "# EOF"


def _family(name: str, help_text: str, samples: Iterator[Sample] | Sequence[Sample], unit: str = "") -> Iterator[str]:
    yield f"# TYPE {name} gauge"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {help_text}"
    for sample in samples:
        labels = ",".join(f'{key}="{_escape(value)}"' for key, value in sample.labels)
        yield f"{name}{{{labels}}} {sample.value}" if labels else f"{name} {sample.value}"


def _sessions(line: FleetLine) -> Iterator[Sample]:
    for counted, counts in (("yes", line.counts), ("no", line.untrusted)):
        for kind, successes, failures in _kinds(counts):
            # Zeros of sts are said, so that an alert can tell "none" from "not asked"; others only when there are any.
            if kind != "sts" and not successes and not failures:
                continue
            for outcome, value in (("passed", successes), ("failed", failures)):
                labels = (*_domain(line), ("policy_type", kind), ("outcome", outcome), ("counted", counted))
                yield Sample(labels, value)


def _kinds(counts: Counts) -> Iterator[tuple[str, int, int]]:
    kinds = (
        ("sts", counts.sts),
        ("tlsa", counts.tlsa),
        ("no-policy-found", counts.no_policy),
        ("other", counts.other),
    )
    for kind, sessions in kinds:
        yield kind, sessions.successes, sessions.failures


def _failures(line: FleetLine) -> Iterator[Sample]:
    merged: dict[tuple[tuple[str, str], ...], int] = {}
    for failure in line.failures:
        labels: tuple[tuple[str, str], ...] = (
            *_domain(line),
            ("policy_type", _label(failure.policy_type)),
            ("result_type", _label(failure.result_type)),
            ("mx", _label(failure.mx)),
            ("owner", failure.cause.owner.value),
        )
        # Shortened values may meet; the format allows each label set once.
        merged[labels] = merged.get(labels, 0) + failure.failed_sessions
    for labels, value in merged.items():
        yield Sample(labels, value)


def _domain(line: FleetLine) -> tuple[tuple[str, str]]:
    return (("domain", _label(line.domain)),)


def _label(text: str) -> str:
    return shorten(in_text(terminal(text)), _LABEL_LIMIT)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
