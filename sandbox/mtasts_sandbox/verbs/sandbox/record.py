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
    parser.add_argument("--proxied", action="store_true", help="at Cloudflare: proxied, so its TTL is automatic")
    parser.add_argument("--comment", default="", help="at Cloudflare: what the record's comment says")
    parser.add_argument("--unquoted", action="store_true", help="at Cloudflare: keep TXT content without quotes")


def run(args: argparse.Namespace) -> int:
    """Put them there, or delete them."""
    marks = {"proxied": args.proxied, "comment": args.comment, "unquoted": args.unquoted}
    running_of(args).set_records(args.name, args.type, args.values, args.ttl, **marks)
    return 0
