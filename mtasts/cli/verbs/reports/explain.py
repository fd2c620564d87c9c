"""Explain a result type, or one report (JSON, gzip, zip or mail; `-` for standard input), in plain words.

mtasts reports explain validation-failure
mtasts reports explain google.com!example.com!1772323200!1772409599.json.gz
"""

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from mtasts.app.reports.explain import Explained, explain
from mtasts.cli.screen import say
from mtasts.errors import CannotLook
from mtasts.render.escape import shorten, terminal
from mtasts.render.reports.explain import report_text, result_text, same_id_text
from mtasts.reports.causes import CAUSES

# RFC 8460 s4.3: words in lower case with hyphens; reporters' own ones differ a little.
_WORD = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RESULT or FILE."""
    parser.add_argument("what", metavar="RESULT|FILE", help="a result type of RFC 8460, or a file with a report")


def run(args: argparse.Namespace) -> int:
    """Print the explanation: 0 for a known type or a report, 1 for a word or file that is neither."""
    what = args.what
    path = Path(what)
    known = what.strip().lower() in CAUSES
    if what == "-":
        return _say_reports("standard input", explain("standard input", sys.stdin.buffer, datetime.now(UTC)))
    if not known and _is_file(path):
        return _say_reports(path.name, explain(path.name, path, datetime.now(UTC)))
    if not _WORD.fullmatch(what.strip()):
        # No result type looks like this: a slip in the name of a file must not be explained as one.
        found = "is a folder" if _is_folder(path) else "no such file"
        raise CannotLook(
            f"{shorten(what, 200)}: {found}, and no result type", "name a result type, or a file with a report"
        )
    for line in result_text(what):
        say(line)
    return 0 if known else 1


def _say_reports(name: str, explained: Explained) -> int:
    for number, (report, problems) in enumerate(explained.read):
        if number:
            say()
        for line in report_text(report, problems):
            say(line)
    for line in same_id_text([report for report, _ in explained.read]):
        say(line)
    for reason in explained.refusals:
        say(terminal(f"{name}: {reason}"))
    return 0 if explained.read and not explained.refusals else 1


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
