"""The folder store's file: one SQLite database, its tables and how it is opened.

`raw`, `hidden`, `quarantine` and `mark` hold what cannot be rebuilt; all else is derived from `raw` by a reindex.
"""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.store.access import FILE, connect_to_read, may_be_written

_APPLICATION = 0x54525054  # "TRPT": tells our file from any other SQLite database
VERSION = 2
_BUSY_SECONDS = 60

_TRUTH = """
CREATE TABLE raw (
    id INTEGER PRIMARY KEY,
    trust TEXT NOT NULL,
    submitter TEXT NOT NULL,
    hint TEXT NOT NULL,
    received INTEGER NOT NULL,  -- Unix seconds
    source TEXT NOT NULL,
    notes TEXT NOT NULL,        -- JSON: warnings that the report itself does not give, such as about its signature
    packed BLOB NOT NULL        -- gzip of the JSON exactly as sent (last, as the others are read without it)
);
CREATE TABLE hidden (raw INTEGER NOT NULL, domain TEXT NOT NULL, PRIMARY KEY (raw, domain)) WITHOUT ROWID;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    received INTEGER NOT NULL,
    size INTEGER NOT NULL,
    raw BLOB NOT NULL
);
CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

# Days are proleptic ordinals. Every key begins with the day, so that an import, which brings a few days of many
# domains, writes to one region however large the store is; a domain's window is one small range a day.
_DERIVED = """
CREATE TABLE report (
    id INTEGER PRIMARY KEY,     -- raw.id
    key BLOB NOT NULL,
    day INTEGER NOT NULL,
    organization TEXT NOT NULL, -- digest of its name
    nameless INTEGER NOT NULL   -- 1: names no submitter, so that copies are told by the organization
);
-- Every copy of a report about a domain, also those that do not count because a better one does. Copies have both
-- numbers in common. Reports that differ and bear one report-id have only the first.
CREATE TABLE identity (
    hash INTEGER NOT NULL,      -- report-id and domain
    content INTEGER NOT NULL,   -- all that counts
    kinds INTEGER NOT NULL,     -- policy types, a bit each
    raw INTEGER NOT NULL,
    PRIMARY KEY (hash, content, raw)
) WITHOUT ROWID;
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
-- Only copies that count.
CREATE TABLE filed (
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    kind INTEGER NOT NULL,      -- policy type
    trust INTEGER NOT NULL,
    raw INTEGER NOT NULL,
    submitter INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    PRIMARY KEY (day, domain, kind, trust, raw)
) WITHOUT ROWID;
CREATE TABLE failed (
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    trust INTEGER NOT NULL,
    result INTEGER NOT NULL,
    mx INTEGER NOT NULL,
    raw INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (day, domain, kind, trust, result, mx, raw)
) WITHOUT ROWID;
"""
DERIVED_TABLES = ("report", "identity", "name", "filed", "failed")


def open_database(folder: Path, *, create: bool) -> sqlite3.Connection:
    """The folder's database, made if it is not there and `create`; it may be of an older layout. Raises CannotLook.

    Where nothing can be written it is opened to be read only, unless `create`.
    """
    path = folder / FILE
    if not path.is_file():
        if not create:
            raise CannotLook(f"{folder}: no reports are kept here", "import some: `mtasts reports import PATH`")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotLook(f"{folder}: cannot make the folder: {error.strerror}") from None
    if create and path.is_file() and not may_be_written(path):
        raise CannotLook(f"{path}: cannot open the store to write", "is it another user's, or on a read-only disk?")
    try:
        if not path.is_file():
            _make_aside(folder, path)
        database = _connect(path) if create or may_be_written(path) else connect_to_read(path)
        _prepare(database, path)
    except (sqlite3.Error, OSError) as error:
        raise CannotLook(
            f"{path}: cannot open the store: {error}", "is it a folder of `mtasts reports`, and writable?"
        ) from None
    return database


def _connect(path: Path) -> sqlite3.Connection:
    # Reports tell who writes to whom: the owner's alone, whatever the umask. SQLite gives its -wal and -shm that mode.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    database.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    return database


def _make_aside(folder: Path, path: Path) -> None:
    """Make the store under another name and give it its own when it is whole.

    SQLite does not wait for its turn where several processes turn one new file to WAL at once: it says "database is
    locked". Whoever comes second takes what is there.
    """
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder, ignore_cleanup_errors=True) as aside:
        made = Path(aside) / FILE
        with contextlib.closing(_connect(made)) as database:
            _make(database)
        # There already, or no hard links here: then it is made in its place, and two that come at once may disturb.
        with contextlib.suppress(OSError):
            path.hardlink_to(made)


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    application, version, tables = _found(database)
    if (application, version) != (_APPLICATION, VERSION):
        if application == _APPLICATION and version > VERSION:
            raise CannotLook(f"{path}: is of layout {version}, newer than {VERSION}", "use a newer mtasts")
        if tables and application != _APPLICATION:
            raise CannotLook(f"{path}: is not a store of reports", "name another folder with --store")
        if not tables:
            _make(database)
    # FULL: what was answered with "stored" survives a power cut, not only a killed process. No mmap: a page fault makes
    # the kernel read far more than the page, and a window that is not in memory takes ten times as long.
    for pragma in ("synchronous = FULL", "secure_delete = FAST", "cache_size = -8192", "mmap_size = 0"):
        database.execute(f"PRAGMA {pragma}")


def _found(database: sqlite3.Connection) -> tuple[int, int, int]:
    """Whose file it is, of which layout, and how many tables are in it: as of one moment, as another process may be
    making the store.
    """
    database.execute("BEGIN")
    try:
        application, version, tables = (
            int(database.execute(question).fetchone()[0])
            for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
    finally:
        database.execute("ROLLBACK")
    return application, version, tables


def _make(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("BEGIN IMMEDIATE")
    # Another process may have made it while this one waited.
    if database.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in (_TRUTH + _DERIVED).split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def is_older(database: sqlite3.Connection) -> bool:
    """Whether the derived tables are those of an older version, and have to be made anew."""
    return bool(database.execute("PRAGMA user_version").fetchone()[0] < VERSION)


def make_derived_anew(database: sqlite3.Connection) -> None:
    """Empty derived tables, in place of whatever is there; inside the caller's transaction."""
    for table in DERIVED_TABLES:
        database.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _DERIVED.split(";"):
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {VERSION}")
