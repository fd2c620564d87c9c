"""Check policies/*.yaml, offline: every problem of every file, each on one line at its place.

PATH is the policies folder, one stack's folder in it, or one file. Exit code 0: all may be published; 1: problems
found; 2: could not look.
"""

import argparse
import gc
from dataclasses import replace
from pathlib import Path

from mtasts.app.validate import validate
from mtasts.cli.screen import document, say, talk
from mtasts.live.checkout import in_repository
from mtasts.render.ci.inputs import RENDERERS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `mtasts validate` takes."""
    parser.add_argument(
        "path", nargs="?", type=Path, default=Path("policies"), metavar="PATH", help="default: policies"
    )
    parser.add_argument("--stack", help="look only at this stack of the policies folder")
    parser.add_argument("--format", choices=list(RENDERERS), default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Validate, print, and say by the exit code whether anything forbids publishing."""
    # Trees of many small files, dropped as soon as they are read, leave the collector nothing to find.
    collecting = gc.isenabled()
    gc.disable()
    try:
        validated = validate(args.path, args.stack)
    finally:
        if collecting:
            gc.enable()
    for note in validated.notes:
        talk(f"note: {note}")
    if args.format == "github":
        validated = replace(
            validated,
            problems=tuple(map(in_repository, validated.problems)),
            warnings=tuple(map(in_repository, validated.warnings)),
        )
    text = RENDERERS[args.format](validated)
    if args.format == "text":
        say(text.removesuffix("\n"))
    else:
        document(text, end="")
    if not validated.valid and args.format == "text":
        count = len(validated.problems)
        talk(f"{count} problem{'' if count == 1 else 's'}: nothing will be published")
    return 0 if validated.valid else 1
