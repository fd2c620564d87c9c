"""Minima of evidence for the step to `enforce`, and what is still missing.

Pure. The numbers are ours (no RFC gives any) and every one can be set. The pages of reports and the verdict `ready` ask
here; the defaults are those of the YAML's `rollout:` block.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mtasts.policy.settings import RolloutSettings
from mtasts.reports.counting import Evidence
from mtasts.verdict.waivers import weigh_failures

_USUAL = RolloutSettings()


@dataclass(frozen=True, slots=True)
class Minima:
    """What is asked: days with good sessions, distinct reporters of such, good sessions, and the last day's age."""

    days: int = _USUAL.days
    reporters: int = _USUAL.reporters
    sessions: int = _USUAL.sessions
    age_days: int = _USUAL.recency_days

    def __post_init__(self) -> None:
        for name in ("days", "reporters", "sessions", "age_days"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1; without evidence nothing is ready")

    @classmethod
    def of(cls, settings: RolloutSettings) -> "Minima":
        """The minima of a domain's `rollout:` block."""
        return cls(settings.days, settings.reporters, settings.sessions, settings.recency_days)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is asked. `have` and `want` are numbers for a meter; `lack` says what is missing, "" when met."""

    name: str
    have: int
    want: int
    met: bool
    lack: str


def needs(evidence: Evidence, minima: Minima, today: date) -> tuple[Need, ...]:
    """What the evidence has beside what is asked of it, the failures first."""
    return (_no_failures(evidence, today), *measures(evidence, minima, today))


def measures(evidence: Evidence, minima: Minima, today: date) -> tuple[Need, ...]:
    """How much evidence there is beside what is asked, whatever it says."""
    return (
        _at_least("days", evidence.days_counted, minima.days, "day", "days"),
        _at_least("reporters", evidence.reporters_counted, minima.reporters, "reporter", "reporters"),
        _at_least("sessions", evidence.sessions.successes, minima.sessions, "session", "sessions"),
        _recent(evidence, minima, today),
    )


def lacking(found: Iterable[Need]) -> tuple[Need, ...]:
    """Those that are not met."""
    return tuple(need for need in found if not need.met)


def _no_failures(evidence: Evidence, today: date) -> Need:
    standing = weigh_failures(evidence.failing, (), today).standing
    if not standing:
        return Need("failures", 0, 0, met=True, lack="")
    reports = len({entry.stored.key for entry in standing})
    last = max(entry.day for entry in standing)
    lack = f"{reports} {'report tells' if reports == 1 else 'reports tell'} of failures, last on {last}"
    return Need("failures", reports, 0, met=False, lack=lack)


def _at_least(name: str, have: int, want: int, one: str, many: str) -> Need:
    missing = max(0, want - have)
    lack = f"{missing} more {one if missing == 1 else many} to go" if missing else ""
    return Need(name, have, want, met=not missing, lack=lack)


def _recent(evidence: Evidence, minima: Minima, today: date) -> Need:
    if not evidence.days:
        return Need("recency", 0, minima.age_days, met=False, lack="no counted report at all")
    age = (today - evidence.days[-1]).days
    met = age <= minima.age_days
    lack = "" if met else f"silent: the last report that counts is of {age} days ago; are reports still arriving?"
    return Need("recency", age, minima.age_days, met=met, lack=lack)
