"""The rows of `reports summary --by ...`: computed once, printed as text, CSV or JSON.

Pure. Rows by day, reporter and policy hold sessions from report totals; rows by mx and result hold what failure details
name, which may overlap and is therefore called `failed_sessions` and never stands in one table with totals.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mtasts.render.runner import in_text
from mtasts.reports.failures import Failure
from mtasts.reports.summary import Summary
from mtasts.reports.tally import Counts, Line, Sessions
from mtasts.words.counted import number

Cell = str | int | bool
Row = dict[str, Cell]

_SESSIONS = (
    "sts_successes",
    "sts_failures",
    "tlsa_successes",
    "tlsa_failures",
    "no_policy_successes",
    "no_policy_failures",
)
_FAILURE = (
    "policy_type",
    "failed_sessions",
    "reports",
    "reporters",
    "first",
    "last",
    "days",
    "owner",
    "gate",
    "cause",
    "fix",
)


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and rows that have exactly these keys."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if tuple(row) != self.columns:
                raise ValueError(f"row {tuple(row)} does not fit the columns {self.columns}")


def totals(summary: Summary) -> Table:
    """One row: the domain's sums, for a list of domains."""
    row: Row = {
        "domain": summary.domain,
        "since": str(summary.window.since),
        "until": str(summary.window.until),
        **_sessions(summary.counts),
        "reports": summary.reports,
        "reporters": len(summary.reporters),
        "days": len(summary.covered),
        "last": str(summary.covered[-1]) if summary.covered else "",
        "untrusted_reports": summary.untrusted.reports,
        "warnings": len(summary.notes),
    }
    return _table(tuple(row), [row])


def by_day(summary: Summary) -> Table:
    """A row for every day of the window, also for those of which nobody spoke; `open` ones are not over yet."""
    lines = {line.key: line for line in summary.days}
    rows = []
    for day in summary.window.days():
        line = lines.get(day)
        counts, reports = (line.counts, line.reports) if line else (Counts(), 0)
        start: Row = {"domain": summary.domain, "day": str(day), "open": summary.window.is_open(day)}
        rows.append({**start, **_sessions(counts), "reports": reports})
    return _table(("domain", "day", "open", *_SESSIONS, "reports"), rows)


def by_reporter(summary: Summary) -> Table:
    """A row for each reporter, the one with most `sts` sessions first."""
    rows = [
        {
            "domain": summary.domain,
            "reporter": line.key,
            "organization": summary.name_of(line.key),
            "repute": summary.repute_of(line.key).value,
            **_line(line),
        }
        for line in summary.reporters
    ]
    return _table(("domain", "reporter", "organization", "repute", *_SESSIONS, "reports", "first", "last"), rows)


def by_policy(summary: Summary) -> Table:
    """A row for each policy that senders say they applied, with its id when the publications are known."""
    rows = [
        {
            "domain": summary.domain,
            "id": era.publication.id if era.publication else "",
            "mode": era.policy.mode,
            "max_age": "" if era.policy.max_age is None else era.policy.max_age,
            "mx": " ".join(era.policy.mx),
            "sts_successes": era.line.counts.sts.successes,
            "sts_failures": era.line.counts.sts.failures,
            "reports": era.line.reports,
            "first": str(era.line.first),
            "last": str(era.line.last),
        }
        for era in summary.policies
    ]
    columns = ("domain", "id", "mode", "max_age", "mx", "sts_successes", "sts_failures", "reports", "first", "last")
    return _table(columns, rows)


def by_mx(summary: Summary) -> Table:
    """A row for each MX host and what failed there."""
    rows = [
        {"domain": summary.domain, "mx": failure.mx, "result_type": failure.result_type, **_failure(failure)}
        for failure in sorted(summary.failures, key=lambda f: (f.mx == "", f.mx))
    ]
    return _table(("domain", "mx", "result_type", *_FAILURE), rows)


def by_result(summary: Summary) -> Table:
    """A row for each result type and where it happened."""
    rows = [
        {"domain": summary.domain, "result_type": failure.result_type, "mx": failure.mx, **_failure(failure)}
        for failure in sorted(summary.failures, key=lambda f: (f.result_type == "", f.result_type))
    ]
    return _table(("domain", "result_type", "mx", *_FAILURE), rows)


TABLES: dict[str, Callable[[Summary], Table]] = {
    "day": by_day,
    "mx": by_mx,
    "reporter": by_reporter,
    "result": by_result,
    "policy": by_policy,
}


def csv_lines(table: Table, *, header: bool) -> Iterable[str]:
    """The table as CSV lines (RFC 4180, without line ends); text that a spreadsheet would run gets a `'` in front."""
    if header:
        yield ",".join(table.columns)
    for row in table.rows:
        yield ",".join(_csv_cell(value) for value in row.values())


def text_cells(
    table: Table, escape: Callable[[str], str], leave_out: Sequence[str] = ()
) -> tuple[list[str], list[list[str]], list[int]]:
    """Titles, rows, and which columns are numbers; `escape` is applied to every text."""
    columns = [name for name in table.columns if name not in leave_out]
    cells = [[_text_cell(row[name], escape) for name in columns] for row in table.rows]
    titles = [name.replace("successes", "ok").replace("failures", "failed").replace("_", " ") for name in columns]
    numbers = [n for n, name in enumerate(columns) if table.rows and all(type(row[name]) is int for row in table.rows)]
    return titles, cells, numbers


def _table(columns: tuple[str, ...], rows: Sequence[Row]) -> Table:
    return Table(columns, tuple(rows))


def _sessions(counts: Counts) -> Row:
    kinds: tuple[Sessions, ...] = (counts.sts, counts.tlsa, counts.no_policy)
    numbers = [count for kind in kinds for count in (kind.successes, kind.failures)]
    return dict(zip(_SESSIONS, numbers, strict=True))


def _line(line: Line[str]) -> Row:
    return {**_sessions(line.counts), "reports": line.reports, "first": str(line.first), "last": str(line.last)}


def _failure(failure: Failure) -> Row:
    values: tuple[Cell, ...] = (
        failure.policy_type,
        failure.failed_sessions,
        failure.reports,
        " ".join(failure.reporters),
        str(failure.days[0]),
        str(failure.days[-1]),
        len(failure.days),
        failure.owner.value,
        failure.cause.effect.value,
        failure.cause.title,
        failure.cause.fix,
    )
    return dict(zip(_FAILURE, values, strict=True))


def _csv_cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    text = "".join(char if char.isprintable() else " " for char in value)
    if text[:1] in ("=", "+", "-", "@"):
        text = "'" + text
    text = in_text(text)
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',"') else text


def _text_cell(value: Cell, escape: Callable[[str], str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return grouped(value) if isinstance(value, int) else escape(value)


def grouped(count: int) -> str:
    """A number with its thousands set apart: `1 204`."""
    return f"{count:,}".replace(",", " ")


def counted(count: int, noun: str) -> str:
    """The same with its noun: `1 204 sessions`, `1 session`."""
    return grouped(count) + number(count, noun).removeprefix(str(count))
