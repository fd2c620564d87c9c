"""Commands started as `nohup` and the background of a script start them, and Ctrl-C in a test's own process."""

import contextlib
import signal
from collections.abc import Iterator, Sequence


def without_sigint(command: Sequence[str]) -> list[str]:
    """The command, with SIGINT ignored when it begins."""
    return ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]


@contextlib.contextmanager
def with_sigint() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt here, also where the tests were started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
