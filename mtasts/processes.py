"""Facts about another process, found in the system by its number."""

import os
from dataclasses import dataclass
from pathlib import Path

_ENDED = ("Z", "X")


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """A process as /proc shows it.

    `ended`: it is over, but whoever should take notice of that never did. In a container the first process often
    clears nobody away, so a killed process keeps its number for ever, and `kill(pid, 0)` takes it for a living one.
    `started`: seconds since 1970, to about a second; `ticks`: exactly, in clock ticks since the machine started.
    """

    ended: bool
    started: float
    ticks: int


def process_status(pid: int) -> ProcessStatus | None:
    """The process of this number; None if there is none, or no /proc to tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
        started = int(boot.split()[1]) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return ProcessStatus(fields[0] in _ENDED, started, int(fields[19]))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
