"""The processes of a running command, to be killed."""

import contextlib
from pathlib import Path


def children(pid: int) -> list[int]:
    """The processes that any thread of a process has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            found += [int(child) for child in task.read_text().split()]
    return found


def engines_of(pid: int) -> list[int]:
    """The engine's processes now; a command may ask the engine's version before the run itself."""
    found = []
    for child in children(pid):
        with contextlib.suppress(OSError):
            if "pulumi" in Path(f"/proc/{child}/cmdline").read_text():
                found.append(child)
    return found
