"""Show what `mtasts up` would change, per mail domain, and what it would refuse, and change nothing.

Looks in DNS at every name that would be created: records that this stack did not make, wildcards that the new name
would end, CAA that keeps the policy host's certificate from being issued. Exit code 0: it can be done; 1: policies are
invalid, something would be refused, or --expect-no-changes and there are some; 2: could not look.
"""

import argparse

from mtasts_pulumi.verbs.desk import Shape
from mtasts_pulumi.verbs.options import add_committed_argument, add_common_arguments, add_strict_argument, request_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shared ones, --strict, --committed, --format and --expect-no-changes."""
    add_common_arguments(parser)
    add_strict_argument(parser)
    add_committed_argument(parser)
    parser.add_argument(
        "--format",
        choices=["text", "json", "markdown"],
        default="text",
        help="text, markdown for a summary, json (also for `mtasts comment`): the same as --json",
    )
    parser.add_argument("--expect-no-changes", action="store_true", help="exit 1 when anything would change")


def run(args: argparse.Namespace) -> int:
    """Preview."""
    # Late: what publishing needs costs 0.4 s of processor time, of no use to `--help`.
    from mtasts_pulumi.verbs.publication import publish

    request = request_of(args, "preview", strict=args.strict, committed=args.committed)
    form = "json" if args.json else args.format
    return publish(request, Shape(form, args.debug, args.expect_no_changes, request.place))
