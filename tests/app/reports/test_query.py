"""The report store asked by a program: rows as mappings, the same as the command prints."""

import csv
import io
from datetime import date

import pytest

from mtasts.app.reports import Query, summary
from mtasts.cli.main import main
from mtasts.errors import CannotLook
from tests.cli.filled import month

SPAN = {"since": date(2026, 3, 1), "until": date(2026, 3, 30)}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The known month."""
    location = tmp_path_factory.mktemp("kept")
    month(location)
    return str(location)


def test_a_row_for_each_domain(store):
    """All in the store, in order, with their sums; what nobody vouches for is apart."""
    rows = summary(Query(store, **SPAN))
    assert [row["domain"] for row in rows] == ["example.com", "example.net"]
    assert (rows[0]["sts_successes"], rows[0]["sts_failures"], rows[0]["untrusted_reports"]) == (300, 2, 1)


def test_rows_of_named_domains(store):
    """`by` gives a row a day, and so on; numbers are numbers."""
    days = summary(Query(store, ("EXAMPLE.com",), **SPAN), by="day")
    assert len(days) == 30
    assert {row["domain"] for row in days} == {"example.com"}
    assert sum(row["sts_failures"] for row in days) == 2
    assert [row["mx"] for row in summary(Query(store, ("example.com",), **SPAN), by="mx")] == ["mail.example.com"]


@pytest.mark.parametrize("by", ["", "day", "mx", "reporter", "result", "policy"])
def test_they_are_the_rows_of_the_command(store, capsys, by):
    """Column by column."""
    words = ["--by", by] if by else []
    assert (
        main(
            ["reports", "summary", "--store", store, "--since", "2026-03-01", "--until", "2026-03-30", "--csv", *words]
        )
        == 0
    )
    printed = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    rows = summary(Query(store, **SPAN), by)
    assert rows
    assert [list(row) for row in printed] == [list(row) for row in rows]
    assert [row["domain"] for row in printed] == [row["domain"] for row in rows]


def test_what_cannot_be_asked(store, tmp_path):
    """No store, no domain name, days in disorder, rows of another kind."""
    with pytest.raises(CannotLook, match="none"):
        summary(Query(str(tmp_path / "none")))
    with pytest.raises(CannotLook, match="a domain"):
        summary(Query(store, ("a domain",)))
    with pytest.raises(CannotLook, match="before it begins"):
        summary(Query(store, since=date(2026, 3, 2), until=date(2026, 3, 1)))
    with pytest.raises(ValueError, match="one of day, mx"):
        summary(Query(store), by="moon")
