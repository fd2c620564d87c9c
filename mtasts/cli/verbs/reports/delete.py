"""Remove all reports of a domain from the store. Reports of several domains stay under the others.

Importing the same source again brings them back.
"""

import argparse

from mtasts.app.reports.upkeep import delete
from mtasts.cli.options.store import add_store_argument, store_of
from mtasts.cli.screen import say
from mtasts.render.escape import terminal
from mtasts.words.counted import number
from mtasts.words.names import with_u_labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which domain, out of which store."""
    parser.add_argument("domain", metavar="DOMAIN")
    add_store_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Delete; exit code 1 if there was nothing of that domain."""
    domain, removed = delete(store_of(args), args.domain)
    say(terminal(f"{number(removed, 'report')} of {with_u_labels(domain)} removed"))
    return 0 if removed else 1
