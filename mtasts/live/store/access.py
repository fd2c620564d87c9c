"""Access to a store: how it is read where it cannot be written, on a read-only mount or as another user.

SQLite reads a database in WAL mode only where it can write beside it. Where nobody writes, and no -wal waits to be
taken over, it can be told that the file does not change; else a private copy of both files is read.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from shlex import quote

FILE = "reports.sqlite3"


def open_to_others(location: str) -> str:
    """What to tell of a store that others may read or write, "" if only its owner may (or it is not a folder)."""
    path = Path(location) / FILE
    try:
        mode = path.stat().st_mode & 0o077
    except OSError:
        return ""
    if not mode:
        return ""
    return f"{path} is open to other users of this machine; if that is not meant: chmod -R go= {quote(location)}"


def may_be_written(path: Path) -> bool:
    """Whether this process may write the file and beside it: asked of the system, so that a read-only mount counts."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing. Raises sqlite3.Error and OSError."""
    log, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if not log.exists() or log.stat().st_size == 0:
        return _read(path, "&immutable=1")
    # Where the -shm is there SQLite reads beside a writer; without it nobody writes.
    return _read(path) if os.access(shared, os.R_OK) else _of_a_copy(path, log)


def _read(path: Path, more: str = "") -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{more}", uri=True, isolation_level=None)


def _of_a_copy(path: Path, log: Path) -> sqlite3.Connection:
    """What a killed writer left in the -wal is read from a private copy, which is gone when the connection is."""
    with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
        copied = Path(folder) / path.name
        shutil.copyfile(path, copied)
        shutil.copyfile(log, copied.with_name(log.name))
        with contextlib.closing(sqlite3.connect(copied, isolation_level=None)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        found = _read(copied, "&immutable=1")
        # Read once, so that the file is open: an open file outlives its name.
        found.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return found
