"""Raise a project to another version: its pins, what else in it is ours, and then what a preview would change.

Without --to the project is brought in step with the version that runs. Replaced whole: requirements*.txt, wheels/,
install.sh, the schemas; in workflows only the commit of the reusable pipelines. All else is yours and stays. Shown: the
changelog in between, and a preview of each stack with mail domains, which must be nothing.

exit codes: 0 raised, and nothing would change; 1 raised, and a preview would change something; 2 not raised, or no
preview could be made.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.next_command import command
from mtasts.cli.screen import document, say, talk

if TYPE_CHECKING:
    from mtasts.app.project.requirements import Release
    from mtasts.app.project.upgrade import Replacement


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument(
        "--to", metavar="WHEELS|VERSION", help="a folder of wheels, or a version that the index of your pip has"
    )
    parser.add_argument("--project", metavar="DIR", type=Path, help="folder of Pulumi.yaml (here, or the next above)")
    parser.add_argument(
        "--pipelines",
        metavar="OWNER/REPO@COMMIT",
        help="the reusable pipelines to call (default: those that the release names)",
    )
    parser.add_argument(
        "--since", metavar="VERSION", help="show the changelog since this one (default: the pinned one)"
    )


def run(args: argparse.Namespace) -> int:
    """Pins first; the version that they name does the rest, and looks at what it would change."""
    from mtasts.app.project.release import from_installed
    from mtasts.app.project.upgrade import install, not_older, pinned, pins, replace, take_back
    from mtasts.live.project import find_project
    from mtasts.version import version

    folder = find_project(args.project or Path()).root
    before = pinned(folder)
    if args.to or before != version():
        release = _release(args.to) if args.to else from_installed(version())
        not_older(release, before)
        replaced = pins(folder, release)
        replace(replaced)
        try:
            install(folder)
        except BaseException:
            take_back(replaced)
            raise
        _list(replaced, folder)
        _hand_over(args, folder, args.since or before)
    return _rest(args, folder, args.since or before)


def _release(named: str) -> "Release":
    from mtasts.app.project.release import from_folder, from_index

    return from_folder(Path(named)) if Path(named).is_dir() else from_index(named)


def _hand_over(args: argparse.Namespace, folder: Path, before: str) -> None:
    """Go on as the version that is installed by now: it knows its own files."""
    from mtasts.app.project.upgrade import python_of

    python = python_of(folder)
    pipelines = ["--pipelines", args.pipelines] if args.pipelines else []
    words = ["-m", "mtasts", "upgrade", "--project", str(folder), "--since", before, *pipelines]
    sys.stdout.flush()
    os.execv(python, [str(python), *words])  # noqa: S606 - no shell


def _rest(args: argparse.Namespace, folder: Path, before: str) -> int:
    from mtasts.app.project.changelog import DATA, since
    from mtasts.app.project.pipelines import installed, parse
    from mtasts.app.project.release import own, pinned_release
    from mtasts.app.project.upgrade import replace, rest
    from mtasts.version import version

    now = version()
    pipelines = parse(args.pipelines, now) if args.pipelines else installed(now)
    replaced = rest(folder, pinned_release(now), pipelines)
    replace(replaced)
    _list(replaced, folder)
    if before != now:
        document(since(own(DATA), before))
    say(f"the project is at mtasts {now}" + (f", up from {before}" if before != now else ""))
    return _preview(folder)


def _preview(folder: Path) -> int:
    from mtasts.app.project.upgrade import PREVIEWED, UNKNOWN, WOULD_CHANGE, preview, stacks_with_domains

    codes = {stack: preview(folder, stack) for stack in stacks_with_domains(folder)}
    for stack, code in codes.items():
        again = command(["--project", str(folder)], "preview", "--stack", stack)
        if code == WOULD_CHANGE:
            talk(f"mtasts: {stack}: this version would change something (above); read `{again}` before you merge it")
        elif code == UNKNOWN:
            talk(f"mtasts: {stack}: it is not known what this version would change; run `{again}` where it can look")
    return max(codes.values(), key=(PREVIEWED, UNKNOWN, WOULD_CHANGE).index, default=PREVIEWED)


def _list(replaced: "Sequence[Replacement]", folder: Path) -> None:
    for one in replaced:
        sign = "-" if one.after is None else "+" if one.before is None else "~"
        document(f"{sign} {os.path.relpath(one.path, folder)}")
