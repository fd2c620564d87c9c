"""Say what a change means for mail, from git alone: no credentials, no network, nothing checked out or run.

Compares the policies of --base with those that merging --head into it gives, per mail domain: mode, mx, max_age,
whether the id rotates, records, policy text. The change rules that need no evidence are judged at once; what is left
to `mtasts gate` is named. Works on a stranger's fork.

exit codes: 0 nothing changes, or no rule forbids it; 1 a rule forbids it, or the files are not valid; 2 could not look.
"""

import argparse
from datetime import UTC, datetime

from mtasts.cli.options.change import add_change_arguments, change_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add_change_arguments(parser)
    parser.add_argument(
        "--worktree", action="store_true", help="the files as they lie in the folder, instead of those of --head"
    )


def run(args: argparse.Namespace) -> int:
    """Compare, judge what can be judged, print. Raises CannotLook."""
    # Late: git, YAML and what a comment is made with cost 0.2 s, which no `--help` should wait for.
    from mtasts.app.change import judge_files, read_change
    from mtasts.cli.change import show

    change = read_change(change_of(args, worktree=args.worktree))
    result = judge_files(change, datetime.now(UTC))
    show(result, change, args.format)
    return 0 if result.passed else 1
