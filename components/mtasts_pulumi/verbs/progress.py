"""Progress of the engine's download: a bar on a terminal, plain lines elsewhere. On stderr."""

import sys
import time
from typing import Any, Self, TextIO

from mtasts.cli import screen as _screen
from mtasts_pulumi.engine.progress import Progress

_LINE_EVERY = 10.0  # seconds between plain lines of one stage


class PlainProgress:
    """One line a stage, and one every ten seconds with the time gone by."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._started = time.monotonic()
        self._stage = ""
        self._said = 0.0

    def say(self, text: str) -> None:
        """Print the line."""
        _screen.say(f"engine: {text}", stream=self._out)

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Print a line when the stage changes, or ten seconds after the last one."""
        now = time.monotonic()
        if stage == self._stage and now - self._said < _LINE_EVERY:
            return
        self._stage, self._said = stage, now
        counted = f" {done}/{total}" if total else ""
        self.say(f"{stage}{counted} ({now - self._started:.0f} s)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


class BarProgress:
    """One bar with stage, count and time gone by."""

    def __init__(self) -> None:
        # Late: rich costs 50 ms, and most runs obtain nothing.
        from rich import progress as bars

        from mtasts.cli.bar import Words, bar

        self._bar = bar(
            bars.SpinnerColumn(),
            Words("engine: {task.description}"),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
        )
        self._task: Any = None

    def say(self, text: str) -> None:
        """Print the line above the bar."""
        from mtasts.cli.bar import say

        say(self._bar, f"engine: {text}")

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Move the bar."""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(stage, total=total)
        self._bar.update(self._task, description=stage, completed=done, total=total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


class LazyProgress:
    """Becomes a bar or plain lines at the first word, so that the usual run, with nothing to obtain, pays nothing."""

    def __init__(self) -> None:
        self._real: BarProgress | PlainProgress | None = None

    def _progress(self) -> Progress:
        if self._real is None:
            self._real = BarProgress() if _screen.draws(sys.stderr) else PlainProgress()
        return self._real

    def say(self, text: str) -> None:
        """Pass the line on."""
        self._progress().say(text)

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Pass the step on."""
        self._progress().step(stage, done, total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._real is not None:
            self._real.__exit__()
