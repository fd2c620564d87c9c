"""Options of `preview`, `up` and `destroy`, and the request that they make."""

import argparse
import os
from pathlib import Path

from mtasts.cli.next_command import place
from mtasts_pulumi.publish.request import Operation, PublishRequest


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of all three."""
    parser.add_argument("-s", "--stack", help="a folder under policies/ ($PULUMI_STACK); there is no default")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--sandbox", action="store_true", help="against the running `mtasts sandbox` instead of clouds")
    parser.add_argument("--json", action="store_true", help="the result as JSON on stdout (docs/reference/cli.md)")
    parser.add_argument("--diff", action="store_true", help="print the engine's own detailed diff")
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="look first at what is really there: what was changed by hand is put back",
    )
    parser.add_argument(
        "--remove-before-date",
        metavar="DOMAIN",
        action="append",
        help="remove a domain though senders may still hold a policy of it; the stack's history keeps it (repeatable)",
    )
    parser.add_argument(
        "--parallel",
        type=int,
        metavar="N",
        help="resource operations at a time (up: 64; else the engine's, 4 per core)",
    )


def add_committed_argument(parser: argparse.ArgumentParser) -> None:
    """--committed, for pipelines, which publish what was merged."""
    parser.add_argument(
        "--committed",
        metavar="COMMIT",
        nargs="?",
        const="",
        help="refuse policy files that are not, byte for byte, those of the commit that is checked out; with COMMIT, "
        "which this run is for, also when a later commit changes what is published",
    )


def add_strict_argument(parser: argparse.ArgumentParser) -> None:
    """--strict, of `preview` and `up`."""
    parser.add_argument(
        "--strict",
        action="store_true",
        help="publish nothing while any file of the stack is wrong; else its domain stays as it was published",
    )


def request_of(
    args: argparse.Namespace,
    operation: Operation,
    *,
    asking: bool = False,
    strict: bool = False,
    committed: str | None = None,
    create: bool = False,
    checkpoints: bool | None = None,
) -> PublishRequest:
    """What the options of all three ask for; the others are those of one verb or two."""
    return PublishRequest(
        operation=operation,
        environ=dict(os.environ),
        project=args.project,
        stack=args.stack,
        policies=args.policies,
        sandbox=args.sandbox,
        strict=strict,
        committed=committed is not None,
        commit=committed or "",
        asking=asking,
        create=create,
        refresh=args.refresh,
        diff=args.diff,
        parallel=args.parallel,
        checkpoints=checkpoints,
        remove_early=tuple(args.remove_before_date or ()),
        place=tuple(place(args)),
    )
