"""From when on reports are evidence about what is there now: the window of the verdict `ready`.

Pure. The window is the last days that the YAML asks for, and begins anew with the policy published, the MX set and the
names and issuers of the MX certificates: success under others proves nothing about these.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mtasts.history.eras import Publication, settled_from
from mtasts.history.sightings import Change, Sighting, last_change, watched_since
from mtasts.policy.settings import RolloutSettings
from mtasts.reports.window import Window


@dataclass(frozen=True, slots=True)
class ReadyWindow:
    """Which days count, and what must have lasted how long.

    `days` are the days to ask reports for. `settled` is since when the published policy is what every sender gets,
    `changed` the last change of MX hosts or certificates that is known, `watched` since when those are known at all;
    each None where it is not known. `length` is what is asked for, in days.
    """

    days: Window
    length: int
    settled: datetime | None
    changed: Change | None
    watched: datetime | None

    @property
    def begin(self) -> datetime | None:
        """Since when policy, MX hosts and certificates are those of now, as far as is known."""
        return max((at for at in (self.settled, self.changed.at if self.changed else None) if at), default=None)

    @property
    def full_at(self) -> datetime | None:
        """When it has its whole length; None while nobody knows what is published."""
        if self.settled is None or self.begin is None:
            return None
        return self.begin + timedelta(days=self.length)


def ready_window(
    settings: RolloutSettings,
    publications: Sequence[Publication],
    sightings: Iterable[Sighting],
    now: datetime,
    seen: Sighting | None = None,
) -> ReadyWindow:
    """The window at `now` (aware), with `seen` the MX hosts of now where they were looked at."""
    # A rehearsal may judge as of a time before some of them were made.
    known = tuple(sighting for sighting in sightings if sighting.at <= now)
    settled, changed = settled_from(publications), last_change(known, seen)
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=settings.window_days)
    # Of before the publication reports are read all the same: a failure under the same text is one of now.
    if changed is not None:
        # What was found during this very run may lie a moment after its `now`.
        first = min(max(first, changed.at.astimezone(UTC).date()), today)
    return ReadyWindow(Window(first, today, today), settings.window_days, settled, changed, watched_since(known, seen))
