"""The options of `mtasts bot`: which stack, in which clone, at which forge; and whose turn it is."""

import argparse
import os
from datetime import timedelta
from pathlib import Path

from mtasts.app.bot.request import BotRequest, Turns
from mtasts.cli.options.look import policies_folder
from mtasts.cli.options.step import occasion_of
from mtasts.errors import CannotLook
from mtasts.gate.waves import AT_MOST, SETTLE
from mtasts.live.forge import FORGES


def add_bot_arguments(parser: argparse.ArgumentParser) -> None:
    """--stack, --policies, --project, --repo, --remote, --base, --forge and --dry-run."""
    parser.add_argument("-s", "--stack", help="the stack ($PULUMI_STACK)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--forge", choices=FORGES, help="default: the one whose job this is")
    parser.add_argument(
        "--base", metavar="BRANCH", default="", help="the branch to propose for (the job's; else what is checked out)"
    )
    parser.add_argument("--remote", metavar="NAME", default="origin", help="the git remote (default: origin)")
    parser.add_argument("--repo", metavar="DIR", type=Path, default=Path(), help="a folder in the clone (here)")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")


def add_turn_arguments(parser: argparse.ArgumentParser) -> None:
    """--at-most, --canary and --settle."""
    group = parser.add_argument_group("turns")
    group.add_argument(
        "--at-most",
        metavar="N",
        type=_number,
        default=AT_MOST,
        help=f"pull requests open, and domains just gone to enforce, at one time (default: {AT_MOST})",
    )
    group.add_argument(
        "--canary",
        metavar="DOMAIN",
        action="append",
        default=[],
        help="goes to enforce before all others, which wait until it has settled; repeatable, in this order",
    )
    group.add_argument(
        "--settle",
        metavar="DAYS",
        type=_number,
        default=SETTLE.days,
        help=f"days for which a domain counts as just gone to enforce (default: {SETTLE.days})",
    )


def bot_request_of(args: argparse.Namespace) -> BotRequest:
    """What the bot is asked. Raises CannotLook without a stack."""
    stack = args.stack or os.environ.get("PULUMI_STACK", "")
    if not stack:
        raise CannotLook("no stack", "name one: --stack S")
    return BotRequest(
        stack=stack,
        policies=policies_folder(args.policies),
        clone=args.repo,
        remote=args.remote,
        base=args.base,
        forge=args.forge,
        environ=os.environ,
        occasion=occasion_of(args),
    )


def turns_of(args: argparse.Namespace) -> Turns:
    """Whose turn it is."""
    return Turns(args.at_most, tuple(args.canary), timedelta(days=args.settle))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 10_000 and len(text) <= 5):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 10000")
    return int(text)
