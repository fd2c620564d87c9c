"""Put records into a zone by hand; no VALUE deletes them."""

import argparse

from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox record`."""
    add_dir_argument(parser)
    parser.add_argument("name")
    parser.add_argument("type")
    parser.add_argument("values", nargs="*", metavar="VALUE", help="presentation form, TXT without quotes")
    parser.add_argument("--ttl", type=int, default=300)


def run(args: argparse.Namespace) -> int:
    """Put them there, or delete them."""
    running_of(args).set_records(args.name, args.type, args.values, args.ttl)
    return 0
