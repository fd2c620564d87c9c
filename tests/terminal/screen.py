"""A person's terminal: a command on a real pty, and the screen it draws, kept by a terminal emulator frame by frame."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pyte

from tests.patience import PATIENCE

_LONGEST = float(PATIENCE)  # a machine under load is slow, one that hangs is caught all the same
BAR = "━"
SIZES = [(100, 40), (80, 24), (120, 40)]


class Terminal:
    """One command on a terminal of its own. As a context, it leaves no process behind."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], size: tuple[int, int], folder: Path | None = None
    ) -> None:
        columns, lines = size
        self._screen = pyte.HistoryScreen(columns, lines, history=20_000, ratio=0.5)
        self._stream = pyte.ByteStream(self._screen)
        self.received = b""
        self.most_bars = 0
        self._began = time.monotonic()
        self._master, slave = pty.openpty()
        self.resize(columns, lines)
        variables = {key: value for key, value in environment.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
        self._process = subprocess.Popen(
            words,
            cwd=folder,
            env={**variables, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=_on_its_terminal,  # noqa: PLW1509 - it calls the system only, and takes no lock
        )
        os.close(slave)

    # What a person does

    def resize(self, columns: int, lines: int) -> None:
        """Drag the window's corner."""
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text: str) -> None:
        r"""Press keys; "\x03" is Ctrl-C."""
        os.write(self._master, text.encode())

    def signal(self, which: signal.Signals) -> None:
        """As `kill` does, to the command alone."""
        self._process.send_signal(which)

    def until(self, seen: Callable[[Self], object]) -> None:
        """Watch until something is seen."""
        while not seen(self):
            assert self._read(), f"it ended before:\n{self.text}"

    def end(self) -> int:
        """Watch to the end; the exit code."""
        while self._read():
            pass
        return self._process.wait(_LONGEST)

    # What a person sees

    @property
    def lines(self) -> list[str]:
        """All that is on the screen and above it, without what is blank at a line's end or below the last line."""
        above = [
            "".join(line[column].data for column in range(self._screen.columns)) for line in self._screen.history.top
        ]
        return "\n".join(line.rstrip() for line in [*above, *self._screen.display]).rstrip("\n").split("\n")

    @property
    def text(self) -> str:
        """The same, in one."""
        return "\n".join(self.lines)

    @property
    def raw(self) -> str:
        """Each frame ever drawn, without its colours and movements."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.received.decode("utf-8", "replace"))

    def moved(self, pattern: str) -> list[str]:
        """What a part of the bar showed, one after the other."""
        found: list[str] = []
        for match in re.findall(pattern, self.raw):
            if not found or found[-1] != match:
                found.append(match)
        return found

    def drew_rightly(self) -> None:
        """A bar that moved, one line at a time, in a bounded number of bytes, and gone at the end."""
        spent = time.monotonic() - self._began
        assert self.most_bars == 1, self.most_bars
        assert BAR not in self.text
        assert "\x1b[?25h" in self.received.decode("utf-8", "replace").rpartition("\x1b[?25l")[2]  # the cursor is back
        # rich draws ten frames a second of half a kilobyte; the flood was a hundred times that.
        assert len(self.received) < 50_000 + 20_000 * spent, (len(self.received), spent)
        assert "RecursionError" not in self.raw

    def _read(self) -> bool:
        left = self._began + _LONGEST - time.monotonic()
        ready, _, _ = select.select([self._master], [], [], max(0.0, left))
        assert ready, f"it hangs:\n{self.text}"
        assert left > 0, f"it does not end:\n{self.text[-5000:]}"
        try:
            data = os.read(self._master, 65_536)
        except OSError:  # how Linux says that the other end is closed
            return False
        self.received += data
        self._stream.feed(data)
        self.most_bars = max(self.most_bars, sum(BAR in line for line in self._screen.display))
        return bool(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_LONGEST)
        os.close(self._master)


def _on_its_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # What starts the tests may ignore them (nohup, a shell's &), and that is inherited.
    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(which, signal.SIG_DFL)
