"""What the verbs of `mtasts reports` that touch the store have in common."""

import argparse

_HELP = "folder or s3://BUCKET/PREFIX that holds the reports (default: $MTASTS_REPORTS, else .mtasts/reports)"


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--store`."""
    parser.add_argument("--store", metavar="DIR|s3://...", help=_HELP)


def store_location(args: argparse.Namespace) -> str:
    """The store that the command line or the environment names."""
    from mtasts.live.store import default_location

    return str(args.store) if args.store else default_location()


def mail_domain(text: str) -> str:
    """A mail domain of an argument, in A-labels."""
    from mtasts.protocol.names import BadName, to_a_labels

    try:
        return to_a_labels(text.strip())
    except BadName as bad:
        raise argparse.ArgumentTypeError(f"{text!r}: {bad}") from None
