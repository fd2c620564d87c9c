"""--store: where reports are kept, and beside them what was seen of MX hosts."""

import argparse
import os

from mtasts.live.store_location import DEFAULT_LOCATION

_HELP = f"folder or s3://BUCKET/PREFIX that holds the reports (default: $MTASTS_REPORTS, else {DEFAULT_LOCATION})"


def add_store_argument(parser: argparse._ActionsContainer, text: str = _HELP) -> None:
    """Add it; `text` is the help of a verb that keeps something else there."""
    parser.add_argument("--store", metavar="DIR|s3://...", help=text)


def named_store(args: argparse.Namespace) -> str:
    """The store that the command line or the environment names; "" if neither does."""
    return args.store or os.environ.get("MTASTS_REPORTS", "")


def store_of(args: argparse.Namespace) -> str:
    """The same, else that of the project."""
    return named_store(args) or DEFAULT_LOCATION
