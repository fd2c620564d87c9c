"""Make a project of your own: a folder with policies/, a program of two lines, pinned requirements and pipelines.

DIR may be new, empty, or a folder in a repository with other things in it; then pipelines and code owners go to the top
of the repository. In a project that is there, what is missing is added: another stack, or the pipelines of a forge. No
file is ever overwritten, and either all files are written or none.

exit codes: 0 all files are there; 2 nothing was written.
"""

import argparse
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from mtasts.app.project.table import FORGES
from mtasts.cli.screen import document, say, talk
from mtasts.render.escape import terminal

if TYPE_CHECKING:
    from mtasts.app.project.new import NewRequest, Plan

_NONE = "none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="the project's folder")
    parser.add_argument(
        "--stack",
        metavar="S",
        action="append",
        default=[],
        help="a stack, by any name; repeatable (default: those that are there, else main)",
    )
    parser.add_argument(
        "--ci", choices=[*FORGES, _NONE], default=_NONE, help="the forge whose pipelines to write (default: none)"
    )
    parser.add_argument(
        "--pipelines",
        metavar="OWNER/REPO@COMMIT",
        help="the reusable pipelines to call (default: those that the release names)",
    )
    parser.add_argument(
        "--wheels",
        metavar="FOLDER",
        type=Path,
        help="take mtasts's wheels from there into the project (default: where this one was installed from)",
    )
    parser.add_argument("--example", metavar="DOMAIN", default="example.com", help="the mail domain of the example")


def run(args: argparse.Namespace) -> int:
    """Plan, and write when nothing forbids it."""
    from mtasts.app.project.new import plan, write

    planned = plan(_request(args))
    for problem in planned.problems:
        talk(f"mtasts: {terminal(problem)}")
    if planned.problems:
        talk("  nothing was written")
        return 2
    write(planned)
    _show(planned, args.folder)
    if args.ci == _NONE and not planned.added:
        talk(f"no pipelines yet: the same again with --ci {'|'.join(FORGES)} adds them")
    return 0


def _request(args: argparse.Namespace) -> "NewRequest":
    from mtasts.app.project.new import NewRequest
    from mtasts.app.project.pipelines import installed, parse
    from mtasts.app.project.release import from_folder, from_installed
    from mtasts.version import version

    now = version()
    return NewRequest(
        folder=args.folder,
        release=from_folder(args.wheels, now) if args.wheels else from_installed(now),
        stacks=args.stack,
        ci="" if args.ci == _NONE else args.ci,
        pipelines=parse(args.pipelines, now) if args.pipelines else installed(now),
        domain=args.example,
    )


def _show(planned: "Plan", named: Path) -> None:
    from mtasts.app.project.new import to_add

    for file in planned.new:
        document(_shown(file.path, planned, named))
    for file in planned.kept:
        if text := to_add(file):
            talk(f"{_shown(file.path, planned, named)} is yours and was left as it is; add to it:")
            talk(indent(text.rstrip("\n"), "    "))
    if not planned.new:
        say(f"{named} has all of it already; nothing was written")
        return
    if not planned.added:
        talk("next, in that folder:")
        talk("  sh install.sh && .venv/bin/mtasts demo --project .")
        talk(f"  .venv/bin/mtasts init DOMAIN --stack {planned.stacks[0]}")


def _shown(path: Path, planned: "Plan", named: Path) -> str:
    """A file, as the person named its folder; what is outside of it by its whole path."""
    folder = planned.site.folder
    return str(named / path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
