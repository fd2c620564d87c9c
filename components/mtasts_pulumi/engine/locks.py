"""Locks that a killed engine left on a self-managed backend (file, S3, ...): whose, and whether stale.

A lock is stale only if its process is provably gone; of any other one a person is asked (decisions/engine-driving.md).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mtasts.render.escape import terminal
from mtasts_pulumi.engine.holders import Fate, Here, Holder

_LOCK = re.compile(
    r"^\s*(?P<url>\S+\.json(?:\?\S*)?): created by "
    r"(?P<user>[^@\n]*)@(?P<host>\S+) \(pid (?P<pid>\d{1,10})\) at (?P<at>\S+)",
    re.MULTILINE,
)
_LONGEST = 4096  # bytes of a lock's file


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


def read_lock_file(file: Path) -> Lock:
    """The lock in a file of the engine's; what it does not tell is unknown."""
    try:
        with file.open("rb") as opened:
            found = json.loads(opened.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        found = None
    told = found if isinstance(found, dict) else {}
    pid = told.get("pid")
    user, host = (terminal(str(told.get(name) or "somebody"))[:100] for name in ("username", "hostname"))
    at = _time(str(told.get("timestamp", "")))
    return Lock(file.absolute().as_uri(), user, host, pid if isinstance(pid, int) else 0, at)


def fate(lock: Lock, holders: Iterable[Holder], around: Here | None) -> Fate:
    """What is known of a lock's holder: gone only if each process that can have taken it is provably gone.

    `holders` are those kept beside the backend; `around` is None where nothing is known of this process's surroundings.
    """
    if around is None or lock.at is None:
        return Fate.UNTOLD
    fates = {around.fate(holder) for holder in suspects(lock, holders)}
    left = sorted(fates - {Fate.GONE}, key=list(Fate).index)
    return left[0] if left else Fate.GONE if fates else Fate.UNTOLD


def suspects(lock: Lock, holders: Iterable[Holder]) -> tuple[Holder, ...]:
    """The processes that can have taken a lock."""
    at = lock.at.timestamp() if lock.at else 0.0
    return tuple(holder for holder in holders if holder.took(lock.host, lock.pid, at))


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
