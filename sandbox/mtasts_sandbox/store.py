"""Storage of the sandbox's cloud that survives a restart: one SQLite file of documents, by kind and key.

Every changing call of a provider is one transaction, committed before the call is answered, so killing the daemon
at any moment (SIGKILL included) loses no answered call and leaves none half done. The write-ahead log is not forced to
the disk on every call (`synchronous=NORMAL`): after a power cut the last calls may be gone, the file stays whole. That
is the right price for a rehearsal stage, where a call costs 0.05 ms instead of a disk's flush.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_LAYOUT = 1  # PRAGMA user_version; raised when older files can no longer be read
_TABLE = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, key)
)
"""


class BadStore(Exception):  # noqa: N818 - names the file, as the message does
    """The state file is damaged or was written by another version; str() is a whole sentence."""


class Store:
    """Documents that are kept; the order in which they were first put is kept too."""

    def __init__(self, path: Path | None) -> None:
        """Open or create the file at `path`; None keeps everything in memory. Raises BadStore."""
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._open = False
        try:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            self._database.execute(_TABLE)
            self._database.execute(f"PRAGMA user_version={_LAYOUT}")
        except sqlite3.DatabaseError as error:
            raise BadStore(f"{path}: cannot be read as the sandbox's state: {error}") from error
        if version not in (0, _LAYOUT):
            raise BadStore(f"{path}: was written by another version of the sandbox (layout {version}, not {_LAYOUT})")

    def load(self, kind: str) -> Iterator[tuple[str, Document]]:
        """Every document of a kind with its key, in the order they were first put."""
        for key, body in self._database.execute("SELECT key, body FROM document WHERE kind = ? ORDER BY seq", (kind,)):
            yield key, json.loads(body)

    def put(self, kind: str, key: str, document: Document) -> None:
        """Write one document, new or changed, in the open transaction."""
        self._begin()
        self._database.execute(
            "INSERT INTO document (kind, key, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, json.dumps(document, separators=(",", ":"))),
        )

    def drop(self, kind: str, key: str) -> None:
        """Forget one document, in the open transaction."""
        self._begin()
        self._database.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))

    @property
    def dirty(self) -> bool:
        """Is there anything to commit?"""
        return self._open

    def commit(self) -> bool:
        """Keep what was put and dropped since the last commit; False when that is nothing."""
        if not self._open:
            return False
        self._database.execute("COMMIT")
        self._open = False
        return True

    def rollback(self) -> None:
        """Forget what was put and dropped since the last commit."""
        if self._open:
            self._database.execute("ROLLBACK")
            self._open = False

    def clear(self) -> None:
        """Forget everything."""
        self.rollback()
        self._database.execute("DELETE FROM document")

    def close(self) -> None:
        """Close the file; what is not committed is lost."""
        with contextlib.suppress(sqlite3.Error):
            self.rollback()
        self._database.close()

    def _begin(self) -> None:
        if not self._open:
            self._database.execute("BEGIN")
            self._open = True
