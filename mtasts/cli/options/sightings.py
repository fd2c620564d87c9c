"""--store, for a verb that only keeps what it sees of MX hosts."""

import argparse
from typing import TYPE_CHECKING

from mtasts.cli.options import store
from mtasts.cli.screen import talk

if TYPE_CHECKING:
    from mtasts.app.sightings import KeptSightings


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """--store, for a verb that only keeps what it sees."""
    store.add_store_argument(
        parser,
        "keep what is seen of MX hosts beside the reports there, for `mtasts ready` "
        "(default: $MTASTS_REPORTS, else .mtasts/reports, if it is there)",
    )


def sightings_of(args: argparse.Namespace) -> "KeptSightings":
    """Those beside the store that --store or $MTASTS_REPORTS names, else the usual one. Raises CannotLook."""
    from mtasts.app.sightings import kept_sightings  # the store and its settings, 50 ms, which no `--help` waits for

    return kept_sightings(store.named_store(args), talk, sandbox=args.sandbox)
