"""`reports summary` as tables: many domains, or one by day, MX host, reporter, result or policy."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.text import Text

from mtasts.render.escape import shorten, terminal
from mtasts.render.reports.rows import TABLES, grouped, text_cells
from mtasts.render.table import Indented, Titled
from mtasts.reports.fleet import FleetLine
from mtasts.reports.summary import Summary
from mtasts.words.names import with_u_labels

# Foreign text in a table: enough to recognise it.
_TEXT_LIMIT = 60


def table_of_many(lines: Iterable[FleetLine]) -> Titled:
    """A row a domain."""
    table = Titled(
        "domain", "sts ok", "failed", "reporters", "days", "last", "not counted", right=(1, 2, 3, 4), style=""
    )
    for line in lines:
        sts, others = line.counts.sts, line.untrusted.sts
        table.add_row(
            terminal(with_u_labels(line.domain)),
            grouped(sts.successes),
            grouped(sts.failures),
            str(line.reporters),
            str(line.days),
            str(line.last or "-"),
            f"{grouped(others.successes)} ok, {grouped(others.failures)} failed" if others.total else "",
        )
    return table


def table_by(summary: Summary, by: str) -> RenderableType:
    """The rows of one domain by day, mx, reporter, result or policy, under its name."""
    name = Text(terminal(with_u_labels(summary.domain)))
    found = TABLES[by](summary)
    if not found.rows:
        return Group(name, Text("  nothing"))
    titles, cells, numbers = text_cells(
        found, lambda text: terminal(shorten(with_u_labels(text), _TEXT_LIMIT)), leave_out=("domain", "fix")
    )
    table = Titled(*titles, right=numbers, style="")
    for row in cells:
        table.add_row(*row)
    return Group(name, Indented(table))
