"""Use cases of TLS reports: import them, sum them up, write pages and metrics, explain one, maintain the store.

`summary` is the part for programs; the modules here are for the verbs of `mtasts reports`.
"""

from datetime import UTC, datetime

from mtasts.app.reports.query import Query, ask
from mtasts.render.reports.rows import TABLES, Cell, Row, totals

__all__ = ["Cell", "Query", "Row", "summary"]


def summary(query: Query, by: str = "") -> tuple[Row, ...]:
    """The rows that `mtasts reports summary --csv` prints, as mappings from a column's name to its value.

    One row a domain, or with `by` (`day`, `mx`, `reporter`, `result`, `policy`) the rows of each domain. Texts are as
    reporters wrote them: escape them where they are shown. Raises CannotLook for a store that cannot be read, for what
    is not a domain and for days in disorder, ValueError for another `by`.
    """
    if by and by not in TABLES:
        raise ValueError(f"by {by!r}: one of {', '.join(TABLES)}")
    table = TABLES[by] if by else totals
    with ask(query, datetime.now(UTC).date()) as answers:
        return tuple(row for one in answers.summaries() for row in table(one).rows)
