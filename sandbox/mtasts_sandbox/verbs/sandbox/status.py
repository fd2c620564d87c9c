"""Show what runs where, and what it holds."""

import argparse
import os

from mtasts.cli.screen import document, say
from mtasts.render.runner import dumps
from mtasts_sandbox.client import find
from mtasts_sandbox.folder import state_folder
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, show_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox status`."""
    add_dir_argument(parser)
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Show it; 1 when it does not run."""

    folder = state_folder(args.dir, os.environ)
    sandbox = find(folder)
    status = sandbox.status() if sandbox else {}
    if args.json:
        document(dumps({"running": sandbox is not None, "state_dir": str(folder), **status}, indent=2))
    elif sandbox:
        say(f"sandbox runs on {folder} (process {sandbox.pid}) since {status['started']}")
        show_status(status)
    else:
        say(f"no sandbox runs on {folder}; `mtasts sandbox up` starts it")
    return 0 if sandbox else 1
