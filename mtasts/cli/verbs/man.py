"""Write the pages of the manual, for `man mtasts` and `man mtasts-verify`, of all verbs that are installed here.

Without DIR they go where `man` looks for a user's own: ${XDG_DATA_HOME:-~/.local/share}/man/man1. Run it again after an
update. A package for a system gives its own, such as debian/tmp/usr/share/man/man1.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli import dispatch
from mtasts.cli.screen import say
from mtasts.errors import CannotLook
from mtasts.version import version

if TYPE_CHECKING:
    from mtasts.render.man import Page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="folder for the pages, made if it is not there"
    )


def run(args: argparse.Namespace) -> int:
    """Write them, and say where."""
    from mtasts.render.man import man

    folder = args.folder or _usual()
    count = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for page in pages():
            (folder / f"{page.name}.1").write_text(man(page, version()), encoding="utf-8")
            count += 1
    except OSError as error:
        raise CannotLook(
            f"{error.filename or folder} cannot be written: {error.strerror}", "name another DIR"
        ) from None
    say(f"{count} pages in {folder}")
    return 0


def _usual() -> Path:
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".local" / "share") / "man" / "man1"


def pages() -> "Iterator[Page]":
    """That of the command, then that of each verb and of the verbs below it, from the parsers themselves."""
    from mtasts.render.man import Page

    verbs = dispatch.installed()
    usage = "mtasts VERB [option ...]\nmtasts help VERB\nmtasts --version"
    about = "MTA-STS and TLS-RPT as code: publish in the safe order, and know when it is safe to enforce."
    rows = tuple((name, verb.line) for name, verb in verbs.items())
    yield Page("mtasts", "MTA-STS and TLS-RPT as code", usage, about, rows, tuple(f"mtasts-{name}" for name in verbs))
    for name, verb in verbs.items():
        yield from _tree((name,), verb.line, "mtasts")


def _tree(path: tuple[str, ...], line: str, above: str) -> "Iterator[Page]":
    below = dispatch.below(dispatch.find(path))
    command = f"mtasts {' '.join(path)}"
    name = command.replace(" ", "-")
    others = (above, *(f"{name}-{verb}" for verb in below))
    yield _page(command, line, dispatch.parser_of(*path), others)
    for verb, told in below.items():
        yield from _tree((*path, verb), told.line, name)


def _page(command: str, line: str, parser: argparse.ArgumentParser, others: tuple[str, ...]) -> "Page":
    from mtasts.render.man import Page

    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    return Page(command, line, usage, parser.description or "", tuple(_rows(parser)), others)


def _rows(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    formatter = parser._get_formatter()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from ((str(one.dest), str(one.help or "")) for one in action._choices_actions)
        elif action.help != argparse.SUPPRESS:
            yield formatter._format_action_invocation(action), str(action.help or "").replace("%%", "%")
