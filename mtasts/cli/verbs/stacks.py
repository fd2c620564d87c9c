"""List the stacks of the project in the order of publication: those that wait for none, then the others.

A stack is a folder under policies/, or a file Pulumi.STACK.yaml. It is published after the one that its setting names:
`mtasts:after: STACK` in Pulumi.STACK.yaml. Pipelines take their lists from here. A stack without a mail domain is
listed, too: every verb does nothing for it, and ends with 0.

exit codes: 0 listed; 1 the settings give no order, or not the expected stacks; 2 could not look.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.options.parts import listed
from mtasts.cli.screen import document, say, talk

if TYPE_CHECKING:
    from mtasts.app.stacks import Stack


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument(
        "--wave", choices=["first", "later"], help="only those that wait for none, or only those that wait for another"
    )
    parser.add_argument(
        "--to-change",
        metavar="FILE",
        type=Path,
        nargs="+",
        help="only those that would change, by what `preview --format json` wrote for them",
    )
    parser.add_argument(
        "--expect", metavar="JSON", help="exit 1 unless it is these, for a pipeline that holds a list of its own"
    )
    parser.add_argument(
        "--format",
        choices=list(_FORMS),
        default="text",
        help="names: one a line, for shells. github: lists for $GITHUB_OUTPUT: stacks, first, later",
    )
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")


def run(args: argparse.Namespace) -> int:
    """List. Raises CannotLook and NotValid."""
    from mtasts.app.stacks import stacks_of, to_change, wave
    from mtasts.live.project import find_project

    stacks = wave(stacks_of(find_project(args.project or Path()), os.environ), args.wave or "")
    if args.to_change:
        stacks = to_change(stacks, args.to_change)
    _FORMS[args.format](stacks)
    return 0 if args.expect is None else _as_expected(stacks, listed("--expect", args.expect), args.wave or "all")


def _as_expected(stacks: "Sequence[Stack]", expected: Sequence[str], which: str) -> int:
    found = [stack.name for stack in stacks]
    if set(found) == set(expected):
        return 0
    lists = f"{', '.join(found) or 'none'}, and the pipeline lists {', '.join(expected) or 'none'}"
    talk(f"mtasts: the stacks ({which}) are {lists}: write them there as they are")
    return 1


def _text(stacks: "Sequence[Stack]") -> None:
    from mtasts.words.counted import number

    for stack in stacks:
        after = f", after {stack.after}" if stack.after else ""
        say(f"{stack.name}  {number(stack.domains, 'mail domain') if stack.domains else 'no mail domain'}{after}")


def _json(stacks: "Sequence[Stack]") -> None:
    from mtasts.render.runner import dumps

    listed = [{"stack": stack.name, "after": stack.after, "domains": stack.domains} for stack in stacks]
    document(dumps({"schema": "mtasts-stacks", "version": 1, "stacks": listed}, indent=2))


def _names(stacks: "Sequence[Stack]") -> None:
    for stack in stacks:
        say(stack.name)


def _github(stacks: "Sequence[Stack]") -> None:
    from mtasts.app.stacks import wave
    from mtasts.render.runner import dumps

    for name in ("stacks", "first", "later"):
        document(f"{name}={dumps([stack.name for stack in wave(stacks, name)])}")


_FORMS: "dict[str, Callable[[Sequence[Stack]], None]]" = {
    "text": _text,
    "names": _names,
    "json": _json,
    "github": _github,
}
