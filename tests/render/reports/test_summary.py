"""`reports summary` as JSON, CSV and text: one set of facts in three forms, safe wherever it is printed."""

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

from mtasts.render.reports.rows import TABLES, Table, csv_lines, totals
from mtasts.render.reports.summary import json_list, summary_object, text_of_one
from mtasts.render.reports.summary_tables import table_by, table_of_many
from mtasts.reports.fleet import fleet_lines
from mtasts.reports.summary import summarise
from tests.render.drawn import drawn
from tests.render.hostile import HOSTILE
from tests.render.summaries import hostile, month, silent
from tests.reports.making import WINDOW, detail, result, stored

SCHEMA = json.loads(Path("docs/reference/reports-summary.schema.json").read_text())


def test_the_json_object_is_the_documented_one():
    """The keys that programs rely on, with exact numbers; sts holds trusted MTA-STS sessions and nothing else."""
    found = summary_object(month())
    assert found["domain"] == "example.com"
    assert found["window"] == {"since": "2026-03-01", "until": "2026-03-30", "open_from": "2026-03-29"}
    assert found["sts"] == {"successes": 400 * 27 + sum(range(1, 30)) - 31 + 150 * 26, "failures": 6}
    assert found["tlsa"] == {"successes": 150 * 26, "failures": 0}
    assert found["no_policy"] == {"successes": 0, "failures": 0}
    assert found["reporters"] == ["Google Inc.", "Microsoft Corporation"]
    assert len(found["days"]) == 27
    assert found["gaps"] == [{"first": "2026-03-15", "last": "2026-03-16", "days": 2}]
    assert found["trust"] == {"authenticated": 53, "posted": 1}
    assert found["untrusted"]["sts"] == {"successes": 5, "failures": 4}
    assert [w["code"] for w in found["warnings"]] == ["not-counted"]
    assert [(p["id"], p["mode"], p["sts"]["failures"]) for p in found["policies"]] == [
        ("20260201080000a1b2c3d4", "testing", 3),
        ("20260310090000e5f6a7b8", "enforce", 3),
    ]
    (failure,) = found["failures"]
    assert (failure["result_type"], failure["mx"], failure["failed_sessions"], failure["days"]) == (
        "starttls-not-supported",
        "mx2.example.com",
        6,
        2,
    )
    assert (failure["owner"], failure["gate"], failure["past"]) == ("ours", "block", False)
    assert failure["policies"] == [
        "enforce, mail.example.com, max_age 604800",
        "testing, mail.example.com, max_age 86400",
    ]


@pytest.mark.parametrize("by", ["", *TABLES])
@pytest.mark.parametrize(
    "summary", [month(), month(()), silent(), hostile("<x>")], ids=["month", "bare", "none", "bad"]
)
def test_every_object_fits_the_schema(summary, by):
    """The schema beside the docs describes what is printed, rows included."""
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(summary_object(summary, by))))


def test_the_schema_is_closed():
    """A key that the schema does not know fails, so the schema cannot fall behind."""
    found = {**summary_object(month()), "surprise": 1}
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(json.loads(json.dumps(found)))


def test_a_list_is_json_as_a_whole_and_line_by_line():
    """Several domains: one list, each domain on a line of its own, written as it comes."""
    lines = list(json_list(iter([month(), silent()])))
    assert [item["domain"] for item in json.loads("".join(lines))] == ["example.com", "silent.example.com"]
    assert json.loads(lines[0][1:])["domain"] == "example.com"
    assert json.loads("".join(json_list(iter([])))) == []


def test_rows_by_day_have_every_day():
    """Also those of which nobody spoke, and the open ones marked."""
    rows = TABLES["day"](month()).rows
    assert len(rows) == 30
    assert (rows[14]["day"], rows[14]["reports"], rows[14]["open"]) == ("2026-03-15", 0, False)
    assert [row["day"] for row in rows if row["open"]] == ["2026-03-29", "2026-03-30"]


def test_rows_of_details_never_stand_beside_totals():
    """What details name is called failed_sessions; no column of sums is in these tables."""
    for by in ("mx", "result"):
        columns = TABLES[by](month()).columns
        assert "failed_sessions" in columns
        assert not any(column.startswith("sts_") for column in columns)


def test_a_table_with_other_keys_cannot_be_made():
    """A row that lacks a column would shift a CSV line."""
    with pytest.raises(ValueError, match="does not fit"):
        Table(("a", "b"), ({"a": 1},))


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_is_read_back_and_runs_nowhere(text):
    """Each line is one record of the same width, and no cell begins like a formula."""
    for make in (totals, *TABLES.values()):
        table = make(hostile(text))
        read = list(csv.reader(io.StringIO("\n".join(csv_lines(table, header=True)))))
        assert {len(record) for record in read} == {len(table.columns)}
        assert len(read) == 1 + len(table.rows)
        assert not [cell for record in read for cell in record if cell[:1] in ("=", "+", "@", "\t")]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_cannot_steer_the_terminal(text):
    """No control or format character comes through, in any form of the text."""
    summary = hostile(text)
    lines = [*text_of_one(summary), *(line for by in TABLES for line in drawn(table_by(summary, by)))]
    for line in lines:
        assert line.isprintable() or not line
        assert "\u202e" not in line
        assert len(line) < 2000


def test_the_text_says_what_matters():
    """Sessions per type, gaps, whose problem, the fix, and what was not counted."""
    text = "\n".join(text_of_one(month()))
    for words in (
        "6 failed   MTA-STS was applied",
        "DANE was applied",
        "26 of 28 closed days with sts sessions; missing 2026-03-15 to 2026-03-16 (2)",
        "id 20260310090000e5f6a7b8: enforce, mail.example.com, max_age 1 week",
        "ours    starttls-not-supported at mx2.example.com: an MX offered no STARTTLS",
        "fix: Turn STARTTLS on at every address",
        "not counted: 1 report that nobody vouches for",
    ):
        assert words in text


def test_history_is_marked():
    """A failure seen only under an earlier policy says `past` instead of an owner."""
    reports = [
        stored(4, result(9, 1, detail())),
        stored(20, result(9, 0, policy=("mode: enforce", "mx: mail.example.com"))),
    ]
    summary = summarise("example.com", WINDOW, reports, month().publications)
    assert any(line.startswith("    past    certificate-expired") for line in text_of_one(summary))
    assert summary_object(summary)["failures"][0]["past"] is True
    assert summary_object(summarise("example.com", WINDOW, reports))["failures"][0]["past"] is None


def test_silence_is_said_in_every_form():
    """No reports: warnings in JSON, and words in the text; never a bare zero."""
    assert [w["code"] for w in summary_object(silent())["warnings"]] == ["no-reports"]
    assert "neither good nor bad" in "\n".join(text_of_one(silent()))


def test_many_domains_are_a_line_each():
    """A heading and one line a domain, columns in line."""
    lines = drawn(table_of_many(fleet_lines([], [])))
    assert lines == ["domain  sts ok  failed  reporters  days  last  not counted"]
