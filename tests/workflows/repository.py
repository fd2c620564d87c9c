"""A repository on a forge, as a job finds it: a remote, clones of it, and a change that was tried to be merged."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.repositories import Repo, git
from tests.workflows.steps import ROOT

# `make` in a job makes .venv of the commit that is checked out; here it takes the one that the tests run in.
_MAKEFILE = f"venv engine:\n\t@ln -sfn {ROOT / '.venv'} .venv\n"


class Origin(Repo):
    """The remote, with this project's policies and settings on `main`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "origin")
        for name in ("policies", "tools"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "__main__.py"):
            shutil.copy(path, self.folder)
        self._clones = 0
        self.commit({"Makefile": _MAKEFILE, ".gitignore": ".venv\n"})

    def pull(self, files: Mapping[str, str]) -> None:
        """A pull request with these files: the branch `change`, and `merged` as the forge tries the merge."""
        self.git("checkout", "-q", "-B", "change", "main")
        self.commit(files)
        self.git("checkout", "-q", "-B", "merged", "main")
        self.git("merge", "-q", "--no-ff", "-m", "try", "change")
        self.switch("main")

    def clone(self, branch: str = "main", into: Path | None = None) -> Path:
        """A fresh checkout of a branch."""
        self._clones += 1
        folder = into or self.folder.parent / f"work{self._clones}"
        git(self.folder.parent, "clone", "-q", "-b", branch, str(self.folder), str(folder))
        return folder

    def file(self, name: str) -> str:
        """A file of main."""
        return self.git("show", f"main:{name}") + "\n"
