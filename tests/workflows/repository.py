"""A repository on a forge, as a job finds it: a remote, clones of it, and a change that was tried to be merged.

The project in it is one of `mtasts new`, at the top or in a folder beside other things.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from mtasts.app.project.new import NewRequest, plan, write
from mtasts.app.project.pipelines import Pipelines
from mtasts.app.project.requirements import DISTRIBUTIONS, Release, Wheel
from tests.repositories import Repo, git
from tests.workflows.steps import ROOT

STACKS = ("staging", "prod")
PIPELINES = Pipelines("example/mtasts", "0123456789" * 4, "1.2.3")
# In a job it makes .venv of what the commit that is checked out pins; here it takes the one that the tests run in.
_INSTALL = f'#!/bin/sh\ncd "$(dirname "$0")" && ln -sfn {ROOT / ".venv"} .venv\n'


def new_project(folder: Path, ci: str, *stacks: str) -> None:
    """Make a project as `mtasts new` does, pinning a release that nobody installs."""
    wheels = tuple(Wheel(f"{name.replace('-', '_')}-1.2.3-py3-none-any.whl", b"") for name in DISTRIBUTIONS)
    planned = plan(NewRequest(folder, Release("1.2.3", wheels, "", "", carried=True), stacks, ci, PIPELINES))
    assert not planned.problems
    write(planned)


class Origin(Repo):
    """The remote: a project with the stacks `staging` and `prod`, and two mail domains in the first, on `main`.

    `project`: its folder in the repository, "." for the top.
    """

    def __init__(self, folder: Path, project: str = ".", ci: str = "github") -> None:
        super().__init__(folder / "origin")
        self.project = project
        self.path = "" if project == "." else f"{project}/"
        new_project(self.folder / project, ci, *STACKS)
        for name in ("staging", "prod"):
            shutil.copytree(ROOT / "policies" / name, self.folder / project / "policies" / name, dirs_exist_ok=True)
        prod = "config:\n  mtasts:after: staging\n  aws:region: eu-central-1\n"
        self._clones = 0
        self.commit({f"{self.path}install.sh": _INSTALL, f"{self.path}Pulumi.prod.yaml": prod, "README.md": "ours\n"})

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
