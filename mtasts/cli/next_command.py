"""A command that a person is told to run next: with the options by which it finds the same files and the same cloud.

Without them, who tried something with `--sandbox` would be sent to the real accounts.
"""

import argparse
import shlex
from collections.abc import Sequence

_SAME_PLACE = ("policies", "project", "sandbox")


def command(args: argparse.Namespace | Sequence[str], *words: str) -> str:
    """`mtasts` with these words, and with what `args` say of the place, or with their `place`; a line for a shell."""
    return shlex.join(["mtasts", *words, *(place(args) if isinstance(args, argparse.Namespace) else args)])


def place(args: argparse.Namespace) -> list[str]:
    """The options by which another run finds the same files and the same cloud."""
    words = []
    for name in _SAME_PLACE:
        value = getattr(args, name, None)
        if value is True:
            words.append(f"--{name}")
        elif value:
            words += [f"--{name}", str(value)]
    return words
