"""--store, for a verb that only keeps what it sees of MX hosts."""

import argparse

from mtasts.app.sightings import KeptSightings, kept_sightings
from mtasts.cli.options import store
from mtasts.cli.screen import talk


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """--store, for a verb that only keeps what it sees."""
    store.add_store_argument(
        parser,
        "keep what is seen of MX hosts beside the reports there, for `mtasts ready` "
        "(default: $MTASTS_REPORTS, else .mtasts/reports, if it is there)",
    )


def sightings_of(args: argparse.Namespace) -> KeptSightings:
    """Those beside the store that --store or $MTASTS_REPORTS names, else the usual one. Raises CannotLook."""
    return kept_sightings(store.named_store(args), talk, sandbox=args.sandbox)
