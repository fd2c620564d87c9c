"""The screen: the only module that prints, and that decides how wide stdout and stderr are and what may be drawn there.

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

    from mtasts.render.runner import in_text

    console = Console(highlight=False, markup=False, emoji=False, width=width())
    for one in shown:
        with console.capture() as captured:
            console.print(one, crop=False)
        print("\n".join(in_text(line.rstrip()) for line in captured.get().rstrip("\n").split("\n")))


def say(text: object = "", hang: int | None = None, stream: TextIO | None = None) -> None:
    """Print lines on stdout (or another stream), safe whatever they hold; a terminal's are folded (`render.fold`)."""
    from mtasts.render.escape import terminal
    from mtasts.render.fold import folded
    from mtasts.render.markdown import workflow_command_safe

    out = stream or sys.stdout
    for line in str(text).split("\n"):
        # After the folding, which could bring `::name::` to the start of a line.
        pieces = map(workflow_command_safe, folded(terminal(line), width(out), hang))
        print("\n".join(pieces), file=out, flush=out is not sys.stdout)


def talk(text: object) -> None:
    """The same on stderr: what is said beside the result."""
    say(text, stream=sys.stderr)


def document(text: str, end: str = "\n") -> None:
    """Print what programs read, or `patch`: as it is, at any width."""
    print(text, end=end)


def listening(url: str) -> None:
    """Say on stderr where a server listens."""
    talk(f"mtasts: listening on {url}")
