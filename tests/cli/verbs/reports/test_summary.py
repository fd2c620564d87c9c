"""`mtasts reports summary` on a real store."""

import csv
import io
import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from mtasts.cli.main import main
from tests.cli.filled import document, fill, month, reports

SPAN = ("--since", "2026-03-01", "--until", "2026-03-30")
SCHEMA = json.loads(Path("docs/reference/reports-summary.schema.json").read_text())


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The month, stored once."""
    location = tmp_path_factory.mktemp("store")
    month(location)
    return location


def test_one_domain_as_json(store, capsys):
    """One DOMAIN gives one object, in the documented shape, with the numbers of trusted sts totals."""
    code, out, err = reports(capsys, "summary", "Example.COM.", "--store", store, *SPAN, "--json")
    found = json.loads(out)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert (code, err) == (0, "")
    assert found["domain"] == "example.com"
    assert found["sts"] == {"successes": 300, "failures": 2}
    assert found["tlsa"] == {"successes": 5, "failures": 0}
    assert found["untrusted"]["sts"] == {"successes": 99, "failures": 9}
    assert found["reporters"] == ["Google Inc.", "Microsoft Corporation"]
    assert (found["days"][0], found["days"][-1], len(found["days"])) == ("2026-03-09", "2026-03-28", 20)
    assert [(f["result_type"], f["mx"], f["owner"]) for f in found["failures"]] == [
        ("certificate-expired", "mail.example.com", "ours")
    ]


def test_several_domains_are_a_list(store, capsys):
    """All of the store, or those named, one line each; a domain without reports is in it and says so."""
    _, out, _ = reports(capsys, "summary", "--store", store, *SPAN, "--json")
    assert [(d["domain"], d["sts"]["successes"]) for d in json.loads(out)] == [("example.com", 300), ("example.net", 7)]
    _, out, _ = reports(capsys, "summary", "nothing.example", "example.net", "--store", store, *SPAN, "--json")
    nothing, net = json.loads(out)
    assert [w["code"] for w in nothing["warnings"]] == ["no-reports"]
    assert net["sts"]["successes"] == 7
    assert len(out.splitlines()) == 3


@pytest.mark.parametrize("by", ["day", "mx", "reporter", "result", "policy"])
def test_rows_are_the_same_in_json_and_csv(store, capsys, by):
    """--by gives the same rows in every form."""
    _, out, _ = reports(capsys, "summary", "example.com", "--store", store, *SPAN, "--by", by, "--json")
    rows = json.loads(out)["rows"]
    _, out, _ = reports(capsys, "summary", "example.com", "--store", store, *SPAN, "--by", by, "--csv")
    read = list(csv.DictReader(io.StringIO(out)))
    assert rows
    words = {True: "yes", False: "no"}
    assert read == [{k: words[v] if isinstance(v, bool) else str(v) for k, v in row.items()} for row in rows]
    code, out, _ = reports(capsys, "summary", "example.com", "--store", store, *SPAN, "--by", by)
    assert code == 0
    assert len(out.splitlines()) == 2 + len(rows)


def test_csv_of_many_has_one_header(store, capsys):
    """Domains follow each other under one header line."""
    _, out, _ = reports(capsys, "summary", "--store", store, *SPAN, "--csv")
    read = list(csv.DictReader(io.StringIO(out)))
    assert [(r["domain"], r["sts_successes"], r["sts_failures"]) for r in read] == [
        ("example.com", "300", "2"),
        ("example.net", "7", "0"),
    ]


def test_text_of_many_agrees_with_the_reports(store, capsys):
    """The quick way over the store's day rows gives the numbers that the reports give."""
    _, out, _ = reports(capsys, "summary", "--store", store, *SPAN)
    lines = [line.split() for line in out.splitlines()[1:]]
    assert lines == [
        ["example.com", "300", "2", "2", "20", "2026-03-28", "99", "ok,", "9", "failed"],
        ["example.net", "7", "0", "1", "1", "2026-03-25"],
    ]


def test_the_window_is_by_date_range_and_both_ends_count(store, capsys):
    """--since and --until are UTC days of the reports, not of their import (which was just now)."""
    words = ("summary", "example.com", "--store", store, "--json")
    for since, until, successes in (
        ("2026-03-09", "2026-03-09", 15),
        ("2026-03-09", "2026-03-10", 30),
        ("2026-03-01", "2026-03-08", 0),
        ("2026-03-28", "2026-03-28", 15),
    ):
        _, out, _ = reports(capsys, *words, "--since", since, "--until", until)
        assert json.loads(out)["sts"]["successes"] == successes, (since, until)
    _, out, _ = reports(capsys, *words, "--until", "2026-03-30")
    assert json.loads(out)["window"]["since"] == "2026-03-01"


def test_the_default_window_is_the_last_thirty_days(tmp_path, capsys):
    """Without days: 30 that end today, which may be another day than when the test began; the last two are open."""
    today = datetime.now(UTC).date()
    month(tmp_path, today)
    _, out, _ = reports(capsys, "summary", "example.com", "--store", tmp_path, "--json")
    found = json.loads(out)
    last = date.fromisoformat(found["window"]["until"])
    assert today <= last <= datetime.now(UTC).date()
    assert found["window"] == {
        "since": str(last - timedelta(days=29)),
        "until": str(last),
        "open_from": str(last - timedelta(days=1)),
    }
    assert found["sts"]["successes"] == 300


def test_eras_with_publications(store, tmp_path, capsys):
    """A file of publications gives each policy its id."""
    text = "version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmax_age: 86400\r\n"
    first, switch = "2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z"
    ledger = [
        {"domain": "example.com", "id": "id1", "text": text, "since": first, "until": switch},
        {"domain": "example.com", "id": "id2", "text": text, "since": switch, "until": None, "ttl": 300},
    ]
    path = tmp_path / "publications.json"
    path.write_text(json.dumps(ledger))
    words = ("summary", "example.com", "--store", store, *SPAN, "--publications", path, "--json")
    _, out, _ = reports(capsys, *words)
    assert [(p["id"], p["sts"]["successes"]) for p in json.loads(out)["policies"]] == [("id1", 165), ("id2", 135)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--since", "2026-03-02", "--until", "2026-03-01"), "before it begins"),
        (("--publications", "/nowhere.json"), "/nowhere.json: No such file"),
    ],
)
def test_what_cannot_be_looked_at_is_one_line_and_two(store, capsys, words, says):
    """Exit code 2, the thing named, no traceback."""
    code, out, err = reports(capsys, "summary", "example.com", "--store", store, *words)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[0]


@pytest.mark.parametrize("word", ["no domain", "exa_mple..com", "x" * 70 + ".example", ""])
def test_a_word_that_is_no_domain_is_one_line_and_two(store, capsys, word):
    """A slip must not look like a domain without reports."""
    code, out, err = reports(capsys, "summary", word, "--store", store, *SPAN)
    assert (code, out) == (2, "")
    assert err.startswith(f"mtasts: {word}: ")
    assert "hint: name a mail domain" in err


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        '[{"domain": "example.com"}]',
        "[" * 100_000,
        '[{"domain": "d.example", "id": "1", "text": "", "since": "x", "until": null}]',
        '[{"domain": "d.example", "id": "1", "text": "", "since": "2026-03-01T00:00:00", "until": null}]',
    ],
)
def test_a_bad_file_of_publications_is_one_line_and_two(store, tmp_path, capsys, content):
    """Whatever is in the file: exit code 2 and its name."""
    path = tmp_path / "publications.json"
    path.write_text(content)
    code, _, err = reports(capsys, "summary", "example.com", "--store", store, "--publications", path)
    assert code == 2
    assert str(path) in err.splitlines()[0]


def test_no_store_is_one_line_and_two(tmp_path, capsys):
    """Before the first import there is nothing to read, and the way out is said."""
    code, out, err = reports(capsys, "summary", "example.com", "--store", tmp_path / "none")
    assert (code, out) == (2, "")
    assert "none" in err
    assert "Traceback" not in err


def test_a_date_that_is_none_is_a_usage_error(store, capsys):
    """argparse says which argument and how it is written."""
    with pytest.raises(SystemExit) as stop:
        main(["reports", "summary", "--store", str(store), "--since", "yesterday"])
    assert stop.value.code == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_import_order_and_repetition_do_not_change_the_answer(tmp_path, capsys):
    """The same reports forward, backward and twice give the same bytes."""
    documents = [
        document(f"2026-03-{day:02}", day, day % 3, by=by, name=by, kind=kind)
        for day in range(1, 20)
        for by in ("google.com", "microsoft.com")
        for kind in ("sts", "tlsa", "no-policy-found")
    ]
    answers = set()
    for name, runs in (("a", [documents]), ("b", [documents[::-1]]), ("c", [documents[:30], documents, documents[7:]])):
        for run in runs:
            fill(tmp_path / name, run)
        answers.add(reports(capsys, "summary", "example.com", "--store", tmp_path / name, *SPAN, "--json")[1])
    assert len(answers) == 1


def test_a_month_of_ten_reporters_is_quick(tmp_path, capsys):
    """300 reports of one domain: well under the 100 ms that are promised for our own work."""
    days = [f"2026-03-{day:02}" for day in range(1, 31)]
    fill(tmp_path, [document(day, 5, by=f"r{n}.example", name=f"R{n}") for day in days for n in range(10)])
    words = ("summary", "example.com", "--store", tmp_path, *SPAN, "--json")
    reports(capsys, *words)
    spent = []
    for _ in range(5):
        # Processor time: other work on the machine must not fail this.
        begun = time.process_time()
        reports(capsys, *words)
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.1
