"""The parser of every verb: argparse, whose errors name what was meant and whose lines are folded at blanks only."""

import argparse
import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NoReturn

from mtasts.cli.screen import width
from mtasts.render.escape import terminal
from mtasts.render.fold import folded


class _Help(argparse.RawDescriptionHelpFormatter):
    """Fills paragraphs, keeps lines that are set in, and breaks at blanks only: a name never at its hyphens."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return folded(" ".join(text.split()), width, 0)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = re.sub(r"(?<=\S)\n(?=\S)", " ", text.strip("\n")).split("\n")
        return "\n".join(line if line[:1] == " " else "\n".join(folded(line, width, 0)) for line in lines)


class Parser(argparse.ArgumentParser):
    """Answers a word that is not one of its choices with the one that was meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Help, **settings})

    def _print_message(self, message: str, file: Any = None) -> None:
        # An error is one long line for argparse.
        columns = width(sys.stdout if file is sys.stdout else sys.stderr)
        super()._print_message(
            "\n".join(piece for line in message.split("\n") for piece in folded(line, columns)), file
        )

    def error(self, message: str) -> NoReturn:
        """End with 2, usage and message on stderr."""
        super().error(terminal(message + self._meant(message)))

    def _meant(self, message: str) -> str:
        if found := _CHOICE.search(message):
            known = re.findall(r"[\w-]+", found[2])
        elif found := _OPTION.search(message):
            known = [*self._options()]
        else:
            return ""
        near = get_close_matches(found[1], known, n=1, cutoff=0.6)
        return f"; did you mean {near[0]}?" if near else ""

    def _options(self) -> Iterator[str]:
        """The options of this parser and those below it: what one of those does not know is reported by this one."""
        yield from (name for name in self._option_string_actions if name.startswith("--"))
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                for parser in action.choices.values():
                    yield from parser._options()


# How argparse words it: (choose from 'a', 'b'), since Python 3.12 (choose from a, b).
_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")
_OPTION = re.compile(r"unrecognized arguments:.*? (--[^\s=]+)")
