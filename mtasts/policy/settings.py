"""The `rollout:` block of a domain's YAML, how it goes from testing to enforce: values that are checked when made.

Pure: no clock; today is always an argument. Nothing here is published, so the policy text does not depend on it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from mtasts.protocol.names import covers, same_name
from mtasts.protocol.registrable import registrable

# Ours: Google's help asks for two weeks of testing; below one week a weekend alone decides. Reports come in late and
# are kept, but nobody proves anything by what was a quarter of a year ago.
WINDOW_LEAST: Final = 7
WINDOW_MOST: Final = 90
WAIVERS_LIMIT: Final = 50
TRUSTED_LIMIT: Final = 50
# Ours: a first mistake in enforce is refused for that long by senders that keep a policy until it expires.
FIRST_MAX_AGE: Final = 604800


@dataclass(frozen=True, slots=True)
class Waiver:
    """Failures that do not count, by name: all selectors that are given must match, "" matches anything.

    `result_type` as in RFC 8460 s4.3; `mx` a host or an mx pattern; `reporter` the mail domain that sent the report,
    with every name of the same registrable domain; names in A-labels. `until` is the last day (UTC) on which it holds.
    """

    result_type: str
    mx: str
    reporter: str
    reason: str
    until: date

    def __post_init__(self) -> None:
        if not (self.result_type or self.mx or self.reporter):
            raise ValueError("a waiver that names nothing would cover every failure")
        if not self.reason.strip():
            raise ValueError("a waiver needs a reason")

    def covers(self, result_type: str, mx: str, reporter: str) -> bool:
        """Whether a failure of this result type, at this MX host, told by this reporter is waived.

        What a report leaves open ("") is covered only by a waiver that does not ask for it. An `mx` pattern covers as
        in a policy (RFC 8461 s4.1). Never raises.
        """
        return (
            (not self.result_type or self.result_type == result_type.lower())
            and (not self.mx or covers(self.mx, mx))
            and (not self.reporter or registrable(self.reporter) == registrable(same_name(reporter)))
        )

    def expired(self, today: date) -> bool:
        """Whether the last day on which it holds is over, on the UTC day `today`."""
        return today > self.until

    @property
    def selectors(self) -> str:
        """What it is about, for people: `certificate-expired at mx2.example.com, reported by example.net`."""
        words = [self.result_type or "every failure"]
        words += [f"at {self.mx}"] if self.mx else []
        return " ".join(words) + (f", reported by {self.reporter}" if self.reporter else "")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a small domain may go on with less evidence than the minima, why, and the last day (UTC) it may."""

    reason: str
    until: date

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("accepting little evidence needs a reason")

    def expired(self, today: date) -> bool:
        """Whether the last day on which it holds is over, on the UTC day `today`."""
        return today > self.until


@dataclass(frozen=True, slots=True)
class RolloutSettings:
    """The bar that a domain has to clear, and who lowered it why.

    Of the reports about the last `window_days` days, trusted ones of at least `reporters` distinct reporters must tell
    of `sessions` good sessions on `days` days, the last of them at most `recency_days` days ago. `hold` is the reason
    for taking no step towards enforce, "" for none; `adopted` the reason why the first publication may be enforce: the
    domain had this policy before. `trusted_reporters` are domains (A-labels) whose reports, and those of names below
    them, count like a known reporter's. `first_max_age` (seconds) is the longest max_age with which enforce may begin.
    Raises ValueError for a bar that cannot be meant.
    """

    window_days: int = 14
    reporters: int = 2
    sessions: int = 100
    days: int = 7
    recency_days: int = 3
    hold: str = ""
    accept_little: Acceptance | None = None
    waivers: tuple[Waiver, ...] = ()
    adopted: str = ""
    first_max_age: int = FIRST_MAX_AGE
    trusted_reporters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not WINDOW_LEAST <= self.window_days <= WINDOW_MOST:
            raise ValueError(f"a window of {self.window_days} days is not from {WINDOW_LEAST} to {WINDOW_MOST}")
        for name in ("reporters", "sessions", "days", "recency_days"):
            # No reports at all is never a pass.
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} asks for no evidence at all")
        for name in ("days", "recency_days"):
            if getattr(self, name) > self.window_days:
                raise ValueError(f"{name} {getattr(self, name)} is more than the window of {self.window_days} days")
        if not 1 <= self.first_max_age <= MAX_AGE_LIMIT:
            raise ValueError(f"first_max_age {self.first_max_age} is not from 1 to {MAX_AGE_LIMIT}")
        if len(self.trusted_reporters) > TRUSTED_LIMIT:
            raise ValueError(f"{len(self.trusted_reporters)} trusted reporters are more than {TRUSTED_LIMIT}")
        if len(self.waivers) > WAIVERS_LIMIT:
            raise ValueError(f"{len(self.waivers)} waivers are more than {WAIVERS_LIMIT}")

    def waived(self, result_type: str, mx: str, reporter: str, today: date) -> Waiver | None:
        """The first waiver that holds on the UTC day `today` and covers this failure, or None."""
        return next(
            (w for w in self.waivers if not w.expired(today) and w.covers(result_type, mx, reporter)),
            None,
        )
