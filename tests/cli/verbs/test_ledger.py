"""`mtasts ledger`: from a file, and from a published stack's own bucket with the engine's history."""

import json

import pytest

from mtasts.cli.main import main
from mtasts.live.publications import read_publications
from tests.cli.ledgers import DAY, MX, WEEK, ledger_file


@pytest.fixture
def file(tmp_path):
    """Two publications of one domain: a week long gone, a day now."""
    return ledger_file(tmp_path / "l.json", ("a1", "enforce", WEEK, MX, 30), ("b2", "testing", DAY, MX, 10))


def test_a_table_for_people(file, capsys):
    """A line each: from when to when, what, until when senders may hold it."""
    assert main(["ledger", "--ledger", str(file)]) == 0

    title, head, first, second = capsys.readouterr().out.splitlines()
    assert title == "example.com"
    assert head.split()[:3] == ["served", "from", "until"]
    assert first.endswith("a1")
    assert "over since" in first
    assert "1 week" in first
    assert second.endswith("b2")
    assert " now " in second
    assert "1 day and the TTL after it ends" in second


def test_json_is_what_ledger_takes(file, capsys, tmp_path):
    """Read, written and read again it is the same, `named_until` included."""
    assert main(["ledger", "example.com", "--ledger", str(file), "--json"]) == 0

    (tmp_path / "again.json").write_text(capsys.readouterr().out)
    assert read_publications(tmp_path / "again.json") == read_publications(file)


def test_of_the_stack(world):
    """The stack's bucket is found by itself; what was published is there with the id that is in DNS."""
    where = ["--sandbox", "--stack", "staging", "--policies", str(world.policies)]

    found = world.mtasts("ledger", "example.com", *where, "--json")

    assert found.code == 0, found.err
    assert found.json[-1]["id"] == world.id("example.com")
    assert found.json[-1]["text"].encode() == world.body("example.com")
    assert found.json[-1]["until"] is None


def test_an_unknown_domain(file, capsys):
    """Looked, and not there: exit code 1, said on stderr, nothing on stdout."""
    assert main(["ledger", "example.org", "--ledger", str(file)]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert "example.org: nothing was ever published" in err


def test_no_place_to_read_from(tmp_path, monkeypatch, capsys):
    """Neither project nor --ledger: could not look, which is not "nothing was published"."""
    monkeypatch.chdir(tmp_path)

    assert main(["ledger", "example.com"]) == 2
    assert "no ledger: no Pulumi.yaml in" in capsys.readouterr().err


def test_hostile_text_steers_no_terminal(tmp_path, capsys):
    """Whoever may write to the bucket may write anything."""
    entry = {"domain": "example.com", "id": "\x1b[2J", "text": "x", "since": "2026-01-01T00:00:00Z", "until": None}
    (tmp_path / "l.json").write_text(json.dumps([entry]))

    assert main(["ledger", "--ledger", str(tmp_path / "l.json")]) == 0

    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "unreadable" in out
