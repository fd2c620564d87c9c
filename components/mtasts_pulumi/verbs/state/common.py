"""Code that both verbs of `state` share: the options, the stack, and who holds its locks."""

import argparse
from pathlib import Path

from mtasts.live.project import choose_stack, find_project
from mtasts_pulumi.engine.holders import Fate
from mtasts_pulumi.engine.locks import Lock, fate, read_lock_file
from mtasts_pulumi.engine.running import surroundings
from mtasts_pulumi.engine.state import lock_files
from mtasts_pulumi.publish.stack import Stack


def add_stack_arguments(parser: argparse.ArgumentParser) -> None:
    """Which stack, where, whether to ask, and how to say what was done."""
    parser.add_argument("-s", "--stack", help="the stack ($PULUMI_STACK)")
    parser.add_argument("--policies", metavar="DIR", type=Path, help="policies folder ($MTASTS_POLICIES, ./policies)")
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument("--sandbox", action="store_true", help="of the running `mtasts sandbox` instead of clouds")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="what was done, as JSON on stdout")


def stack_of(args: argparse.Namespace) -> Stack:
    """The stack that the options name. Raises CannotLook."""
    from mtasts.cli.options.ledger import environment_of  # the ledger costs 0.2 s, which `--help` can do without

    environ = environment_of(args)
    project = find_project(args.project or Path.cwd())
    return Stack(project, choose_stack(project, args.stack, environ), environ)


def locks_of(stack: Stack) -> list[tuple[Lock, Fate]]:
    """Its locks, and what has become of the run that took each."""
    holders, around = surroundings(*stack.place)
    locks = [read_lock_file(file) for file in lock_files(*stack.place)]
    return [(lock, fate(lock, holders.values(), around)) for lock in locks]
