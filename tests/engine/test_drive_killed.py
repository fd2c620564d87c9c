"""The engine killed, interrupted or locked out, seen from the command line; and what the next run does about it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.engine.processes import engines_of
from tests.engine.program import read_state, write_plan, write_project
from tests.patience import PATIENCE
from tests.signals import without_sigint

_YAML = (
    "domain: {}\nmode: testing\nmx: [mx.{}]\ntls_rpt: {{rua: []}}\ndns: {{provider: route53, zone: Z0123456789ABC}}\n"
)


class Commands:
    """`mtasts` on the project `tiny`, each a process of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.project = write_project(folder / "project")
        self.backend = folder / "backend"
        policies = self.project / "policies" / "dev"
        policies.mkdir(parents=True)
        for domain in ("example.com", "example.net"):
            (policies / f"{domain}.yaml").write_text(_YAML.format(domain, domain))
        self.environment = {**environment, "AWS_PROFILE": "nobody"}
        self.started: list[subprocess.Popen[str]] = []
        self.started_as: Callable[[list[str]], list[str]] = list
        self._errors: dict[int, Path] = {}  # by process: a file, which can be read while it is written

    def start(self, verb: str, *more: str, **plan: object) -> subprocess.Popen[str]:
        """Begin one; `plan` as write_plan takes it."""
        (self.project / "enough").unlink(missing_ok=True)
        if plan:
            write_plan(self.project, **plan)
        command = [sys.executable, "-m", "mtasts", verb, "--project", str(self.project), "--stack", "dev", "--json"]
        command += [*(["--yes"] if verb != "preview" else []), *(["--create"] if verb == "up" else []), *more]
        errors = self.project.with_name(f"stderr-{len(self.started)}")
        with errors.open("w") as file:
            process = subprocess.Popen(
                self.started_as(command), env=self.environment, stdout=subprocess.PIPE, stderr=file, text=True
            )
        self.started.append(process)
        self._errors[process.pid] = errors
        return process

    def run(self, verb: str, *more: str, **plan: object) -> tuple[int, dict[str, object], str]:
        """Exit code, JSON, stderr."""
        return self.end(self.start(verb, *more, **plan))

    def enough(self) -> None:
        """What is slow need not be so any longer: a program goes on though its engine is gone."""
        (self.project / "enough").touch()

    def end(self, process: subprocess.Popen[str]) -> tuple[int, dict[str, object], str]:
        """Wait for one."""
        out, _ = process.communicate(timeout=PATIENCE)
        err = self._errors[process.pid].read_text()
        assert "Traceback" not in err, err
        return process.returncode, json.loads(out) if out else {}, err

    def wait_for(self, resource: str) -> None:
        """Until the hook before `resource` runs."""
        mark = self.project / f"at-{resource}"
        _until(mark.exists, f"{resource} was never reached")
        mark.unlink()

    def wait_until_said(self, process: subprocess.Popen[str], words: str) -> None:
        """Until one has said it on stderr."""
        _until(lambda: words in self._errors[process.pid].read_text(), f"it never said {words!r}")


def _until(seen: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def engine_of(process: subprocess.Popen[str]) -> int:
    """The pulumi process that a command started."""
    return engines_of(process.pid)[0]


@pytest.fixture
def commands(tmp_path: Path, clean_environment: Mapping[str, str]) -> Iterator[Commands]:
    """The project, and nothing left of what was started on it."""
    made = Commands(tmp_path, clean_environment)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.wait()


def domains(value: str, slow: float = 0, **of_com: object) -> dict[str, object]:
    """Both domains with a value; example.com is the slow one."""
    return {"example.com": {"value": value, "slow": slow, **of_com}, "example.net": {"value": value}}


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
    assert "pulumi cancel --stack dev" in err
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
    code, _, err = commands.run("up")
    assert code == 2
    assert "stack dev is locked by ci@elsewhere.example (pid 1) since 2026-11-01 10:00:00Z" in err
    assert lock.exists()
