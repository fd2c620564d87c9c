"""Progress of a run over many mail domains, on stderr: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator

from mtasts.app.progress import Progress
from mtasts.cli.screen import draws, talk

_TALK_EVERY = 10.0  # seconds between lines where nobody watches a terminal


@contextlib.contextmanager
def progress(total: int, verb: str) -> Iterator[Progress]:
    """With rate and time left; a single domain has none."""
    if total < 2:
        yield _Silent()
    elif draws(sys.stderr):
        with _bar(total, verb) as bar:
            yield bar
    else:
        yield _Lines(total, verb)


class _Silent:
    def step(self) -> None:
        pass


class _Lines:
    def __init__(self, total: int, verb: str) -> None:
        self._total, self._verb = total, verb
        self._done, self._started = 0, time.monotonic()
        self._next = self._started + _TALK_EVERY

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _TALK_EVERY
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate
            talk(
                f"{self._verb}: {self._done} of {self._total} domains, {rate:.1f} a second, {left:.0f} s left",
            )


@contextlib.contextmanager
def _bar(total: int, verb: str) -> Iterator[Progress]:
    # Late: rich's bars cost 0.1 s, and most runs draw none.
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn

    from mtasts.cli.bar import Words, bar

    class _Shown:
        def step(self) -> None:
            shown.advance(task)
            elapsed = shown.tasks[0].elapsed or 0.0
            shown.update(task, rate=f"{shown.tasks[0].completed / elapsed:.1f}/s" if elapsed else "")

    columns = (
        Words("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Words("{task.fields[rate]}"),
        TimeRemainingColumn(),
        Words("left"),
    )
    with bar(*columns) as shown:
        task = shown.add_task(verb, total=total, rate="")
        yield _Shown()
