"""Rebuild everything in a store but the raw reports, from them: after a change of the reader, or when in doubt."""

import argparse

from mtasts.app.reports.upkeep import reindex
from mtasts.cli.options.store import add_store_argument, store_of
from mtasts.cli.screen import say
from mtasts.words.counted import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which store."""
    add_store_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Reindex."""
    location = store_of(args)
    say(f"{number(reindex(location), 'report')} indexed in {location}")
    return 0
