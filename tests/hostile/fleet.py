"""A small fleet, published by the real engine into a sandbox, and the repository that says so: the gate judges it."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mtasts.cli.main import main
from mtasts.live.store import open_store
from tests.publishing.stage import ROOT, Run, Stage
from tests.repositories import Repo

# Mail domain -> mode, max_age, host group, further lines.
FLEET = {
    "alpha": ("enforce", "1d", "alpha", ""),
    "beta": ("enforce", "7d", "beta", ""),
    "gamma": ("testing", "1d", "gamma", ""),
    "delta": ("testing", "1d", "delta", "rollout: {hold: the backup MX moves}\n"),
    "omega": ("none", "1d", "omega", ""),
}
# What else lies in a repository like this: the change is judged by what becomes of it, never by what it says.
BESIDE = {
    ".ci/run": "make check\n",
    ".github/CODEOWNERS": "* @example/mail\n",
    ".github/workflows/deploy.yml": "name: deploy\n",
    ".gitlab-ci.yml": "stages: [judge]\n",
    "Makefile": "check:\n",
    "Pulumi.staging.yaml": "config: {}\n",
    "Pulumi.yaml": "name: mtasts\nruntime: python\n",
    "README.md": "words\n",
    "__main__.py": "# the program\n",
    "components/mtasts_pulumi/read_back.py": "# looks from outside\n",
    "docs/rollout.md": "words\n",
    "mtasts/__init__.py": "# the package\n",
    "policies/defaults.schema.json": "{}\n",
    "policies/schema.json": "{}\n",
    "pyproject.toml": "[project]\n",
    "requirements.lock": "dnspython==2.8.0\n",
    "tests/test_x.py": "# a test\n",
    "install.sh": "exit 0\n",
}
DEFAULTS = "tls_rpt:\n  rua: [mailto:tls@example.com]\nttl: 300\n"


def file_of(name: str) -> str:
    """The path of `NAME.example` in the repository."""
    return f"policies/staging/{name}.example.yaml"


def text_of(name: str, **values: str) -> str:
    """The YAML of a domain like those of the fleet."""
    mode, max_age, group, more = FLEET.get(name, ("testing", "1d", name, ""))
    lines = {"domain": f"{name}.example", "mode": mode, "max_age": max_age, "host_group": group} | values
    hosts = "".join(f"  - mx{number}.{name}.example\n" for number in (1, 2))
    head = "".join(f"{key}: {value}\n" for key, value in lines.items())
    return f"{head}mx:\n{hosts}dns: {{provider: route53, zone: Z{name.upper()}}}\n{more}"


class Fleet(Stage):
    """The fleet as it was published; `repo` is on main, and each change on a branch of its own."""

    def __init__(self, folder: Path, engine: Path) -> None:
        super().__init__(folder)
        self.environment["MTASTS_ENGINE"] = str(engine)
        self.repo = Repo(folder / "repo")
        domains = {file_of(name): text_of(name) for name in FLEET}
        self.repo.commit({**BESIDE, **domains, "policies/staging/_defaults.yaml": DEFAULTS})
        self.policies = self.repo.folder / "policies"
        self.store = folder / "store"
        open_store(str(self.store), create=True).close()

    def publish(self) -> None:
        """Zones, mail servers, MX records, then the stack."""
        self.start()
        for name in (*FLEET, "zeta"):
            self._sandbox("zone", "add", f"{name}.example", "route53", f"Z{name.upper()}")
            for number in (1, 2):
                self._sandbox("mail", "add", f"mx{number}.{name}.example")
            self._sandbox("record", f"{name}.example", "MX", f"10 mx1.{name}.example.", f"20 mx2.{name}.example.")
        done = self.up("--create")
        assert done.code == 0, done.err

    def gate(self, branch: str, *words: str, store: Path | None = None) -> list[str]:
        """The words of the command that judges a branch."""
        where = ["--repo", str(self.repo.folder), "--base", "main", "--head", branch, "--policies", "policies"]
        return ["gate", *where, "--project", str(ROOT), "--store", str(store or self.store), *words]

    def propose(self, name: str, change: "Callable[[Change], object]") -> str:
        """A branch from main with what `change` does; its name."""
        git = self.repo.git
        git("checkout", "-qf", "main")
        git("clean", "-qffd")
        git("checkout", "-qB", name)
        change(Change(self.repo))
        self.repo.commit({})
        git("checkout", "-qf", "main")
        git("clean", "-qffd")
        return name

    def _sandbox(self, *words: str) -> None:
        done = self.mtasts("sandbox", *words)
        assert done.code == 0, done.err


def _path(name: str) -> str:
    """Of a domain of the fleet its file; any other name is a path."""
    return file_of(name) if name in FLEET else name


class Change:
    """What somebody does to the files of a branch."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.at = repo.folder

    def write(self, path: str, text: str) -> "Change":
        self.repo.write({path: text})
        return self

    def edit(self, name: str, before: str, after: str) -> "Change":
        """In the file of a domain, or in the one that is named."""
        path = _path(name)
        text = (self.at / path).read_text(encoding="utf-8")
        assert before in text, (path, before)
        return self.write(path, text.replace(before, after))

    def add(self, name: str, more: str) -> "Change":
        path = _path(name)
        return self.write(path, (self.at / path).read_text(encoding="utf-8") + more)

    def remove(self, path: str) -> "Change":
        (self.at / _path(path)).unlink()
        return self

    def move(self, before: str, after: str) -> "Change":
        (self.at / after).parent.mkdir(parents=True, exist_ok=True)
        (self.at / before).rename(self.at / after)
        return self

    def link(self, path: str, to: str) -> "Change":
        (self.at / path).unlink(missing_ok=True)
        (self.at / path).symlink_to(to)
        return self

    def executable(self, path: str) -> "Change":
        (self.at / path).chmod(0o755)
        return self

    def commit(self) -> "Change":
        self.repo.commit({})
        return self

    def flip(self, name: str = "gamma") -> "Change":
        return self.edit(name, "mode: testing", "mode: enforce")


def run(words: list[str], environment: Mapping[str, str], capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: what a process of its own does, without the half second of its start."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(environment):
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        capsys.readouterr()
        code = main(words)
        out, err = capsys.readouterr()
        return Run(code, out, err)
