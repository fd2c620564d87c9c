"""The folder store: deletion of reports, and rebuilding of what is derived from them, in the caller's transaction."""

import sqlite3
from datetime import UTC, date, datetime

from mtasts.live.store.filing import Filing
from mtasts.live.store.keys import copy_of, key_of, told, unpack
from mtasts.live.store.questions import Questions
from mtasts.live.store.schema import make_derived_anew
from mtasts.protocol.report import read_report
from mtasts.reports.filing import file_under
from mtasts.reports.stored import Trust


def delete_domain(database: sqlite3.Connection, filing: Filing, questions: Questions, domain: str) -> int:
    """Remove a domain's reports with all their copies; how many counted."""
    place = questions.domain(domain)
    if place is None:
        return 0
    counted: set[int] = set()
    for day in questions.days(date.min, date.max):
        rows = database.execute("SELECT DISTINCT raw FROM filed WHERE day = ? AND domain = ?", (day, place))
        counted.update(row[0] for row in rows.fetchall())
        database.execute("DELETE FROM filed WHERE day = ? AND domain = ?", (day, place))
        database.execute("DELETE FROM failed WHERE day = ? AND domain = ?", (day, place))
    for number in counted:
        _leave(database, filing, number, domain)
    filing.prune_names()
    return len(counted)


def _leave(database: sqlite3.Connection, filing: Filing, number: int, domain: str) -> None:
    """Take a report and its other copies out of a domain."""
    row = database.execute(
        "SELECT packed, hint, lower(hex(key)) FROM raw JOIN report USING (id) WHERE id = ?", (number,)
    ).fetchone()
    report = read_report(unpack(row[0])).value if row else None
    if report is None:
        return  # it went with another copy
    filed = file_under(report, row[1])
    one = told(report, filed, row[2])[domain]
    for copy in {number, *(kept.number for kept in filing.copies(one))}:
        packed, hint = database.execute("SELECT packed, hint FROM raw WHERE id = ?", (copy,)).fetchone()
        kept = read_report(unpack(packed)).value
        domains = set(file_under(kept, hint)) if kept else set()
        hidden = {found[0] for found in database.execute("SELECT domain FROM hidden WHERE raw = ?", (copy,))}
        if domains - hidden - {domain}:
            # It stays under the others, and a reindex must not bring it back here.
            database.execute("INSERT OR IGNORE INTO hidden (raw, domain) VALUES (?, ?)", (copy, domain))
            database.execute("DELETE FROM identity WHERE hash = ? AND raw = ?", (one.identity, copy))
        else:
            filing.remove(copy)


def expire_days(database: sqlite3.Connection, filing: Filing, before: date) -> int:
    """Remove the reports about earlier days, and what came into quarantine earlier; how many reports."""
    limit = before.toordinal()
    numbers = [row[0] for row in database.execute("SELECT id FROM report WHERE day < ?", (limit,))]
    for number in numbers:
        filing.remove(number)
    database.execute("DELETE FROM filed WHERE day < ?", (limit,))
    database.execute("DELETE FROM failed WHERE day < ?", (limit,))
    midnight = datetime(before.year, before.month, before.day, tzinfo=UTC)
    database.execute("DELETE FROM quarantine WHERE received < ?", (int(midnight.timestamp()),))
    filing.prune_names()
    return len(numbers)


def derive_anew(database: sqlite3.Connection, filing: Filing) -> int:
    """Fill new derived tables from the raw reports; how many were readable."""
    make_derived_anew(database)
    filing.forget()
    total = last = 0
    query = "SELECT id, packed, trust, submitter, hint FROM raw WHERE id > ? ORDER BY id LIMIT 1000"
    while rows := database.execute(query, (last,)).fetchall():
        for number, packed, trust, submitter, hint in rows:
            total += _derive(database, filing, number, unpack(packed), Trust(trust), submitter, hint)
        last = rows[-1][0]
    return total


def _derive(
    database: sqlite3.Connection, filing: Filing, number: int, raw: bytes, trust: Trust, submitter: str, hint: str
) -> int:
    report = read_report(raw).value
    if report is None:
        return 0
    hidden = {row[0] for row in database.execute("SELECT domain FROM hidden WHERE raw = ?", (number,))}
    filed = {domain: found for domain, found in file_under(report, hint).items() if domain not in hidden}
    key = key_of(raw, submitter)
    shared = told(report, filed, key)
    copy = copy_of(key, report, trust, submitter, ())
    rivals = {domain: filing.rivals(copy, one) for domain, one in shared.items()}
    filing.index(number, key, report, submitter, shared.values())
    for domain, policies in filed.items():
        if rivals[domain]:
            filing.settle(domain, shared[domain])
        else:
            filing.file(number, report, trust, submitter, {domain: policies})
    return 1
