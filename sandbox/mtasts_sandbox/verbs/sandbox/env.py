"""The environment that makes engine and clients use it, for eval."""

import argparse
import json
import os
import shlex

from mtasts.cli.screen import document, talk
from mtasts_sandbox.client import environment_names
from mtasts_sandbox.verbs.sandbox.common import add_dir_argument, make_stacks_of, running_of

_MARK = "PULUMI_DEBUG_PROVIDERS"  # what only a shell that uses the sandbox has


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sandbox env`."""
    add_dir_argument(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--unset", action="store_true", help="what ends it in a shell again, also when the sandbox is gone"
    )


def run(args: argparse.Namespace) -> int:
    """Print it, or with --unset what takes it away."""
    if args.unset:
        return _unset(args)
    sandbox = running_of(args)
    environment = sandbox.environment()
    make_stacks_of(sandbox)
    if args.json:
        document(json.dumps(environment, indent=2))
    else:
        for name, value in environment.items():
            document(f"export {name}={shlex.quote(value)}")
    return 0


def _unset(args: argparse.Namespace) -> int:
    """Print what takes the sandbox out of a shell that `eval "$(mtasts sandbox env)"` put it into, and only of that."""
    names = [name for name in environment_names() if name in os.environ] if _MARK in os.environ else []
    if args.json:
        document(json.dumps(names, indent=2))
    else:
        document("".join(f"unset {name}\n" for name in names), end="")
    if not names:
        talk("this shell does not use a sandbox; nothing to unset")
    return 0
