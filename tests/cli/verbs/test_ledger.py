"""`mtasts ledger`: from a file, and from a published stack's own bucket with the engine's history."""

import json
from datetime import timedelta

import pytest

from mtasts.cli.main import main
from mtasts.history.adopted import earlier_until
from mtasts.live.publications import read_publications
from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from mtasts.words.moments import at, not_before
from tests.cli.ledgers import DAY, MX, WEEK, domain_file, ledger_file, now


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


def test_what_another_tool_published_before(tmp_path, capsys, monkeypatch):
    """From the file, since it was seen; what was before that, nobody knows. --json says so, too, and is read again."""
    seen = now() - timedelta(days=3)
    text = render_policy(Policy(Mode.ENFORCE, WEEK, MX))
    block = f"adopted:\n  id: byhand\n  seen: {seen:%Y-%m-%dT%H:%M:%SZ}\n  text: {json.dumps(text)}\n"
    domain_file(tmp_path / "policies", more=block)
    (tmp_path / "none.json").write_text("[]")
    where = ["--ledger", str(tmp_path / "none.json"), "--policies", str(tmp_path / "policies")]
    monkeypatch.delenv("PULUMI_STACK", raising=False)

    for named in (["example.com"], ["--stack", "staging"]):
        assert main(["ledger", *named, *where]) == 0

        out = " ".join(capsys.readouterr().out.split())
        assert f"adopted, seen {at(seen)}" in out
        assert "byhand" in out
        end = not_before(earlier_until(seen, timedelta(seconds=300)))
        assert f"what was published before the adopted policy is not known; a sender may hold it until {end}" in out
    assert main(["ledger", "example.com", *where, "--json"]) == 0
    (tmp_path / "again.json").write_text(capsys.readouterr().out)
    [one] = read_publications(tmp_path / "again.json")["example.com"]
    assert (one.adopted, one.taken_over, one.since, one.text) == (True, None, seen, text)


def test_a_released_domain(file, tmp_path, capsys):
    """The newest text may not be the one that is served: another tool has the domain, and the bucket does not know."""
    domain_file(tmp_path / "policies", more="released: 2026-11-01\n")

    assert main(["ledger", "example.com", "--ledger", str(file), "--policies", str(tmp_path / "policies")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "example.com was released on 2026-11-01" in out
    assert "what it has published since is not known here" in out


def test_a_file_that_cannot_be_read_tells_nothing(file, tmp_path, capsys):
    """The ledger is shown all the same."""
    domain_file(tmp_path / "policies").write_text("[")

    assert main(["ledger", "example.com", "--ledger", str(file), "--policies", str(tmp_path / "policies")]) == 0
    assert "b2" in capsys.readouterr().out


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
