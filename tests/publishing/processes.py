"""The processes of a running command, to be killed."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path


def children(pid: int) -> list[int]:
    """The processes that any thread of a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            found += [int(child) for child in task.read_text().split()]
    return found


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, those that these have started, and so on."""
    return [one for child in children(pid) for one in (*descendants(child), child)]


def engines_of(pid: int) -> list[int]:
    """The engine's processes now; a command may ask the engine's version before the run itself."""
    found = []
    for child in children(pid):
        with contextlib.suppress(OSError):
            if "pulumi" in Path(f"/proc/{child}/cmdline").read_text():
                found.append(child)
    return found


def kill(pids: Iterable[int]) -> None:
    """SIGKILL to each that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_with_children(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to a command and all that it has started; the engine is in a process group of its own."""
    # It stands still first: an engine that it starts between our look and its death would go on by itself.
    process.send_signal(signal.SIGSTOP)
    kill([process.pid, *children(process.pid)])
