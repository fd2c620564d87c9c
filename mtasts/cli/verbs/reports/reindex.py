"""Build everything in a store but the raw reports anew from them; after a change of the reader, or when in doubt."""

import argparse

from mtasts.cli.options.store import add_store_argument, store_location
from mtasts.cli.screen import say
from mtasts.words.counted import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which store."""
    add_store_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Reindex."""
    from mtasts.live.store import open_store

    with open_store(store_location(args)) as store:
        say(f"{number(store.reindex(), 'report')} indexed in {store.location}")
    return 0
