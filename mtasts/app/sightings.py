"""Sightings of MX hosts, kept beside the reports, so that a verdict knows when the hosts last changed."""

from collections.abc import Callable
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.history.sightings import Sighting
from mtasts.live.sightings import Sightings, open_sightings
from mtasts.live.store_location import DEFAULT_LOCATION


class KeptSightings:
    """Keeps sightings, or nothing where there is no place for them. A place that fails is told once and left."""

    def __init__(self, place: Sightings | None, tell: Callable[[str], None]) -> None:
        self._place, self._tell = place, tell

    @property
    def keeps(self) -> bool:
        """Whether there is a place."""
        return self._place is not None

    def of(self, domain: str) -> tuple[Sighting, ...]:
        """What is known of a domain, oldest first. Raises CannotLook."""
        return self._place.of(domain) if self._place is not None else ()

    def note(self, domain: str, sighting: Sighting | None) -> None:
        """Keep one more. A look is worth its answer also where it cannot be kept, so this never fails."""
        if self._place is None or sighting is None:
            return
        try:
            self._place.add(domain, sighting)
        except CannotLook as error:
            self._tell(f"what is seen of MX hosts is not kept: {error.message}")
            self._place = None


def kept_sightings(named: str, tell: Callable[[str], None], *, sandbox: bool) -> KeptSightings:
    """Those of the store that is `named`, else of the usual one if it is there.

    What is seen in the sandbox goes only to a place that is named: its MX hosts are nobody's. Raises CannotLook if the
    named place does not exist. `tell` gets a line for people when nothing can be kept any more.
    """
    if named:
        return KeptSightings(open_sightings(named), tell)
    usual = not sandbox and Path(DEFAULT_LOCATION).is_dir()
    return KeptSightings(open_sightings(DEFAULT_LOCATION) if usual else None, tell)
