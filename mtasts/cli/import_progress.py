"""Progress of an import on the terminal: how much, how fast, how long still. rich loads where a bar is drawn only."""

import time
from types import TracebackType
from typing import Any, TextIO

from mtasts.cli.screen import draws
from mtasts.cli.screen import say as say_line
from mtasts.render.escape import terminal

_LINE_SECONDS = 30.0


class Progress:
    """A bar where the stream is a terminal; else a plain line now and then, for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: Any = None
        self._task: Any = None
        self._total = self._done = 0
        self._began = self._said = time.monotonic()

    def begin(self, total: int, unit: str) -> None:
        """What lies ahead; 0: unknown."""
        self._total = total
        if not draws(self._stream):
            return
        from rich import progress as parts

        from mtasts.cli.bar import Words, bar

        amount = parts.DownloadColumn() if unit == "bytes" else parts.MofNCompleteColumn()
        self._bar = bar(
            Words("importing"),
            parts.BarColumn(),
            amount,
            Words("{task.fields[read]} reports"),
            Words("{task.fields[rate]:.0f}/s"),
            parts.TimeRemainingColumn(),
            stream=self._stream,
        )
        self._bar.start()
        self._task = self._bar.add_task("import", total=total or None, read=0, rate=0.0)

    def advance(self, weight: int, read: int) -> None:
        """So much is done."""
        now = time.monotonic()
        spent = max(now - self._began, 0.001)
        rate = read / spent
        self._done += weight
        if self._bar is not None:
            self._bar.update(self._task, advance=weight, read=read, rate=rate)
        elif now - self._said > _LINE_SECONDS:
            self._said = now
            left = spent * (self._total - self._done) / self._done if 0 < self._done <= self._total else 0.0
            ahead = f", {left:.0f} s left" if left else ""
            say_line(f"{read} reports read, {rate:.0f} a second{ahead}", stream=self._stream)

    def say(self, text: str) -> None:
        """A line among the progress."""
        if self._bar is not None:
            from mtasts.cli.bar import say

            say(self._bar, text)
        else:
            say_line(terminal(text), stream=self._stream)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
