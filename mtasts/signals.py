"""Signals that end us, and those that we were started not to heed."""

import signal


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
