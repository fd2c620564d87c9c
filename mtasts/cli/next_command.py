"""A command that a person is told to run next: with the options by which it finds the same files and the same cloud.

Without them, who tried something with `--sandbox` would be sent to the real accounts.
"""

import argparse
import shlex
from collections.abc import Sequence

_SAME_PLACE = ("policies", "project", "sandbox")


def command(args: argparse.Namespace, *words: str) -> str:
    """`mtasts` with these words, and with what `args` say of the place; a line for a shell."""
    return shlex.join(["mtasts", *words, *place(args)])


def place(args: argparse.Namespace) -> list[str]:
    """The options by which another run finds the same files and the same cloud."""
    return passed_on(args, _SAME_PLACE)


def passed_on(args: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """The options of these names, as words for another run of the command."""
    words = []
    for name in names:
        value = getattr(args, name, None)
        if value is True:
            words.append(f"--{name}")
        elif value:
            words += [f"--{name}", str(value)]
    return words
