"""Keeps tracebacks of the gRPC library off a person's screen when the engine dies in the middle of a call.

The library prints them itself, past any handler; the death of the engine is told in one line by who waited for it.
"""

import io
import threading
from typing import TextIO

_BEGIN = "Traceback (most recent call last):"


class WithoutLibraryTracebacks(io.TextIOBase):
    """A stderr that holds back each traceback until its end, and drops those out of grpc."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._line = ""
        self._held: list[str] | None = None
        # Many threads write here: the program's, the SDK's, gRPC's.
        self._lock = threading.RLock()

    @property
    def rich_proxied_file(self) -> TextIO:
        """The stream behind, by the name under which rich looks for what is below its own proxy."""
        return self._out

    def write(self, text: str) -> int:
        """Take any text; whole lines are passed on."""
        with self._lock:
            *lines, self._line = (self._line + text).split("\n")
            for line in lines:
                self._take(line + "\n")
            if self._held is None and not _BEGIN.startswith(self._line[: len(_BEGIN)]):
                out, self._line = self._line, ""
                self._out.write(out)
        return len(text)

    def _take(self, line: str) -> None:
        if self._held is None:
            if line.startswith(_BEGIN):
                self._held = [line]
            else:
                self._out.write(line)
            return
        self._held.append(line)
        if not line.startswith((" ", "\n")):  # the error's own line ends it
            whole, self._held = "".join(self._held), None
            if "grpc/_cython" not in whole:
                self._out.write(whole)

    def flush(self) -> None:
        """Flush what was passed on."""
        self._out.flush()

    def isatty(self) -> bool:
        """As the stream behind it."""
        return self._out.isatty()

    def fileno(self) -> int:
        """As the stream behind it."""
        return self._out.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """As the stream behind it."""
        return self._out.encoding
