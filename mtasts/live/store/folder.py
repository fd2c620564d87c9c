"""The embedded store: a folder with one SQLite file. Nothing to install or run; why this: docs/decisions."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from shlex import quote
from types import TracebackType

from mtasts.errors import CannotLook
from mtasts.live.store.access import FILE, may_be_written
from mtasts.live.store.contract import Added, Incoming, Quarantined
from mtasts.live.store.filing import COPIES_LIMIT, Filing, Kept
from mtasts.live.store.keys import Told, copy_of, filed_of, key_of, pack, told
from mtasts.live.store.notes import write_notes
from mtasts.live.store.questions import Questions
from mtasts.live.store.schema import is_older, open_database
from mtasts.live.store.upkeep import delete_domain, derive_anew, expire_days
from mtasts.reports.duplicates import Copy
from mtasts.reports.stored import TRUST_RANK, DayRow, FailureRow, StoredReport, Trust

_NOT_WRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class FolderStore:
    """See `Store`. One connection, for the thread that opened it; processes take turns to write."""

    width = 1

    def __init__(self, location: str, *, create: bool = False) -> None:
        self.location = location
        self._database = open_database(Path(location), create=create)
        self._filing = Filing(self._database)
        self._questions = Questions(self._database)
        self._in_batch = False
        if is_older(self._database):
            self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        if not may_be_written(Path(self.location) / FILE):
            self._database.close()
            hint = f"where it may be written, run `mtasts reports reindex --store {quote(self.location)}`"
            raise CannotLook(f"{self.location}: is of an older layout, and cannot be written", hint)
        self.reindex()

    def batch(self) -> "_Batch":
        """One transaction around all that is added inside; rolled back as a whole if it fails."""
        return _Batch(self)

    def add(self, incoming: Incoming) -> Added:
        """Keep a report unless it is kept already."""
        filed = filed_of(incoming)
        key = key_of(incoming.raw, incoming.submitter)
        shared = told(incoming.report, filed, key)
        copy = copy_of(key, incoming.report, incoming.trust, incoming.submitter, ())
        with self._writing():
            kept = {domain: self._filing.rivals(copy, one) for domain, one in shared.items()}
            if any(kept.values()):
                return self._add_copy(incoming, copy, shared, kept)
            beside = any(self._filing.has_beside(one, incoming.submitter) for one in shared.values())
            number = self._insert(incoming)
            self._filing.index(number, key, incoming.report, incoming.submitter, shared.values())
            self._filing.file(number, incoming.report, incoming.trust, incoming.submitter, filed)
            return Added.BESIDE if beside else Added.STORED

    def _add_copy(self, incoming: Incoming, copy: Copy, shared: dict[str, Told], kept: dict[str, list[Kept]]) -> Added:
        """Keep another copy of what is kept already under one of its domains, and decide which counts."""
        same = next((one for copies in kept.values() for one in copies if one.key == copy.key), None)
        if same is not None:
            if TRUST_RANK[incoming.trust] > TRUST_RANK[Trust(same.trust)]:
                self._raise_trust(incoming, same, shared)
            return Added.DUPLICATE
        if all(_crowded(incoming.trust, copies) for copies in kept.values()):
            return Added.DUPLICATE
        beside = any(self._filing.has_beside(one, incoming.submitter) for one in shared.values())
        number = self._insert(incoming)
        self._filing.index(number, copy.key, incoming.report, incoming.submitter, shared.values())
        new = False
        for domain, one in shared.items():
            settled = self._filing.settle(domain, one)
            new |= number in settled.now and settled.before <= settled.now
        if not new:
            return Added.DUPLICATE
        return Added.BESIDE if beside else Added.STORED

    def _raise_trust(self, incoming: Incoming, same: Kept, shared: dict[str, Told]) -> None:
        """The same bytes, this time with a proof of their origin."""
        self._database.execute(
            "UPDATE raw SET trust = ?, received = ?, source = ?, notes = ? WHERE id = ?",
            (incoming.trust, _seconds(incoming), incoming.source, write_notes(incoming.warnings), same.number),
        )
        for domain, one in shared.items():
            self._filing.unfile(same, domain)
            self._filing.settle(domain, one)

    def _insert(self, incoming: Incoming) -> int:
        row = (
            incoming.trust,
            incoming.submitter,
            incoming.hint,
            _seconds(incoming),
            incoming.source,
            write_notes(incoming.warnings),
            pack(incoming),
        )
        columns = "trust, submitter, hint, received, source, notes, packed"
        return self._database.execute(f"INSERT INTO raw ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid or 0  # noqa: S608

    def trust_of(self, incoming: Incoming) -> Trust | None:
        """The trust of this very report, if it is kept."""
        key = key_of(incoming.raw, incoming.submitter)
        with self._guarded():
            shared = told(incoming.report, filed_of(incoming), key).values()
            kept = [one for found in shared for one in self._filing.copies(found)]
        return next((Trust(one.trust) for one in kept if one.key == key), None)

    def quarantine(self, raw: bytes, source: str, reason: str) -> str:
        """Keep what could not be read, once; its key."""
        key = hashlib.sha256(raw or source.encode("utf-8", "replace")).hexdigest()[:32]
        with self._writing():
            self._database.execute(
                "INSERT INTO quarantine (key, source, reason, received, size, raw) VALUES (?, ?, ?, ?, ?, ?)"
                # Of the same bytes from elsewhere the first reason stays: a mail's must not become that of a post.
                " ON CONFLICT (key) DO UPDATE SET reason = excluded.reason WHERE source = excluded.source",
                (key, source, reason, int(time.time()), len(raw), raw),
            )
        return key

    def release(self, keys: Sequence[str]) -> None:
        """Let go of what lies in quarantine under these keys."""
        with self._writing():
            self._database.executemany("DELETE FROM quarantine WHERE key = ?", [(key,) for key in keys])

    def quarantined(self) -> Iterator[Quarantined]:
        """What is in quarantine, oldest first."""
        with self._guarded():
            rows = self._database.execute(
                "SELECT key, source, reason, received, size FROM quarantine ORDER BY id"
            ).fetchall()
        for key, source, reason, received, size in rows:
            yield Quarantined(key, source, reason, datetime.fromtimestamp(received, UTC), size)

    def quarantined_bytes(self, key: str) -> bytes:
        """What lies in quarantine under a key."""
        with self._guarded():
            row = self._database.execute("SELECT raw FROM quarantine WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else b""

    def domains(self) -> list[str]:
        """All policy domains with reports, sorted."""
        with self._guarded():
            return self._questions.domains()

    def window(self, domain: str, since: date, until: date) -> Iterator[StoredReport]:
        """The reports filed under a domain, by day, then key."""
        with self._guarded():
            yield from self._questions.window(domain, since, until)

    def fleet(self, since: date, until: date) -> Iterator[DayRow]:
        """Sessions of all domains, by day and domain."""
        with self._guarded():
            yield from self._questions.fleet(since, until)

    def fleet_failures(self, since: date, until: date) -> Iterator[FailureRow]:
        """Failure details of all domains, by day and domain."""
        with self._guarded():
            yield from self._questions.fleet_failures(since, until)

    def delete(self, domain: str) -> int:
        """Remove a domain's reports."""
        with self._writing():
            removed = delete_domain(self._database, self._filing, self._questions, domain)
        self._give_space_back()
        return removed

    def expire(self, before: date) -> int:
        """Remove all reports about days before this one, and old quarantine."""
        with self._writing():
            removed = expire_days(self._database, self._filing, before)
        self._give_space_back()
        return removed

    def reindex(self) -> int:
        """Derive everything anew from the raw reports, in one transaction: until its end others see the old."""
        with self._writing():
            return derive_anew(self._database, self._filing)

    def mark(self, name: str) -> str:
        """What a source noted about how far it has read."""
        with self._guarded():
            row = self._database.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set_mark(self, name: str, value: str) -> None:
        """Note how far a source has read."""
        with self._writing():
            self._database.execute("INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> "FolderStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _give_space_back(self) -> None:
        with self._guarded():
            # As a script: a plain execute() would stop after the first page.
            self._database.executescript("PRAGMA incremental_vacuum")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            hint = "is the disk full, or another import stuck?"
            if getattr(error, "sqlite_errorcode", None) in _NOT_WRITABLE:
                hint = "it can only be read from here: is it another user's, or on a read-only disk?"
            raise CannotLook(f"{self.location}: the store failed: {error}", hint) from None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._in_batch:
            yield
            return
        with self._guarded():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        self._filing.forget()
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")


def _crowded(trust: Trust, kept: list[Kept]) -> bool:
    """Whether so many copies are kept already that one more, which would not count anyhow, is left out."""
    if len(kept) < COPIES_LIMIT or trust is Trust.AUTHENTICATED:
        return False
    return any(TRUST_RANK[Trust(one.trust)] >= TRUST_RANK[trust] for one in kept)


def _seconds(incoming: Incoming) -> int:
    return int(incoming.received.timestamp())


class _Batch:
    """The transaction of `FolderStore.batch`."""

    def __init__(self, store: FolderStore) -> None:
        self._store = store

    def __enter__(self) -> None:
        with self._store._guarded():
            self._store._database.execute("BEGIN IMMEDIATE")
        self._store._in_batch = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store._in_batch = False
        with self._store._guarded():
            if error is None:
                self._store._database.execute("COMMIT")
            else:
                self._store._roll_back()
            if isinstance(error, sqlite3.Error):
                raise error
