"""Writes and removes what the folder store derives from one report, inside the caller's transaction."""

import sqlite3
from collections import Counter

from mtasts.evidence.duplicates import that_count
from mtasts.evidence.filing import file_under
from mtasts.evidence.stored import TRUST_RANK, Trust
from mtasts.live.store.keys import Filed, copy_of, identities, unpack
from mtasts.protocol.report import PolicyResult, Report, read_report

_NAMES_CACHED = 200_000
# Ours: nobody sends so many copies of one report. Beyond it, copies without proof are not kept, so that a flood of
# forged ones costs neither space nor the time to compare them all.
_COPIES_LIMIT = 50


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

    def rivals(self, report: Report, filed: Filed, key: str) -> set[int]:
        """The copies kept so far that may be of the same report."""
        hashes = identities(report, filed, key)
        marks = ",".join("?" * len(hashes))
        rows = self._database.execute(f"SELECT raw FROM identity WHERE hash IN ({marks})", hashes)  # noqa: S608 - marks only
        return {row[0] for row in rows}

    def index(self, number: int, key: str, report: Report, filed: Filed, *, counts: bool) -> None:
        """Make a kept report known: day, key, identities. Where it has rivals, `settle` decides whether it counts."""
        execute = self._database.execute
        row = (number, bytes.fromhex(key), report.day.toordinal(), int(counts))
        execute("INSERT INTO report (id, key, day, counts) VALUES (?, ?, ?, ?)", row)
        for value in identities(report, filed, key):
            execute("INSERT INTO identity (hash, raw) VALUES (?, ?)", (value, number))

    def file(self, number: int, report: Report, trust: Trust, submitter: str, filed: Filed) -> None:
        """Add a report's sessions and failures under each of its domains."""
        day, rank, reporter = report.day.toordinal(), TRUST_RANK[trust], self.name(submitter)
        hidden = self._hidden(number)
        for domain, policies in filed.items():
            if domain in hidden:
                continue
            place = self.name(domain)
            for kind, (successes, failures) in _sessions(policies).items():
                self._database.execute(
                    "INSERT INTO filed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (day, place, self.name(kind), rank, number, reporter, successes, failures),
                )
            for (kind, result, mx), sessions in _failures(policies).items():
                self._database.execute(
                    "INSERT INTO failed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (day, place, self.name(kind), rank, self.name(result), self.name(mx), number, sessions),
                )

    def unfile(self, number: int, report: Report, domains: list[str]) -> None:
        """Take a report's sessions and failures out again."""
        for domain in domains:
            where = (report.day.toordinal(), self.name(domain), number)
            self._database.execute("DELETE FROM filed WHERE day = ? AND domain = ? AND raw = ?", where)
            self._database.execute("DELETE FROM failed WHERE day = ? AND domain = ? AND raw = ?", where)

    def settle(self, numbers: set[int]) -> dict[int, bool]:
        """Decide anew which of these copies, and of those that are linked to them, count; file accordingly."""
        copies = {}
        waiting = set(numbers)
        while waiting:
            number = waiting.pop()
            row = self._database.execute(
                "SELECT packed, trust, submitter, hint, lower(hex(key)) FROM raw JOIN report USING (id) WHERE id = ?",
                (number,),
            ).fetchone()
            report = read_report(unpack(row[0])).value if row else None
            if report is None:
                continue
            filed = file_under(report, row[3])
            copies[number] = (copy_of(row[4], report, Trust(row[1]), row[2], filed), report, filed)
            if len(copies) <= _COPIES_LIMIT:
                waiting |= self.rivals(report, filed, row[4]) - copies.keys()
        chosen = that_count(copy for copy, _, _ in copies.values())
        for number, (copy, report, filed) in copies.items():
            self.unfile(number, report, list(filed))
            counts = copy.key in chosen
            self._database.execute("UPDATE report SET counts = ? WHERE id = ?", (int(counts), number))
            if counts:
                self.file(number, report, copy.trust, copy.submitter, filed)
        return {number: copy.key in chosen for number, (copy, _, _) in copies.items()}

    def crowded(self, rivals: set[int]) -> bool:
        """Whether there are more copies than anybody sends."""
        return len(rivals) >= _COPIES_LIMIT

    def remove(self, number: int) -> None:
        """Remove a report and all that is derived from it, but not its rows by day: the caller removes those."""
        row = self._database.execute(
            "SELECT packed, hint, lower(hex(key)) FROM raw JOIN report USING (id) WHERE id = ?", (number,)
        ).fetchone()
        report = read_report(unpack(row[0])).value if row else None
        if report is not None:
            for value in identities(report, file_under(report, row[1]), row[2]):
                self._database.execute("DELETE FROM identity WHERE hash = ? AND raw = ?", (value, number))
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


def _sessions(policies: tuple[PolicyResult, ...]) -> dict[str, tuple[int, int]]:
    """Policy type -> successes and failures; a report may hold two policies of one type, before and after a change."""
    found: dict[str, tuple[int, int]] = {}
    for policy in policies:
        successes, failures = found.get(policy.policy_type, (0, 0))
        found[policy.policy_type] = (successes + policy.successes, failures + policy.failures)
    return found


def _failures(policies: tuple[PolicyResult, ...]) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for policy in policies:
        for detail in policy.details:
            found[policy.policy_type, detail.result_type, detail.receiving_mx_hostname] += detail.failed_sessions
    return found
