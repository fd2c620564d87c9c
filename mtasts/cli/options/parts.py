"""--from and --stacks: the files of parts that `comment` and `notify` read."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from mtasts.errors import CannotLook

EACH = "{stack}"
_LIST_LIMIT = 100_000  # characters


def add_from_argument(parser: argparse.ArgumentParser) -> None:
    """--from and --stacks."""
    parser.add_argument(
        "--from",
        dest="files",
        metavar="FILE",
        type=Path,
        nargs="+",
        action="extend",
        required=True,
        help="what diff, gate and preview wrote with --format json, or verify and ready with --json; {stack} in a name "
        "stands for each stack",
    )
    parser.add_argument(
        "--stacks",
        metavar="JSON",
        help="a list of the stacks; empty when nobody knows them (default: those that `mtasts stacks` lists here)",
    )


def files_of(args: argparse.Namespace) -> tuple[Path, ...]:
    """The files that --from names: first those named once, then those of each stack. Raises CannotLook and NotValid."""
    each = [path for path in args.files if EACH in path.name]
    once = [path for path in args.files if EACH not in path.name]
    if args.stacks == "":  # then a file is reported as missing
        return (*once, *(path.with_name(path.name.replace(f"-{EACH}", "")) for path in each))
    stacks = () if not each else _of_the_project() if args.stacks is None else listed("--stacks", args.stacks)
    return (*once, *(path.with_name(path.name.replace(EACH, stack)) for stack in stacks for path in each))


def listed(option: str, text: str) -> Sequence[str]:
    """The names in a JSON list, which may come from a job that runs the change's own code. Raises CannotLook."""
    import json

    from mtasts.live.project import is_stack_name

    try:
        names = json.loads(text[:_LIST_LIMIT])
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) and is_stack_name(name) for name in names):
        raise CannotLook(
            f"{option} {text[:100]!r} is not a JSON list of stacks", '`mtasts stacks` lists them: ["staging"]'
        )
    return names


def _of_the_project() -> Sequence[str]:
    from mtasts.app.stacks import stacks_of
    from mtasts.live.project import find_project

    return [stack.name for stack in stacks_of(find_project(Path()), os.environ)]
