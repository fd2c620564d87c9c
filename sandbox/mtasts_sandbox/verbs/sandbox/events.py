"""List what became visible to clients, and when."""

import argparse
import json
import os

from mtasts.cli.screen import document, say, width
from mtasts.errors import CannotLook
from mtasts.render.fold import UNLIMITED
from mtasts_sandbox.events import FILE_NAME, read_file
from mtasts_sandbox.folder import state_folder
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox events`."""
    add_dir_argument(parser)
    parser.add_argument("--since", type=int, default=0, metavar="SEQ", help="only what came after this number")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Print the log, one event a line."""

    path = state_folder(args.dir, os.environ) / FILE_NAME
    if not path.exists():
        raise CannotLook(f"no event log at {path}", "`mtasts sandbox up` starts a sandbox")
    for event in read_file(path, args.since):
        if args.json:
            document(event.line(), end="")
        else:
            value = event.value if isinstance(event.value, str) else json.dumps(event.value, ensure_ascii=True)
            shown = value if len(value) <= 120 or width() == UNLIMITED else value[:119] + "…"
            say(f"{event.seq:>5}  {event.at}  {event.kind:<12} {event.name:<40} {shown!r}")
    return 0
