"""Writes and removes what the folder store derives from one report, inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from mtasts.evidence.duplicates import Copy, that_count
from mtasts.evidence.filing import file_under
from mtasts.evidence.stored import TRUST_RANK, Trust
from mtasts.live.store.keys import Filed, copy_of, identities, unpack
from mtasts.live.store.rows import failures, sessions
from mtasts.protocol.report import PolicyResult, Report, read_report

_NAMES_CACHED = 20_000
# Ours: nobody sends so many copies of one report. Beyond it, copies without proof are not kept, so that a flood of
# forged ones costs neither space nor the time to compare them all.
COPIES_LIMIT = 50


_COPIES = """
SELECT raw.id, lower(hex(key)), trust, submitter, nameless
FROM identity JOIN raw ON raw.id = identity.raw JOIN report ON report.id = identity.raw
WHERE hash = ?
"""


class Kept(NamedTuple):
    """A copy that is kept, as far as it can be told from others without reading it."""

    number: int
    key: str
    trust: str
    submitter: str
    nameless: int

    def may_equal(self, submitter: str, *, nameless: bool) -> bool:
        """Whether it may be of the same reporter: many use a report-id of day and domain, and differ in this only."""
        return self.submitter == submitter or bool(self.nameless) or nameless


@dataclass(frozen=True, slots=True)
class Settled:
    """The numbers of the copies that counted under a domain before, and that do now."""

    before: set[int]
    now: set[int]


class Filing:
    """The derived tables of one database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._names: dict[str, int] = {}

    def forget(self) -> None:
        """Drop what is cached: a transaction was rolled back, or names were removed."""
        self._names.clear()

    def name(self, text: str) -> int:
        """The number that stands for a text."""
        found = self._names.get(text)
        if found is None:
            row = self._database.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
            if row is None:
                found = self._database.execute("INSERT INTO name (text) VALUES (?)", (text,)).lastrowid or 0
            else:
                found = int(row[0])
            if len(self._names) >= _NAMES_CACHED:
                self._names.clear()
            self._names[text] = found
        return found

    def copies(self, identity: int) -> list[Kept]:
        """The copies kept so far that may be of the same report about the same domain."""
        return [Kept._make(row) for row in self._database.execute(_COPIES, (identity,))]

    def index(self, number: int, key: str, report: Report, submitter: str, identities: Iterable[int]) -> None:
        """Make a kept report known: day, key, identities."""
        execute = self._database.execute
        nameless = int(submitter == report.organization_name)
        row = (number, bytes.fromhex(key), report.day.toordinal(), nameless)
        execute("INSERT INTO report (id, key, day, nameless) VALUES (?, ?, ?, ?)", row)
        for identity in identities:
            execute("INSERT INTO identity (hash, raw) VALUES (?, ?)", (identity, number))

    def file(self, number: int, report: Report, trust: Trust, submitter: str, filed: Filed) -> None:
        """Add a report's sessions and failures under each of these domains."""
        day, rank, reporter = report.day.toordinal(), TRUST_RANK[trust], self.name(submitter)
        hidden = self._hidden(number)
        for domain, policies in filed.items():
            if domain in hidden:
                continue
            place = self.name(domain)
            for kind, (good, bad) in sessions(policies).items():
                self._database.execute(
                    "INSERT INTO filed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (day, place, self.name(kind), rank, number, reporter, good, bad),
                )
            for (kind, result, mx), count in failures(policies).items():
                self._database.execute(
                    "INSERT INTO failed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (day, place, self.name(kind), rank, self.name(result), self.name(mx), number, count),
                )

    def settle(self, domain: str, identity: int) -> Settled:
        """Decide anew which copies of a report count under a domain, and file those only."""
        copies: dict[int, tuple[Copy, Report, tuple[PolicyResult, ...]]] = {}
        for number, *_ in self.copies(identity):
            row = self._database.execute(
                "SELECT packed, trust, submitter, hint, lower(hex(key)) FROM raw JOIN report USING (id) WHERE id = ?",
                (number,),
            ).fetchone()
            report = read_report(unpack(row[0])).value
            if report is not None:
                policies = file_under(report, row[3]).get(domain, ())
                copy = copy_of(row[4], report, Trust(row[1]), row[2], domain, policies)
                copies[number] = (copy, report, policies)
        chosen = that_count(copy for copy, _, _ in copies.values())
        place = self.name(domain)
        before = set()
        for number, (copy, report, policies) in copies.items():
            where = (report.day.toordinal(), place, number)
            gone = self._database.execute("DELETE FROM filed WHERE day = ? AND domain = ? AND raw = ?", where)
            if gone.rowcount:
                before.add(number)
            self._database.execute("DELETE FROM failed WHERE day = ? AND domain = ? AND raw = ?", where)
            if copy.key in chosen:
                self.file(number, report, copy.trust, copy.submitter, {domain: policies})
        return Settled(before, {number for number, (copy, _, _) in copies.items() if copy.key in chosen})

    def remove(self, number: int) -> None:
        """Remove a report and all that is derived from it, but not its rows by day: the caller removes those."""
        row = self._database.execute(
            "SELECT packed, hint, lower(hex(key)) FROM raw JOIN report USING (id) WHERE id = ?", (number,)
        ).fetchone()
        report = read_report(unpack(row[0])).value if row else None
        if report is not None:
            for identity in identities(report, file_under(report, row[1]), row[2]).values():
                self._database.execute("DELETE FROM identity WHERE hash = ? AND raw = ?", (identity, number))
        self._database.execute("DELETE FROM report WHERE id = ?", (number,))
        self._database.execute("DELETE FROM hidden WHERE raw = ?", (number,))
        self._database.execute("DELETE FROM raw WHERE id = ?", (number,))

    def prune_names(self) -> None:
        """Remove the names that nothing uses any more, so that a deleted domain leaves nothing behind."""
        self._database.execute(
            "DELETE FROM name WHERE id NOT IN (SELECT domain FROM filed UNION SELECT submitter FROM filed"
            " UNION SELECT kind FROM filed UNION SELECT result FROM failed UNION SELECT mx FROM failed)"
        )
        self.forget()

    def _hidden(self, number: int) -> set[str]:
        return {row[0] for row in self._database.execute("SELECT domain FROM hidden WHERE raw = ?", (number,))}
