"""What the verbs of `mtasts reports` that touch the store have in common."""

import argparse

from mtasts.cli.screen import talk

_HELP = "folder or s3://BUCKET/PREFIX that holds the reports (default: $MTASTS_REPORTS, else .mtasts/reports)"


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--store`."""
    parser.add_argument("--store", metavar="DIR|s3://...", help=_HELP)


def store_location(args: argparse.Namespace) -> str:
    """The store that the command line or the environment names."""
    from mtasts.live.store import default_location

    return str(args.store) if args.store else default_location()


def tell_of_others(location: str) -> None:
    """Say that other users of this machine may read a store; for the verbs that fill it."""
    from mtasts.live.store.access import open_to_others
    from mtasts.render.escape import terminal

    told = open_to_others(location)
    if told:
        talk(terminal(f"note: {told}"))


def mail_domain(text: str) -> str:
    """A mail domain of an argument, in A-labels."""
    from mtasts.protocol.names import BadName, to_a_labels

    try:
        return to_a_labels(text.strip())
    except BadName as bad:
        raise argparse.ArgumentTypeError(f"{text!r}: {bad}") from None
