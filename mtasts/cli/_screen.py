"""What stands at the other end of stdout and stderr: the one place that decides how wide it is and what may be drawn.

A result goes to a terminal, at its width, or to a file, a pipe or a job's log, where nothing is folded or cut: a line
there is a line for grep and for whoever reads it later, at a width of their own.
"""

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType

# The terminals without cursor movements, by the two names they go by.
_CANNOT_DRAW = {"dumb", "unknown"}
_USUAL = 80  # columns of a terminal that does not say
_LEAST = 20


def draws(stream: TextIO) -> bool:
    """Whether a bar can move there: a terminal that knows cursor movements."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in _CANNOT_DRAW


def width(stream: TextIO | None = None) -> int:
    """Columns of the terminal that the stream (stdout) is; UNLIMITED where it is none, whatever $COLUMNS says."""
    from mtasts.render.fold import UNLIMITED

    out = stream or sys.stdout
    if not out.isatty():
        return UNLIMITED
    try:
        columns = os.get_terminal_size(out.fileno()).columns
    except OSError:
        columns = 0
    return max(_LEAST, columns or _USUAL)


def show(*shown: "RenderableType") -> None:
    """Print on stdout. What rich fills up with blanks ends where its text ends: nobody wants them in a file."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False, width=width())
    for one in shown:
        with console.capture() as captured:
            console.print(one, crop=False)
        print("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def say(line: str, hang: int | None = None, stream: TextIO | None = None) -> None:
    """Print one line on stdout (or another stream); on a terminal it is folded, and what follows set in by `hang`."""
    from mtasts.render.fold import folded

    out = stream or sys.stdout
    print("\n".join(folded(line, width(out), hang)), file=out)
