"""The embedded store: a folder with one SQLite file. Nothing to install or run; why this: docs/decisions."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType

from mtasts.errors import CannotLook
from mtasts.evidence.filing import file_under
from mtasts.evidence.stored import TRUST_RANK, DayRow, FailureRow, StoredReport, Trust
from mtasts.live.store.contract import Incoming, Outcome, Quarantined
from mtasts.live.store.filing import Filing
from mtasts.live.store.keys import Filed, filed_of, key_of, pack, unpack
from mtasts.live.store.notes import write_notes
from mtasts.live.store.questions import Questions
from mtasts.live.store.schema import make_derived_anew, open_database
from mtasts.protocol.report import Report, read_report


class FolderStore:
    """See `Store`. One connection, for the thread that opened it; processes take turns to write."""

    def __init__(self, location: str, *, create: bool = False) -> None:
        self.location = location
        self._database = open_database(Path(location), create=create)
        self._filing = Filing(self._database)
        self._questions = Questions(self._database)
        self._in_batch = False

    def batch(self) -> "_Batch":
        """One transaction around all that is added inside; rolled back as a whole if it fails."""
        return _Batch(self)

    def add(self, incoming: Incoming) -> Outcome:
        """Keep a report unless it is kept already."""
        filed = filed_of(incoming)
        key = key_of(incoming.raw, incoming.submitter)
        with self._writing():
            rivals = self._filing.rivals(incoming.report, filed, key)
            if not rivals:
                number = self._insert(incoming)
                self._filing.index(number, key, incoming.report, filed, counts=True)
                self._filing.file(number, incoming.report, incoming.trust, incoming.submitter, filed)
                return Outcome.STORED
            return self._add_copy(incoming, filed, key, rivals)

    def _add_copy(self, incoming: Incoming, filed: Filed, key: str, rivals: set[int]) -> Outcome:
        known = self._same(key, rivals)
        if known is not None:
            number, trust = known
            if TRUST_RANK[incoming.trust] > TRUST_RANK[trust]:
                # The same bytes, this time with a proof of their origin.
                self._database.execute(
                    "UPDATE raw SET trust = ?, received = ?, source = ?, notes = ? WHERE id = ?",
                    (incoming.trust, _seconds(incoming), incoming.source, write_notes(incoming.warnings), number),
                )
                self._filing.settle({number})
            return Outcome.DUPLICATE
        if self._filing.crowded(rivals) and incoming.trust is not Trust.AUTHENTICATED:
            return Outcome.DUPLICATE
        before = self._counting(rivals)
        number = self._insert(incoming)
        self._filing.index(number, key, incoming.report, filed, counts=False)
        after = self._filing.settle({number})
        displaced = any(not after.get(other, True) for other in before)
        return Outcome.STORED if after.get(number) and not displaced else Outcome.DUPLICATE

    def _same(self, key: str, rivals: set[int]) -> tuple[int, Trust] | None:
        for number in rivals:
            row = self._database.execute(
                "SELECT trust FROM raw JOIN report USING (id) WHERE id = ? AND key = ?", (number, bytes.fromhex(key))
            ).fetchone()
            if row:
                return number, Trust(row[0])
        return None

    def _counting(self, numbers: set[int]) -> list[int]:
        marks = ",".join("?" * len(numbers))
        query = f"SELECT id FROM report WHERE counts AND id IN ({marks})"  # noqa: S608 - marks only
        return [row[0] for row in self._database.execute(query, sorted(numbers))]

    def _insert(self, incoming: Incoming) -> int:
        row = (
            pack(incoming),
            incoming.trust,
            incoming.submitter,
            incoming.hint,
            _seconds(incoming),
            incoming.source,
            write_notes(incoming.warnings),
        )
        columns = "packed, trust, submitter, hint, received, source, notes"
        return self._database.execute(f"INSERT INTO raw ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid or 0  # noqa: S608

    def trust_of(self, incoming: Incoming) -> Trust | None:
        """The trust of this very report, if it is kept."""
        key = key_of(incoming.raw, incoming.submitter)
        with self._guarded():
            rivals = self._filing.rivals(incoming.report, filed_of(incoming), key)
            known = self._same(key, rivals) if rivals else None
        return known[1] if known else None

    def quarantine(self, raw: bytes, source: str, reason: str) -> None:
        """Keep what could not be read, once."""
        key = hashlib.sha256(raw or source.encode("utf-8", "replace")).hexdigest()[:32]
        with self._writing():
            self._database.execute(
                "INSERT INTO quarantine (key, source, reason, received, size, raw) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET reason = excluded.reason",
                (key, source, reason, int(time.time()), len(raw), raw),
            )

    def quarantined(self) -> Iterator[Quarantined]:
        """What is in quarantine, oldest first."""
        with self._guarded():
            rows = self._database.execute(
                "SELECT key, source, reason, received, size FROM quarantine ORDER BY id"
            ).fetchall()
        for key, source, reason, received, size in rows:
            yield Quarantined(key, source, reason, datetime.fromtimestamp(received, UTC), size)

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
            place = self._questions.domain(domain)
            if place is None:
                return 0
            numbers: set[int] = set()
            for day in self._questions.days(date.min, date.max):
                rows = self._database.execute("SELECT raw FROM filed WHERE day = ? AND domain = ?", (day, place))
                numbers.update(row[0] for row in rows.fetchall())
                self._database.execute("DELETE FROM filed WHERE day = ? AND domain = ?", (day, place))
                self._database.execute("DELETE FROM failed WHERE day = ? AND domain = ?", (day, place))
            for number in numbers:
                self._leave(number, domain)
            self._filing.prune_names()
        self._give_space_back()
        return len(numbers)

    def _leave(self, number: int, domain: str) -> None:
        """A report of several domains stays under the others; of one domain only, it goes with all its copies."""
        row = self._database.execute("SELECT packed, hint FROM raw WHERE id = ?", (number,)).fetchone()
        if row is None:
            return  # it went with another copy
        report = read_report(unpack(row[0])).value
        filed = file_under(report, row[1]) if report else {}
        hidden = {found[0] for found in self._database.execute("SELECT domain FROM hidden WHERE raw = ?", (number,))}
        if set(filed) - hidden - {domain}:
            self._database.execute("INSERT OR IGNORE INTO hidden (raw, domain) VALUES (?, ?)", (number, domain))
        elif report is not None:
            key = self._database.execute("SELECT lower(hex(key)) FROM report WHERE id = ?", (number,)).fetchone()[0]
            copies = self._filing.rivals(report, filed, key)
            for copy in {number, *copies} - set(self._counting(copies - {number})):
                self._filing.remove(copy)

    def expire(self, before: date) -> int:
        """Remove all reports about days before this one, and old quarantine."""
        limit = before.toordinal()
        with self._writing():
            rows = self._database.execute("SELECT id FROM report WHERE day < ?", (limit,)).fetchall()
            for (number,) in rows:
                self._filing.remove(number)
            self._database.execute("DELETE FROM filed WHERE day < ?", (limit,))
            self._database.execute("DELETE FROM failed WHERE day < ?", (limit,))
            midnight = datetime(before.year, before.month, before.day, tzinfo=UTC)
            self._database.execute("DELETE FROM quarantine WHERE received < ?", (int(midnight.timestamp()),))
            self._filing.prune_names()
        self._give_space_back()
        return len(rows)

    def reindex(self) -> int:
        """Derive everything anew from the raw reports, in one transaction: until its end others see the old."""
        total = 0
        with self._writing():
            make_derived_anew(self._database)
            self._filing.forget()
            last = 0
            while rows := self._database.execute(
                "SELECT id, packed, trust, submitter, hint FROM raw WHERE id > ? ORDER BY id LIMIT 1000", (last,)
            ).fetchall():
                for number, packed, trust, submitter, hint in rows:
                    total += self._derive(number, unpack(packed), Trust(trust), submitter, hint)
                last = rows[-1][0]
        return total

    def _derive(self, number: int, raw: bytes, trust: Trust, submitter: str, hint: str) -> int:
        report: Report | None = read_report(raw).value
        if report is None:
            return 0
        filed, key = file_under(report, hint), key_of(raw, submitter)
        rivals = self._filing.rivals(report, filed, key)
        self._filing.index(number, key, report, filed, counts=not rivals)
        if rivals:
            self._filing.settle({number})
        else:
            self._filing.file(number, report, trust, submitter, filed)
        return 1

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
            raise CannotLook(
                f"{self.location}: the store failed: {error}", "is the disk full, or another import stuck?"
            ) from None

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
