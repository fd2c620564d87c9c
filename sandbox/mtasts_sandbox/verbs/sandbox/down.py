"""Stop it."""

import argparse
import os

from mtasts.cli.screen import say
from mtasts_sandbox import client
from mtasts_sandbox.folder import state_folder
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox down`."""
    add_dir_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Stop it; 0, also when it was not running."""

    folder = state_folder(args.dir, os.environ)
    say(f"sandbox on {folder} {'stopped' if client.down(folder) else 'was not running'}")
    return 0
