"""What looks see of MX hosts is kept beside the reports, so that `mtasts ready` knows when they last changed."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.screen import talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.history.sightings import Sighting
    from mtasts.live.sightings import Sightings

_NOT_KEPT = "what is seen of MX hosts is not kept"


class Watch:
    """Keeps sightings, or nothing where there is no place for them. A place that fails is told once and left."""

    def __init__(self, place: "Sightings | None") -> None:
        self._place = place

    @property
    def keeps(self) -> bool:
        """Whether there is a place."""
        return self._place is not None

    def of(self, domain: str) -> "tuple[Sighting, ...]":
        """What is known of a domain, oldest first. Raises CannotLook."""
        return self._place.of(domain) if self._place is not None else ()

    def note(self, domain: str, sighting: "Sighting | None") -> None:
        """Keep one more. A look is worth its answer also where it cannot be kept, so this never fails."""
        if self._place is None or sighting is None:
            return
        try:
            self._place.add(domain, sighting)
        except CannotLook as error:
            talk(f"{_NOT_KEPT}: {error.message}")
            self._place = None


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """--store, for a verb that only keeps what it sees."""
    parser.add_argument(
        "--store",
        metavar="DIR|s3://...",
        help="keep what is seen of MX hosts beside the reports there, for `mtasts ready` "
        "(default: $MTASTS_REPORTS, else .mtasts/reports, if it is there)",
    )


def watch_of(args: argparse.Namespace) -> Watch:
    """The place that --store names, else the usual one if it is there. Raises CannotLook for one that is named and not.

    What is seen in the sandbox goes only to a place that is named: its MX hosts are nobody's.
    """
    from mtasts.live.sightings import open_sightings
    from mtasts.live.store import default_location

    named = args.store or os.environ.get("MTASTS_REPORTS")
    if named:
        return Watch(open_sightings(named))
    usual = default_location()
    return Watch(open_sightings(usual) if Path(usual).is_dir() and not args.sandbox else None)
