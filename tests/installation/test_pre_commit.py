"""The hooks of .pre-commit-hooks.yaml, run by pre-commit in a repository of its own.

`language: system` in its configuration takes the command that is installed here instead of building one from this
repository, which would ask an index.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.app.doctor.projects import ROUTE53, make_project
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
BIN = Path(sys.executable).parent


class Repository:
    """A git repository, and pre-commit in it."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PRE_COMMIT_HOME": str(home / "cache")}
        who = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        self.environment = {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", **settings, **who}
        folder.mkdir(parents=True, exist_ok=True)
        self.run("git", "init", "-q", "-b", "main")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def commit(self, message: str) -> subprocess.CompletedProcess[str]:
        self.run("git", "add", "-A")
        return self.run("git", "commit", "-q", "-m", message)


@pytest.fixture
def ours(tmp_path: Path) -> Repository:
    """The repository that the hooks are taken from: their file alone, committed."""
    repository = Repository(tmp_path / "tool", tmp_path)
    shutil.copyfile(HOOKS, repository.folder / HOOKS.name)
    assert repository.commit("Hooks").returncode == 0
    return repository


@pytest.fixture
def theirs(ours: Repository, tmp_path: Path) -> Repository:
    """A repository with a project, the hooks installed as a user does it."""
    repository = Repository(tmp_path / "mail", tmp_path)
    make_project(repository.folder, example_com=ROUTE53)
    rev = ours.run("git", "rev-parse", "HEAD").stdout.strip()
    hooks = [{"id": one["id"], "language": "system"} for one in yaml.safe_load(HOOKS.read_text())]
    config = {"repos": [{"repo": f"file://{ours.folder}", "rev": rev, "hooks": hooks}]}
    (repository.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    installed = repository.run("pre-commit", "install")
    assert installed.returncode == 0, installed.stderr
    return repository


def test_the_manifest(tmp_path: Path) -> None:
    """pre-commit itself says whether it is one."""
    judged = Repository(tmp_path / "any", tmp_path).run("pre-commit", "validate-manifest", str(HOOKS))
    assert judged.returncode == 0, judged.stdout


def test_a_commit(theirs: Repository) -> None:
    """What is right goes in; a wrong file is refused with its place, and so is a policy as no sender reads it."""
    first = theirs.commit("A domain")
    assert first.returncode == 0, first.stderr
    assert "mtasts validate..." in first.stderr.replace(" ", " ")

    file = theirs.folder / "policies" / "prod" / "example.com.yaml"
    right = file.read_text()
    file.write_text(right.replace("testing", "tseting"))
    refused = theirs.commit("A slip")
    assert refused.returncode == 1
    assert "policies/prod/example.com.yaml:2" in refused.stderr
    file.write_text(right)

    served = theirs.folder / "site" / ".well-known" / "mta-sts.txt"
    served.parent.mkdir(parents=True)
    served.write_text("version: STSv1\nmode: enforce\n")
    refused = theirs.commit("A policy without max_age")
    assert (refused.returncode, "max_age" in refused.stderr) == (1, True)
    served.write_text("version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 86400\n")
    assert theirs.commit("A policy").returncode == 0


def test_what_is_no_policy_is_not_waited_for(theirs: Repository) -> None:
    """A commit that touches neither runs neither."""
    assert theirs.commit("A domain").returncode == 0
    (theirs.folder / "notes.txt").write_text("nothing\n")
    done = theirs.commit("Notes")
    assert done.returncode == 0
    assert done.stderr.count("no files to check") == 2
