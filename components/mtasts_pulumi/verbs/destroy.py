"""Take a stack down: the TXT records first, the policy hosts last. Refused for domains that are not retired.

RFC 8461 s8.3: publish `mode: none` and keep it until every max_age ever served has passed; senders that still hold an
older policy would otherwise go on enforcing it. Exit code 0: taken down; 1: refused, or not all of it; 2: not begun.
"""

import argparse

from mtasts_pulumi.verbs.desk import Shape, asks
from mtasts_pulumi.verbs.options import add_common_arguments, request_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shared ones, and --yes."""
    add_common_arguments(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    """Ask, then take down."""
    # Late: what publishing needs costs 0.4 s of processor time, of no use to `--help`.
    from mtasts_pulumi.verbs.publication import publish

    request = request_of(args, "destroy", asking=asks("destroy", yes=args.yes, sandbox=args.sandbox))
    return publish(request, Shape("json" if args.json else "text", args.debug, place=request.place))
