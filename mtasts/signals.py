"""Signals that end us, and those that we were started not to heed."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers | None


def heeded(*wanted: signal.Signals) -> list[signal.Signals]:
    """Those of `wanted` that did not come ignored.

    A signal that is ignored stays so in whatever is started: `nohup` and a script's `&` protect by that what shall go
    on when somebody presses Ctrl-C. Setting a handler would undo it.
    """
    return [number for number in wanted if signal.getsignal(number) is not signal.SIG_IGN]


def interrupted_by_term() -> None:
    """Let SIGTERM, with which services and jobs are stopped, end this process as Ctrl-C does."""
    for number in heeded(signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Let SIGINT and SIGTERM act at the end of the block, so that nothing in it is half done; a second one at once.

    In another thread than the main one it does nothing: no signal ends anything there.
    """
    came: list[int] = []
    before: dict[signal.Signals, _Handler] = {}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def hold(number: int, _: FrameType | None) -> None:
        if came:
            put_back()
            signal.raise_signal(number)
        came.append(number)

    try:
        main = threading.current_thread() is threading.main_thread()
        for number in heeded(signal.SIGINT, signal.SIGTERM) if main else ():
            before[number] = signal.signal(number, hold)
        yield
    finally:
        put_back()
        if came:
            signal.raise_signal(came[0])
