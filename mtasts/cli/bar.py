"""A bar on a terminal that shows progress: one line that changes, and lines that stay above it.

While a bar stands, rich has a proxy at sys.stderr (and sys.stdout), so that what anybody prints comes out above the
bar. rich finds the way behind its own proxy only where the proxy itself stands at sys.stderr. Something that filters
sys.stderr meanwhile (mtasts_pulumi.engine.quiet) hides it: then every frame is printed through the bar again.
So a bar here has the terminal's own stream, below all that stands in for it, in whatever order it was put there.
"""

import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from mtasts.render.escape import terminal


def bar(*columns: ProgressColumn, stream: TextIO | None = None) -> Progress:
    """A bar on a terminal (stderr by default) that is gone when it ends. It is one line, cut at the terminal's edge."""
    console = Console(file=_beneath(stream or sys.stderr), markup=False, highlight=False, emoji=False)
    # Only where stdout is the same terminal may the bar take its lines in; a pipe or file must get them itself.
    return OneLine(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty())


def say(progress: Progress, text: str) -> None:
    """A line that stays, above the bar; the terminal breaks it if it must, so that it can be copied whole."""
    progress.console.print(Text(terminal(text)), soft_wrap=True)


_standing: "set[OneLine]" = set()


def take_down() -> None:
    """End what a Ctrl-C left standing: one that met a bar while it went up or came down, where no `with` ends it."""
    for one in [*_standing]:
        one.stop()
        one.console.show_cursor(True)  # an end that was itself interrupted does nothing a second time


class OneLine(Progress):
    """Where the terminal is narrow, `Now` and the bar itself give way, and no column takes a second line."""

    def start(self) -> None:
        """Draw it."""
        _standing.add(self)
        super().start()

    def stop(self) -> None:
        """Wipe it off."""
        super().stop()
        _standing.discard(self)

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        """The line."""
        table = super().make_tasks_table(tasks)
        for shown, column in zip(table.columns, self.columns, strict=True):
            shown.no_wrap = not isinstance(column, Now | BarColumn)
        return table


class Words(TextColumn):
    """Words of ours or of others: no markup in them."""

    def __init__(self, text: str) -> None:
        super().__init__(text, markup=False)


class Now(Words):
    """What is being done now: takes the room that the line has left, and is cut there."""

    def render(self, task: Task) -> Text:
        """One line, whatever is in it."""
        text = super().render(task)
        return Text(terminal(text.plain), no_wrap=True, overflow="ellipsis")


def _beneath(stream: TextIO) -> TextIO:
    while True:
        below = getattr(stream, "rich_proxied_file", None)
        if below is None:
            return stream
        stream = below
