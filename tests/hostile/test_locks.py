"""Engines in PID name spaces of their own, on one host name and one folder: only a lock of the dead is taken away."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.publishing.commands import Commands, domains, on_tiny
from tests.publishing.processes import descendants, kill
from tests.publishing.program import read_state

pytestmark = pytest.mark.needs("namespaces")


@pytest.fixture
def commands(tmp_path: Path, clean_environment: Mapping[str, str]) -> Iterator[Commands]:
    """The project, and nothing left of what was started on it."""
    with on_tiny(tmp_path, clean_environment) as made:
        yield made


def contained(command: list[str]) -> list[str]:
    """As in a container: the first process of a PID name space, which ends with it."""
    mapping = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *mapping, "--pid", "--fork", "--kill-child", "--mount-proc", *command]


def locks(commands: Commands) -> list[Path]:
    return list(commands.backend.glob(".pulumi/locks/**/*.json"))


def test_two_containers(commands: Commands) -> None:
    """The second one cannot look into the first one: it asks, says how, and the first one ends undisturbed."""
    commands.started_as = contained
    first = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    for place in (contained, list):
        commands.started_as = place
        code, told, err = commands.run("up")
        assert code == 2
        assert "in another container or PID name space" in err
        assert f"{socket.gethostname()} (pid " in told["problems"][0]["message"]  # type: ignore[index]
        assert "`mtasts state unlock --stack dev" in told["problems"][0]["hint"]  # type: ignore[index]
    assert len(locks(commands)) == 1
    commands.enough()
    assert commands.end(first)[0] == 0
    assert locks(commands) == []
    assert commands.run("up", domains=domains("a"))[0] == 0


def test_container_that_was_killed(commands: Commands) -> None:
    """Nobody can tell from outside: the lock stays until a person takes it away, and then all converges."""
    commands.started_as = contained
    first = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    kill([*descendants(first.pid), first.pid])
    first.wait(PATIENCE)
    commands.enough()
    commands.started_as = list
    code, _, err = commands.run("up", domains=domains("a"))
    assert (code, len(locks(commands))) == (2, 1), err
    code, told, err = commands.run("state unlock")
    assert code == 0, err
    assert len(told["cleared"]) == 1  # type: ignore[arg-type]
    code, _, err = commands.run("up", domains=domains("a"))
    assert code == 0, err
    assert read_state(commands.backend)["pending"] == []
    assert commands.run("state unlock")[0] == 2  # there is none


def test_number_of_a_killed_engine_in_a_lock_of_somebody_else(commands: Commands) -> None:
    """What is kept of a killed engine says nothing of a lock that another one took later, with the same number."""
    first = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    (lock,) = locks(commands)
    told = json.loads(lock.read_text())
    first.send_signal(signal.SIGSTOP)
    kill([*descendants(first.pid), first.pid])
    first.wait(PATIENCE)
    commands.enough()
    lock.unlink()
    later = {**told, "timestamp": datetime(2030, 1, 1, tzinfo=UTC).isoformat()}
    (lock.parent / f"{uuid.uuid4()}.json").write_text(json.dumps(later))
    assert commands.run("up", domains=domains("a"))[0] == 2
    shutil.rmtree(lock.parent)
    code, _, err = commands.run("up", domains=domains("a"))
    assert code == 0, err
    assert list(commands.backend.glob(".mtasts/running/**/*.json")) == []


def test_unlock_of_a_run_that_goes_on(commands: Commands) -> None:
    """Refused: its process can be seen. A state that is damaged meanwhile waits for it, too."""
    first = commands.start("up", domains=domains("a", slow=PATIENCE))
    commands.wait_for("example.com-mta-sts")
    code, _, err = commands.run("state unlock")
    assert code == 2
    assert "its process runs" in err
    code, _, err = commands.run("state repair")
    assert code == 2
    assert "is whole" in err
    state = commands.backend / ".pulumi/stacks/tiny/dev.json"
    whole = state.read_bytes()
    state.write_bytes(b"")
    code, _, err = commands.run("state repair")
    state.write_bytes(whole)
    assert code == 2
    assert "its process runs" in err
    assert "state unlock" not in err  # which is refused while it runs
    commands.enough()
    assert commands.end(first)[0] == 0


def test_repair_beside_a_lock_of_somebody_else(commands: Commands) -> None:
    """The command that is told takes the lock of the same stack of the same project away."""
    assert commands.run("up", domains=domains("a"))[0] == 0
    state = commands.backend / ".pulumi/stacks/tiny/dev.json"
    state.write_bytes(b"")
    lock = commands.backend / ".pulumi/locks/organization/tiny/dev/0.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = {"pid": 4711, "username": "ci", "hostname": "elsewhere", "timestamp": "2026-11-24T07:53:14Z"}
    lock.write_text(json.dumps(held))
    code, _, err = commands.run("state repair")
    assert code == 2
    words = shlex.split(err.partition("certainly gone: `")[2].partition("`")[0])
    command = [sys.executable, "-m", *words, "--yes"]
    done = subprocess.run(command, check=False, env=commands.environment, timeout=PATIENCE)
    assert (done.returncode, lock.exists()) == (0, False)
    assert commands.run("state repair")[0] == 0
