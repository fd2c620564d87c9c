"""Publish a stack: policy host, policy file, read back as a sender does, and only then the TXT records.

Plans first, and looks in DNS at every name that it would create: a domain that has records which this stack did not
make, or only what a wildcard gives it, is left out and told; the others are published. On a terminal it shows the plan
and asks; elsewhere --yes is needed. The sandbox is never asked about. Exit code 0: published; 1: policies are invalid,
or something was not published (what was, is told); 2: nothing could be looked at or touched.
"""

import argparse

from mtasts_pulumi.verbs.desk import Shape, asks
from mtasts_pulumi.verbs.options import add_committed_argument, add_common_arguments, add_strict_argument, request_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shared ones, --strict, --committed, --yes, --create and --no-checkpoints."""
    add_common_arguments(parser)
    add_strict_argument(parser)
    add_committed_argument(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--create", action="store_true", help="make the stack in the state backend if it is not there")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--checkpoints", action="store_true", default=None, help="write the state after every step")
    which.add_argument(
        "--no-checkpoints",
        dest="checkpoints",
        action="store_false",
        help="write the state only at the end: much faster for many new domains, but what was made is forgotten when "
        "the engine is killed (docs/decisions/engine-checkpoints.md)",
    )


def run(args: argparse.Namespace) -> int:
    """Show, ask, publish."""
    # Late: what publishing needs costs 0.4 s of processor time, of no use to `--help`.
    from mtasts_pulumi.verbs.publication import publish

    request = request_of(
        args,
        "up",
        asking=asks("up", yes=args.yes, sandbox=args.sandbox),
        strict=args.strict,
        committed=args.committed,
        create=args.create,
        checkpoints=args.checkpoints,
    )
    return publish(request, Shape("json" if args.json else "text", args.debug, place=request.place))
