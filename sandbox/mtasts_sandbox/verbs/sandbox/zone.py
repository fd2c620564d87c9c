"""DNS zones: zone add NAME PROVIDER ZONEID; zone delegate NAME ZONEID; zone list."""

import argparse

from mtasts.cli.screen import document
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, not_understood, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox zone`."""
    add_dir_argument(parser)
    parser.add_argument(
        "--account",
        default="",
        help="of `add`: whose it is, an AWS account's 12 digits or the name of a Cloudflare one",
    )
    parser.add_argument("words", nargs="*", metavar="WORD")


def run(args: argparse.Namespace) -> int:
    """Make one, delegate to one, or list them."""
    sandbox = running_of(args)
    match args.words:
        case [] | ["list"]:
            for zone in sandbox.status()["zones"]:
                document(" ".join([zone["name"], zone["provider"], zone["zone_id"], zone["account"]]).rstrip())
        case ["add", name, provider, zone_id]:
            sandbox.add_zone(name, provider, zone_id, args.account)
        case ["delegate", name, zone_id]:
            sandbox.delegate(name, zone_id)
        case words:
            usage = "zone add NAME route53|cloudflare ZONEID, zone delegate NAME ZONEID, or zone list"
            raise not_understood("zone", words, usage)
    return 0
