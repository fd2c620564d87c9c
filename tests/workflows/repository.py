"""A repository on a forge, as a job finds it: a remote, clones of it, and a change that was tried to be merged."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.workflows.steps import ROOT

_WHO = ("-c", "user.name=Example", "-c", "user.email=example@example.org", "-c", "commit.gpgsign=false")
_QUIET = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"}
# `make` in a job makes .venv of the commit that is checked out; here it takes the one that the tests run in.
_MAKEFILE = f"venv engine:\n\t@ln -sfn {ROOT / '.venv'} .venv\n"


def git(folder: Path, *words: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *_WHO, *words], cwd=folder, env=_QUIET, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Origin:
    """The remote, with this project's policies and settings on `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "origin"
        self.folder.mkdir()
        git(self.folder, "init", "-q", "-b", "main")
        for name in ("policies", "tools"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "__main__.py"):
            shutil.copy(path, self.folder)
        (self.folder / "Makefile").write_text(_MAKEFILE)
        (self.folder / ".gitignore").write_text(".venv\n")
        self._clones = 0
        self.commit({})

    def commit(self, files: Mapping[str, str], branch: str = "main") -> str:
        """Write these files on main, or on a new branch from it, and commit; the commit's id."""
        if branch != "main":
            git(self.folder, "checkout", "-q", "-B", branch, "main")
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "change")
        commit = git(self.folder, "rev-parse", "HEAD")
        git(self.folder, "checkout", "-q", "main")
        return commit

    def pull(self, files: Mapping[str, str]) -> None:
        """A pull request with these files: the branch `change`, and `merged` as the forge tries the merge."""
        self.commit(files, "change")
        git(self.folder, "checkout", "-q", "-B", "merged", "main")
        git(self.folder, "merge", "-q", "--no-ff", "-m", "try", "change")
        git(self.folder, "checkout", "-q", "main")

    def clone(self, branch: str = "main", into: Path | None = None) -> Path:
        """A fresh checkout of a branch."""
        self._clones += 1
        folder = into or self.folder.parent / f"work{self._clones}"
        git(self.folder.parent, "clone", "-q", "-b", branch, str(self.folder), str(folder))
        return folder

    def file(self, name: str) -> str:
        """A file of main."""
        return git(self.folder, "show", f"main:{name}") + "\n"
