"""Locks that a killed engine left on a self-managed backend (file, S3, ...): whose, and whether stale."""

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mtasts.processes import process_status

_LOCK = re.compile(
    r"^\s*(?P<url>\S+\.json(?:\?\S*)?): created by "
    r"(?P<user>[^@\n]*)@(?P<host>\S+) \(pid (?P<pid>\d{1,10})\) at (?P<at>\S+)",
    re.MULTILINE,
)
_CLOCK_DOUBT = 2.0  # seconds: /proc counts in clock ticks, lock times in whole seconds


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock file of a stack, as the engine tells it."""

    url: str
    user: str
    host: str
    pid: int
    at: datetime | None

    @property
    def holder(self) -> str:
        """Who holds it, to be printed."""
        since = f" since {self.at:%Y-%m-%d %H:%M:%SZ}" if self.at else ""
        return f"{self.user}@{self.host} (pid {self.pid}){since}"

    @property
    def file(self) -> Path | None:
        """The lock's path on this machine; None for a backend elsewhere."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None


def read_locks(text: str) -> tuple[Lock, ...]:
    """The locks named in the engine's "the stack is currently locked by" message."""
    return tuple(
        Lock(found["url"], found["user"], found["host"], int(found["pid"]), _time(found["at"]))
        for found in _LOCK.finditer(text)
    )


def stale(lock: Lock, environ: Mapping[str, str]) -> bool:
    """Whether its holder is certainly gone: it ran on this machine, and no such process runs here any more.

    "This machine" is its host name. Containers often share one, each with its own process numbers, so in a container
    only a lock on this machine's own files is judged: no other machine can hold one of those.
    """
    if lock.host != socket.gethostname():
        return False
    if lock.file is None and _in_container(environ):
        return False
    return not _still_runs(lock)


def _still_runs(lock: Lock) -> bool:
    try:
        os.kill(lock.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    status = process_status(lock.pid)
    if status is None:
        return True  # no /proc here: only its being there is known
    if status.ended:
        return False
    # A process younger than the lock only got the number of the one that is gone.
    return not (lock.at and status.started > lock.at.timestamp() + _CLOCK_DOUBT)


def _in_container(environ: Mapping[str, str]) -> bool:
    marks = (Path("/.dockerenv"), Path("/run/.containerenv"))
    return "KUBERNETES_SERVICE_HOST" in environ or any(mark.exists() for mark in marks)


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
