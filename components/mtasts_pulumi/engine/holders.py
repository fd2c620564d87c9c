"""Identifies the process that runs an engine, by facts that no other process shares: kept beside a `file://` backend.

The engine's own lock file has a host name and a process number. Two containers often have both in common, so nobody can
tell from it whether its holder is gone. These facts can: PID name space, boot, and start time of the engine's process.
"""

import contextlib
import json
import os
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from uuid import uuid4

from mtasts.processes import process_status

# Linux, include/linux/proc_ns.h (PROC_PID_INIT_INO): the name space that a machine's first process is in.
_FIRST_NAMESPACE = "pid:[4026531836]"
# File systems that one kernel alone has mounted.
_OF_ONE_MACHINE = {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "xfs", "zfs"}
# Seconds: an engine locks as the first thing it does, and a clock may be set meanwhile. A lock that was taken later
# than that may be of another process with the same number.
_LOCKED_WITHIN, _CLOCK_DOUBT = 60.0, 2.0
_LONGEST = 4096  # bytes
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")


@dataclass(frozen=True, slots=True)
class Holder:
    """An engine's process: where it runs, and as what.

    `started`: in clock ticks after the machine's start; `at`: in seconds since 1970, when this was written down.
    """

    pid: int
    started: int
    namespace: str
    boot: str
    machine: str
    host: str
    at: float

    def took(self, host: str, pid: int, at: float) -> bool:
        """Whether a lock with these words, taken `at` (seconds since 1970), can be its."""
        return (host, pid) == (self.host, self.pid) and -_CLOCK_DOUBT <= at - self.at <= _LOCKED_WITHIN


class Fate(Enum):
    """What is known of a lock's holder; the value says it to a person."""

    GONE = "its process is gone"
    RUNS = "its process runs"
    UNTOLD = "its host name and process number alone do not tell whether it is gone"
    OTHER_NAMESPACE = "it ran in another container or PID name space, into which nobody can look from here"
    OTHER_BOOT = "it ran before this machine was started, or on another machine of the same name"


@dataclass(frozen=True, slots=True)
class Here:
    """This process's surroundings, as far as they say whether another one is gone."""

    namespace: str
    boot: str
    machine: str
    own_disk: bool  # the backend's folder is on a file system that no other machine can have mounted

    def fate(self, holder: Holder) -> Fate:
        """Whether that process is gone. A different boot says so only on the same machine, outside of containers."""
        if holder.boot != self.boot:
            same = self.namespace == holder.namespace == _FIRST_NAMESPACE and self.machine == holder.machine != ""
            return Fate.GONE if same and self.own_disk else Fate.OTHER_BOOT
        if holder.namespace != self.namespace:
            return Fate.OTHER_NAMESPACE
        status = process_status(holder.pid)
        if status is not None:
            return Fate.GONE if status.ended or status.ticks != holder.started else Fate.RUNS
        return Fate.RUNS if _there(holder.pid) else Fate.GONE


def here(folder: Path) -> Here | None:
    """The surroundings of this process, for a backend in `folder`; None where /proc does not tell of them."""
    try:
        if str(Path("/proc/self").readlink()) != str(os.getpid()):
            return None  # the /proc of another PID name space: its numbers are not ours
        namespace = str(Path("/proc/self/ns/pid").readlink())
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return Here(namespace, boot, _machine(), _file_system(folder) in _OF_ONE_MACHINE)
    except OSError:
        return None


def keep_holder(folder: Path, pid: int) -> None:
    """Write into `folder` (`engine.state.ours`) who the engine's process `pid` is.

    Nothing where nobody can tell, or it cannot be written. It stays after the process: only so a lock that it left can
    be judged.
    """
    where, status = here(folder), process_status(pid)
    try:
        if where is None or status is None or str(Path(f"/proc/{pid}/ns/pid").readlink()) != where.namespace:
            return
        if not folder.parents[3].is_dir():
            return  # the backend's own folder: it is not for us to make
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{uuid4().hex}.json"
        found = Holder(pid, status.ticks, where.namespace, where.boot, where.machine, socket.gethostname(), time.time())
        new = file.with_suffix(".new")
        try:
            new.write_text(json.dumps(asdict(found)))
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
    except OSError:
        return  # a disk that is full: then nobody will know more than the engine's own lock tells


def read_holders(folder: Path) -> dict[Path, Holder]:
    """Those that are kept in a folder, by file. What cannot be read says nothing."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError, RecursionError), file.open("rb") as opened:
            found[file] = _holder(json.loads(opened.read(_LONGEST)))
    return found


def forget(files: Iterable[Path]) -> None:
    """Remove the files of processes that are gone."""
    for file in files:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def _holder(found: object) -> Holder:
    if not isinstance(found, dict):
        raise TypeError("not an object")
    holder = Holder(**found)
    numbers = (holder.pid, holder.started, holder.at)
    texts = (holder.namespace, holder.boot, holder.machine, holder.host)
    if not all(type(number) in (int, float) for number in numbers) or not all(isinstance(text, str) for text in texts):
        raise TypeError("not a holder")
    return holder


def _there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass  # hidden from us, but there
    return True


def _machine() -> str:
    """This installation's number (machine-id(5)), "" where it has none."""
    try:
        return Path("/etc/machine-id").read_text().strip()
    except OSError:
        return ""


def _file_system(folder: Path) -> str:
    """The type of the file system that a folder is on, by the longest mount point above it; "" if nobody tells."""
    return type_of(os.fsencode(folder.resolve()), Path("/proc/self/mountinfo").read_bytes())


def type_of(path: bytes, mounts: bytes) -> str:
    """The same, by the lines of proc(5)'s mountinfo. Bytes: a mount point's name may be of any encoding. Pure."""
    best, kind = b"", b""
    for line in mounts.splitlines():
        before, _, after = line.partition(b" - ")
        # proc(5): a blank and the like in a name is written as \\040.
        point = _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), before.split()[4])
        below = path == point or path.startswith(point.rstrip(b"/") + b"/")
        if below and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind.decode("ascii", "replace")
