"""Criteria of the verdict `ready` that rest on reports: how long, how many, from whom, how fresh, and what failed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mtasts.evidence.minima import Minima, needs
from mtasts.evidence.summary import Summary
from mtasts.readiness.criterion import Criterion, Kind
from mtasts.readiness.ready_window import ReadyWindow
from mtasts.rollout.settings import RolloutSettings


def criteria(settings: RolloutSettings, window: ReadyWindow, summary: Summary, now: datetime) -> Iterator[Criterion]:
    """The failures, the length of the window, then the minima."""
    today = now.astimezone(UTC).date()
    minima = Minima(settings.days, settings.reporters, settings.sessions, settings.recency_days)
    failing = summary.evidence.failing
    days = sorted({entry.day for entry in failing})
    missing = f"{len(failing)} reports tell of failures, last on {days[-1]}" if days else ""
    yield Criterion("failures", Kind.FAILURE, len(failing), 0, met=not failing, missing=missing, blocks=True)
    yield full_window(window, now)
    accepted = settings.accept_little
    reason = accepted.reason if accepted is not None and not accepted.expired(today) else ""
    for need in needs(summary.evidence, minima, today):
        if need.name != "failures":
            yield Criterion(
                need.name, Kind.EVIDENCE, need.have, need.want, met=need.met, missing=need.lack,
                accepted="" if need.met else reason,
            )  # fmt: skip


def full_window(window: ReadyWindow, now: datetime) -> Criterion:
    """Policy, MX hosts and certificates are those of now for the whole length of the window."""
    if window.begin is None or window.full_at is None:
        return Criterion(
            "window", Kind.EVIDENCE, "unknown", window.length, met=False, missing="nobody knows since when"
        )
    have = max(0, (now - window.begin) // timedelta(days=1))
    met = now >= window.full_at
    missing = "" if met else f"{window.length - have} more days"
    return Criterion("window", Kind.EVIDENCE, have, window.length, met=met, missing=missing, when=window.full_at)
