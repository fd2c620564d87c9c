"""`mtasts rollback`: at once, always, and then who is safe when."""

import json
import socket
import time
from datetime import datetime, timedelta

import pytest

from mtasts.cli.main import main
from mtasts.cli.verbs import rollback
from mtasts.processes import process_status
from mtasts.words.moments import at, not_before
from mtasts_pulumi.engine.version import VERSION, dotted
from tests.cli.ledgers import MX, WEEK, domain_file, ledger_file
from tests.patience import PATIENCE


@pytest.fixture
def policies(tmp_path, monkeypatch):
    """A policies folder far from any project, engine or cloud."""
    monkeypatch.chdir(tmp_path)
    for name in ("PULUMI_STACK", "MTASTS_POLICIES", "MTASTS_SANDBOX_DIR", "PULUMI_BACKEND_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "policies"


def test_without_network_ledger_or_engine(policies, capsys):
    """The edit is there, alone; what could not be computed is said."""
    path = domain_file(policies)
    before = path.read_text()

    assert main(["rollback", "example.com"]) == 0

    assert path.read_text() == before.replace("mode: enforce", "mode: testing").replace("max_age: 1w", "max_age: 1d")
    out = capsys.readouterr().out
    assert "-mode: enforce  # see the ticket\n" in out
    assert "now: mtasts up --stack staging\n" in out
    assert "the ledger was not read (" in out


def test_to_none(policies):
    """Mode none leaves no policy in force."""
    path = domain_file(policies)

    assert main(["rollback", "example.com", "--to", "none", "--no-ledger"]) == 0

    assert "mode: none  # see the ticket\nmax_age: 1d\n" in path.read_text()


def test_a_short_max_age_stays(policies):
    """It is shortened to a day at most, never lengthened."""
    path = domain_file(policies, max_age="3600")

    assert main(["rollback", "example.com", "--no-ledger"]) == 0

    assert "max_age: 3600" in path.read_text()


def test_dates_for_each_kind_of_sender(policies, tmp_path, capsys, monkeypatch):
    """The longest that was ever published counts, not the last; read again, it says the same of what is served."""
    monkeypatch.setenv("MTASTS_SANDBOX_DIR", str(tmp_path))  # where a rehearsal may write
    monkeypatch.setattr(rollback, "_LEDGER_SECONDS", PATIENCE)  # without the ledger there are no dates
    domain_file(policies)
    ledger = ledger_file(tmp_path / "l.json", ("a", "enforce", 4 * WEEK, MX, 10), ("b", "enforce", WEEK, MX, 5))
    (first, second) = json.loads(ledger.read_text())
    expiry = datetime.fromisoformat(first["until"]) + timedelta(seconds=300 + 4 * WEEK)
    judged = datetime.fromisoformat(second["since"]) + timedelta(days=6)
    words = ["rollback", "example.com", "--ledger", str(ledger), "--as-of", judged.isoformat()]

    assert main(words) == 0
    edited = " ".join(capsys.readouterr().out.split())
    assert main(words) == 0
    again = " ".join(capsys.readouterr().out.split())

    assert "nothing to edit" in again
    for said in (edited, again):
        assert f"rehearsal: judged as of {at(judged)}" in said
        assert f"look again when a message fails from {not_before(judged + timedelta(seconds=300))} on" in said
        assert f"those that refresh daily from {not_before(judged + timedelta(days=1, seconds=300))} on" in said
        assert f"those that keep a policy until it expires from {not_before(expiry)} on" in said


def test_dry_run_writes_nothing(policies, capsys):
    """The same words, the same diff, no edit."""
    path = domain_file(policies)
    before = path.read_bytes()

    assert main(["rollback", "example.com", "--dry-run", "--no-ledger"]) == 0

    assert path.read_bytes() == before
    out = capsys.readouterr().out
    assert "+mode: testing" in out
    assert "nothing was written" in out
    assert "now:" not in out


def test_a_ledger_that_hangs_delays_only_the_dates(policies, capsys, monkeypatch):
    """A server that takes connections and never answers: the edit is there, the wait is bounded."""
    path = domain_file(policies)
    monkeypatch.setattr(rollback, "_LEDGER_SECONDS", 1.5)
    with socket.create_server(("127.0.0.1", 0)) as hole:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{hole.getsockname()[1]}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "x")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        began = time.monotonic()
        assert main(["rollback", "example.com", "--ledger", "s3://policies"]) == 0
        took = time.monotonic() - began

    assert "mode: testing" in path.read_text()
    assert "no answer in 2 s" in capsys.readouterr().out
    assert took < 60, "botocore alone would wait for a minute, five times"


@pytest.mark.parametrize("hangs", ["version", "stack"])
def test_an_engine_that_hangs_is_killed_with_its_children(policies, tmp_path, capsys, monkeypatch, hangs):
    """Whatever it was asked when it stopped answering: the edit is there, and nothing stays behind."""
    path = domain_file(policies)
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "Pulumi.yaml").write_text("name: mtasts\nruntime: python\n")
    (tmp_path / "Pulumi.staging.yaml").write_text("config: {}\n")
    engine, started = tmp_path / "pulumi", tmp_path / "started"
    hang = f"sleep 3600 & echo $! > {started}.part; mv {started}.part {started}; wait"
    engine.write_text(f'#!/bin/sh\ncase "$*" in *{hangs}*) {hang} ;; *version*) echo v{dotted(VERSION)} ;; esac\n')
    engine.chmod(0o755)
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://state")
    seconds = 1.0
    while not started.exists():  # the longer a busy machine needs to start it, the longer we wait for its answer
        monkeypatch.setattr(rollback, "_LEDGER_SECONDS", seconds)
        assert main(["rollback", "example.com"]) == 0
        seconds *= 2
        assert seconds < 4 * PATIENCE, capsys.readouterr()

    assert "mode: testing" in path.read_text()
    assert "the ledger was not read (" in capsys.readouterr().out
    child, end = int(started.read_text()), time.monotonic() + PATIENCE
    while (status := process_status(child)) is not None and not status.ended:
        assert time.monotonic() < end, "its child is still there"
        time.sleep(0.05)


def test_whatever_reading_the_ledger_raises_the_edit_counts(policies, tmp_path, capsys):
    """A ledger that is no ledger, a store that is no place: said, and exit code 0."""
    path = domain_file(policies)
    (tmp_path / "l.json").write_text("{")

    assert main(["rollback", "example.com", "--ledger", str(tmp_path / "l.json")]) == 0
    assert main(["rollback", "example.com", "--ledger", "s3://"]) == 0
    assert main(["rollback", "example.com", "--sandbox"]) == 0

    assert "mode: testing" in path.read_text()
    assert capsys.readouterr().out.count("the ledger was not read (") == 3


def test_a_rehearsal_outside_the_sandbox_writes_nothing(policies, capsys):
    """The clock was handed in, so nothing is meant."""
    path = domain_file(policies)
    before = path.read_bytes()

    assert main(["rollback", "example.com", "--no-ledger", "--as-of", "2026-12-08"]) == 0

    assert path.read_bytes() == before
    assert "rehearsal: judged as of 2026-12-08 00:00 UTC; nothing will be written" in capsys.readouterr().out


def test_another_file_may_be_broken(policies, capsys):
    """A neighbour that is not valid stops `up`, not the roll-back; and that is told now."""
    path = domain_file(policies)
    (policies / "staging" / "example.net.yaml").write_text("domain: [")

    assert main(["rollback", "example.com", "--no-ledger"]) == 0
    assert "mode: testing" in path.read_text()
    assert "`up` will refuse until this is fixed: policies/staging/example.net.yaml:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["example.org"], "no file of example.org"),
        (["bad_name"], "is not a mail domain"),
        (["example.com", "--stack", "prod"], "no file of example.com in"),
    ],
)
def test_what_is_not_there(policies, capsys, words, said):
    """One line, exit code 2."""
    domain_file(policies)

    assert main(["rollback", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_domain_in_two_stacks_needs_its_stack(policies, capsys):
    """No guess which one is meant."""
    staging = domain_file(policies)
    (policies / "prod").mkdir()
    prod = policies / "prod" / "example.com.yaml"
    prod.write_text(staging.read_text())

    assert main(["rollback", "example.com", "--no-ledger"]) == 2
    assert "more than one stack" in capsys.readouterr().err
    assert main(["rollback", "example.com", "--no-ledger", "--stack", "prod"]) == 0
    assert "mode: testing" in prod.read_text()
    assert "mode: enforce" in staging.read_text()


def test_the_inherited_mode_is_written_out(policies):
    """Mode and max_age stand in the defaults only: the domain's own file gets them."""
    path = domain_file(policies, mode="enforce")
    (policies / "staging" / "_defaults.yaml").write_text("mode: enforce\nmax_age: 1w\n")
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith(("mode", "max"))))

    assert main(["rollback", "example.com", "--no-ledger"]) == 0

    assert "mode: testing\n" in path.read_text()
    assert "max_age: 1d\n" in path.read_text()
