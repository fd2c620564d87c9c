"""Publish a stack: policy host, policy file, read back as a sender does, and only then the TXT records.

Asks first on a terminal; elsewhere --yes is needed. Exit code 0: published; 1: policies are invalid, or something
could not be published (what was, is told); 2: nothing could be looked at or touched.
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shared ones, --yes, --create and --no-checkpoints."""
    from mtasts.cli._driving import add_common_arguments

    add_common_arguments(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--create", action="store_true", help="make the stack in the state backend if it is not there")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--checkpoints", action="store_true", default=None, help="write the state after every step")
    which.add_argument(
        "--no-checkpoints",
        dest="checkpoints",
        action="store_false",
        help="write the state only at the end: much faster for many new domains, but what was made is forgotten when "
        "the engine is killed (docs/decisions/engine-checkpoints.md)",
    )


def run(args: argparse.Namespace) -> int:
    """Ask, then publish."""
    from mtasts.cli._driving import confirmed, run_verb

    return run_verb("up", args) if confirmed("up", args) else 1
