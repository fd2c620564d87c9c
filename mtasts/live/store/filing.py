"""Writes and removes what the folder store derives from one report, inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from mtasts.live.store.keys import Filed, Told, digest_of, identities, unpack
from mtasts.live.store.rows import failures, sessions
from mtasts.protocol.report import Report, read_report
from mtasts.reports.duplicates import Copy, duplicates, that_count
from mtasts.reports.filing import file_under
from mtasts.reports.stored import TRUST_RANK, Trust

_NAMES_CACHED = 20_000
# Ours: nobody sends so many copies of one report. Beyond it, copies that would not count anyhow are not kept, so that a
# flood of forged ones costs neither space nor the time to compare them all.
COPIES_LIMIT = 50


_COPIES = """
SELECT raw.id, lower(hex(key)), trust, submitter, organization, nameless, day
FROM identity JOIN raw ON raw.id = identity.raw JOIN report ON report.id = identity.raw
WHERE hash = ? AND content = ?
"""
# Looked at for a word to people only, so a flood of one report-id must not cost more than this.
_BESIDE_LIMIT = 200
_BESIDE = f"""
SELECT 1 FROM (SELECT raw, kinds FROM identity WHERE hash = ? AND content <> ? LIMIT {_BESIDE_LIMIT}) AS found
JOIN raw ON raw.id = found.raw WHERE submitter = ? AND kinds & ? LIMIT 1
"""  # noqa: S608 - a number of ours


class Kept(NamedTuple):
    """A copy that is kept, as far as it can be told from others without reading it."""

    number: int
    key: str
    trust: str
    submitter: str
    organization: str
    nameless: int
    day: int

    def copy(self) -> Copy:
        """It, among copies of one report-id and one content."""
        return Copy(
            self.key, Trust(self.trust), self.submitter, self.organization, "same", "same", 0, bool(self.nameless)
        )


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

    def copies(self, told: Told) -> list[Kept]:
        """What is kept so far of the same report-id and content about the same domain, whoever sent it."""
        return [Kept._make(row) for row in self._database.execute(_COPIES, (told.identity, told.content))]

    def rivals(self, copy: Copy, told: Told) -> list[Kept]:
        """What is kept so far of the same report by the same reporter."""
        same = replace(copy, report_id="same", content="same")
        return [kept for kept in self.copies(told) if duplicates(same, kept.copy())]

    def has_beside(self, told: Told, submitter: str) -> bool:
        """Whether the submitter gave the report-id to another report that says something else about the same."""
        where = (told.identity, told.content, submitter, told.kinds)
        return self._database.execute(_BESIDE, where).fetchone() is not None

    def index(self, number: int, key: str, report: Report, submitter: str, told: Iterable[Told]) -> None:
        """Make a kept report known: day, key, and what tells its copies."""
        execute = self._database.execute
        organization, nameless = digest_of(report.organization_name), int(submitter == report.organization_name)
        row = (number, bytes.fromhex(key), report.day.toordinal(), organization, nameless)
        execute("INSERT INTO report (id, key, day, organization, nameless) VALUES (?, ?, ?, ?, ?)", row)
        for one in told:
            execute("INSERT INTO identity (hash, content, kinds, raw) VALUES (?, ?, ?, ?)", (*one, number))

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

    def settle(self, domain: str, told: Told) -> Settled:
        """Decide anew which copies of a report count under a domain, and file those only."""
        copies = self.copies(told)
        chosen = that_count(kept.copy() for kept in copies)
        before = {kept.number for kept in copies if self._is_filed(kept, domain)}
        now = {kept.number for kept in copies if kept.key in chosen}
        for kept in copies:
            if kept.number in before - now:
                self.unfile(kept, domain)
            elif kept.number in now - before:
                self._file_kept(kept.number, domain)
        return Settled(before, now)

    def unfile(self, kept: Kept, domain: str) -> None:
        """Take a report's sessions and failures out of a domain."""
        where = (kept.day, self.name(domain), kept.number)
        self._database.execute("DELETE FROM filed WHERE day = ? AND domain = ? AND raw = ?", where)
        self._database.execute("DELETE FROM failed WHERE day = ? AND domain = ? AND raw = ?", where)

    def _is_filed(self, kept: Kept, domain: str) -> bool:
        where = (kept.day, self.name(domain), kept.number)
        query = "SELECT 1 FROM filed WHERE day = ? AND domain = ? AND raw = ? LIMIT 1"
        return self._database.execute(query, where).fetchone() is not None

    def _file_kept(self, number: int, domain: str) -> None:
        query = "SELECT packed, trust, submitter, hint FROM raw WHERE id = ?"
        packed, trust, submitter, hint = self._database.execute(query, (number,)).fetchone()
        report = read_report(unpack(packed)).value
        if report is not None:
            policies = file_under(report, hint).get(domain, ())
            self.file(number, report, Trust(trust), submitter, {domain: policies})

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
