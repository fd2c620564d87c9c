"""Queries of the folder store, answered from its derived tables."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime

from mtasts.live.store.keys import key_of, unpack
from mtasts.live.store.notes import read_notes
from mtasts.protocol.report import read_report
from mtasts.reports.stored import TRUST_RANK, DayRow, FailureRow, StoredReport, Trust

_TRUST = {rank: trust for trust, rank in TRUST_RANK.items()}

# The days that have reports, found by skipping from one to the next along the key.
_DAYS = """
WITH RECURSIVE days(day) AS (
    SELECT min(day) FROM filed WHERE day >= ?
    UNION ALL
    SELECT (SELECT min(day) FROM filed WHERE filed.day > days.day) FROM days WHERE day IS NOT NULL
)
SELECT day FROM days WHERE day <= ?
"""
# Without the table `report`, whose keys can be told from the raw report: each table is one more read of the disk for
# each report of the window.
_WINDOW = """
SELECT packed, trust, submitter, hint, received, source, notes
FROM (SELECT DISTINCT raw FROM filed WHERE day = ? AND domain = ?) AS found JOIN raw ON raw.id = found.raw
"""
_FLEET = """
SELECT domain, kind, trust, count(*), sum(successes), sum(failures), group_concat(submitter)
FROM filed WHERE day = ? GROUP BY domain, kind, trust
"""
_FAILURES = """
SELECT domain, kind, trust, result, mx, count(*), sum(sessions)
FROM failed WHERE day = ? GROUP BY domain, kind, trust, result, mx
"""


class Questions:
    """Read-only; each answer is consistent within a day, also while others import."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def days(self, since: date, until: date) -> list[int]:
        """The days within the span that have reports, as ordinals."""
        rows = self._database.execute(_DAYS, (since.toordinal(), until.toordinal()))
        return [row[0] for row in rows]

    def domains(self) -> list[str]:
        """All policy domains, sorted."""
        rows = self._database.execute("SELECT text FROM name WHERE id IN (SELECT DISTINCT domain FROM filed)")
        return sorted(row[0] for row in rows)

    def domain(self, text: str) -> int | None:
        """The number of a domain that has, or had, reports."""
        row = self._database.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
        return row[0] if row else None

    def window(self, domain: str, since: date, until: date) -> Iterator[StoredReport]:
        """A domain's reports by day, then key."""
        number = self.domain(domain)
        if number is None:
            return
        for day in self.days(since, until):
            rows = self._database.execute(_WINDOW, (day, number)).fetchall()
            found = [stored for stored in map(_stored, rows) if stored is not None]
            yield from sorted(found, key=lambda stored: stored.key)

    def fleet(self, since: date, until: date) -> Iterator[DayRow]:
        """Sessions of all domains, a day at a time."""
        names = self._names()
        for day in self.days(since, until):
            rows = self._database.execute(_FLEET, (day,)).fetchall()
            rows.sort(key=lambda row: (names[row[0]], names[row[1]], row[2]))
            on = date.fromordinal(day)
            for domain, kind, trust, reports, successes, failures, submitters in rows:
                who = tuple(sorted({names[int(number)] for number in submitters.split(",")}))
                yield DayRow(names[domain], on, names[kind], _TRUST[trust], reports, successes, failures, who)

    def fleet_failures(self, since: date, until: date) -> Iterator[FailureRow]:
        """Failure details of all domains, a day at a time."""
        names = self._names()
        for day in self.days(since, until):
            rows = self._database.execute(_FAILURES, (day,)).fetchall()
            rows.sort(key=lambda row: (names[row[0]], names[row[1]], row[2], names[row[3]], names[row[4]]))
            on = date.fromordinal(day)
            for domain, kind, trust, result, mx, reports, sessions in rows:
                yield FailureRow(
                    names[domain], on, names[kind], _TRUST[trust], names[result], names[mx], reports, sessions
                )

    def _names(self) -> dict[int, str]:
        return dict(self._database.execute("SELECT id, text FROM name"))


def _stored(row: tuple[bytes, str, str, str, int, str, str]) -> StoredReport | None:
    packed, trust, submitter, hint, received, source, notes = row
    raw = unpack(packed)
    reading = read_report(raw)
    if reading.value is None:
        return None  # a reader of another version took it; it is still in the file, and a reindex tells
    return StoredReport(
        key=key_of(raw, submitter),
        report=reading.value,
        trust=Trust(trust),
        submitter=submitter,
        received=datetime.fromtimestamp(received, UTC),
        warnings=(*reading.problems, *read_notes(notes)),
        source=source,
        hint=hint,
    )
