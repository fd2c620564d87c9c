"""Forget what it holds, and the engine's state of it."""

import argparse
import os

from mtasts.cli.screen import say
from mtasts_sandbox import client
from mtasts_sandbox.folder import state_folder
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, make_stacks_of, running_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox reset`."""
    add_dir_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Forget it; the zones of a running one stay."""

    folder = state_folder(args.dir, os.environ)
    alive = client.reset(folder)
    if alive:
        make_stacks_of(running_of(args))
    say(f"sandbox on {folder} reset{'; it runs on, with its zones' if alive else ''}")
    return 0
