"""Sightings: the MX hosts of a domain and what they showed at one time, and when that last changed.

Pure. A success reported under other MX hosts or certificates proves nothing about those of now, so the window of
evidence begins again with them. Nothing known is no change; `watched_since` says from when on anything is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mtasts.history.shown import Shown, change
from mtasts.words.counted import few

# Ours: large hosts show one of several certificates by turns, so a certificate is new only when no look of the last
# days has met its like at that host.
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SeenHost:
    """One MX host and the certificates that its addresses showed: each once, sorted; () where none could be seen."""

    name: str
    certificates: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """The MX hosts, by name, as one look at `at` found them. Raises ValueError for a time without a zone."""

    at: datetime
    hosts: tuple[SeenHost, ...]

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a sighting's time needs a zone")


@dataclass(frozen=True, slots=True)
class Change:
    """The MX hosts or their certificates were found changed at `at`, and not yet at `before`. `what` is foreign text.

    The change itself lies between the two; evidence is certain to speak of what is there now from `at` on.
    """

    at: datetime
    before: datetime
    what: str


def last_change(sightings: Iterable[Sighting], now_seen: Sighting | None = None) -> Change | None:
    """The latest change in the MX set or in what validating an MX certificate rests on; None if none is known.

    A host without certificates was not seen well enough to tell. A certificate that is no longer shown beside others
    that stay is no change: what stays was in the evidence all the time.
    """
    ordered = _ordered(sightings, now_seen)
    for number in range(len(ordered) - 1, 0, -1):
        what = _mx_change(ordered[number - 1], ordered[number]) or _certificate_change(ordered, number)
        if what:
            return Change(ordered[number].at, ordered[number - 1].at, what)
    return None


def watched_since(sightings: Iterable[Sighting], now_seen: Sighting | None = None) -> datetime | None:
    """Since when anything is known about the MX hosts."""
    return min((sighting.at for sighting in _ordered(sightings, now_seen)), default=None)


def collapsed(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """By time, and of a run of equal ones the first and the last: they say as much, and never grow with the looks."""
    kept: list[Sighting] = []
    for sighting in _ordered(sightings, None):
        if len(kept) > 1 and kept[-1].hosts == kept[-2].hosts == sighting.hosts:
            kept[-1] = sighting
        else:
            kept.append(sighting)
    return tuple(kept)


def _ordered(sightings: Iterable[Sighting], now_seen: Sighting | None) -> list[Sighting]:
    found = [*sightings, *([now_seen] if now_seen else [])]
    return sorted(found, key=lambda sighting: sighting.at)


def _mx_change(earlier: Sighting, later: Sighting) -> str:
    before, after = ({host.name for host in seen.hosts} for seen in (earlier, later))
    words = [f"MX host {name} came" for name in sorted(after - before)]
    words += [f"MX host {name} went" for name in sorted(before - after)]
    return few(words, 3, "; ")


def _certificate_change(ordered: Sequence[Sighting], number: int) -> str:
    later = ordered[number]
    words = []
    for host in later.hosts:
        known = _known(ordered[:number], host.name, later.at - REMEMBERED)
        words += [new for shown in host.certificates if known and (new := change(host.name, shown, known))]
    return few(words, 3, "; ")


def _known(earlier: Sequence[Sighting], name: str, since: datetime) -> tuple[Shown, ...]:
    """What the host showed in the looks since then, and in the last one that saw a certificate, however old.

    The latest come first: of those from which a new one differs as little, the latest is named, in each run the same.
    """
    found: dict[Shown, None] = {}
    for sighting in reversed(earlier):
        if found and sighting.at < since:
            break
        found.update((shown, None) for host in sighting.hosts if host.name == name for shown in host.certificates)
    return tuple(found)
