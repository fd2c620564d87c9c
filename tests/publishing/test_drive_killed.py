"""The engine killed, interrupted or locked out, seen from the command line; and what the next run does about it."""

import json
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.publishing.commands import Commands, domains, engine_of, on_tiny
from tests.publishing.program import read_state
from tests.signals import without_sigint


@pytest.fixture
def commands(tmp_path: Path, clean_environment: Mapping[str, str]) -> Iterator[Commands]:
    """The project, and nothing left of what was started on it."""
    with on_tiny(tmp_path, clean_environment) as made:
        yield made


def test_engine_killed_while_creating(commands: Commands) -> None:
    """Told in one line, exit 1; the next run clears the lock, settles what was pending, and converges."""
    process = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    os.kill(engine_of(process), signal.SIGKILL)
    commands.enough()
    code, told, err = commands.end(process)
    assert (code, told["result"]) == (1, "failed")
    assert err.splitlines()[-1] == "mtasts: the engine was killed (SIGKILL); run it again, it goes on from here"
    # The other domain's may be, too: nothing waits for it.
    assert "example.com-mta-sts" in read_state(commands.backend)["pending"]

    code, told, _ = commands.run("preview", domains=domains("a"))
    assert code == 0  # a preview takes no lock
    assert "was killed there; then `mtasts up` settles it" in " ".join(told["notes"])  # type: ignore[arg-type]

    code, told, err = commands.run("up")
    assert code == 0, err
    assert [note.split(":")[0].split(" of ")[0] for note in told["notes"]] == [  # type: ignore[attr-defined]
        "cleared the lock",
        "an earlier run was killed in the middle; settled",
    ]
    state = read_state(commands.backend)
    assert (state["example.com-mta-sts"], state["pending"]) == ("a", [])
    code, told, _ = commands.run("up")
    assert (code, told["notes"], set(told["changes"])) == (0, [], {"same"})  # type: ignore[call-overload]


def test_engine_killed_while_updating(commands: Commands) -> None:
    """An update that was cut off is simply done again."""
    assert commands.run("up", domains=domains("a"))[0] == 0
    commands.wait_for("example.com-mta-sts")
    process = commands.start("up", domains=domains("b", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    os.kill(engine_of(process), signal.SIGKILL)
    commands.enough()
    assert commands.end(process)[0] == 1
    code, _, err = commands.run("up", domains=domains("b"))
    assert code == 0, err
    assert read_state(commands.backend)["example.com-mta-sts"] == "b"


def test_command_killed_too(commands: Commands) -> None:
    """SIGKILL of the command and its engine at once: the next run goes on all the same."""
    process = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    engine = engine_of(process)
    process.kill()
    os.kill(engine, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    code, _, err = commands.run("up", domains=domains("a"))
    assert code == 0, err
    assert read_state(commands.backend)["pending"] == []


@pytest.mark.parametrize(
    ("which", "ignored"), [(signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGTERM, True)]
)
def test_interrupted(commands: Commands, which: signal.Signals, ignored: bool) -> None:
    """The engine ends what it began and records it: no lock, nothing pending; exit 130 and how to go on.

    The same in the background of a script, where SIGINT comes ignored, by which the engine is told otherwise.
    """
    commands.started_as = without_sigint if ignored else list
    process = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    if ignored:
        process.send_signal(signal.SIGINT)
    process.send_signal(which)
    commands.wait_until_said(process, "interrupted: the engine finishes what it has begun")
    commands.enough()
    code, told, err = commands.end(process)
    assert (code, told["result"]) == (130, "interrupted")
    assert err.count("interrupted: the engine finishes what it has begun") == 1
    assert "again goes on from here" in err
    assert read_state(commands.backend)["pending"] == []
    assert not list(commands.backend.glob(".pulumi/locks/**/*.json"))
    code, told, _ = commands.run("up", domains=domains("a"))
    assert (code, told["notes"]) == (0, [])


def test_lock_of_a_run_that_goes_on(commands: Commands) -> None:
    """A second run at the same time: exit 2, who holds the lock and the way out; the first one is not disturbed."""
    first = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    engine = engine_of(first)
    code, _, err = commands.run("up")
    assert code == 2
    assert "stack dev is locked by" in err
    assert f"@{socket.gethostname()} (pid {engine})" in err
    assert "its process runs" in err
    assert "unlock" not in err
    commands.enough()
    assert commands.end(first)[0] == 0


def test_lock_of_another_machine(commands: Commands) -> None:
    """Nothing is known about a process elsewhere: its lock stays."""
    assert commands.run("up", domains=domains("a"))[0] == 0
    lock = commands.backend / ".pulumi/locks/organization/tiny/dev/other.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(
        json.dumps({"pid": 1, "username": "ci", "hostname": "elsewhere.example", "timestamp": "2026-11-01T10:00:00Z"})
    )
    code, told, err = commands.run("up")
    assert code == 2
    said = "stack dev is locked by ci@elsewhere.example (pid 1) since 2026-11-01 10:00:00Z"
    assert said in err
    assert "`mtasts state unlock --stack dev --project" in err
    assert said in told["problems"][0]["message"]  # type: ignore[index]
    assert lock.exists()
