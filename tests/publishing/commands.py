"""`mtasts` on the project `tiny`, each run a process of its own, held where a test can do something to it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENCE
from tests.publishing.processes import engines_of
from tests.publishing.program import write_plan, write_project

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
        command = [
            sys.executable,
            "-m",
            "mtasts",
            *verb.split(),
            "--project",
            str(self.project),
            "--stack",
            "dev",
            "--json",
        ]
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


@contextmanager
def on_tiny(folder: Path, environment: Mapping[str, str]) -> Iterator[Commands]:
    """The project, and nothing left of what was started on it."""
    made = Commands(folder, environment)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.wait()


def domains(value: str, slow: float = 0, **of_com: object) -> dict[str, object]:
    """Both domains with a value; example.com is the slow one."""
    return {"example.com": {"value": value, "slow": slow, **of_com}, "example.net": {"value": value}}
