"""The project that this distribution came with."""

from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.project import Project, read_project


def own_project() -> Project:
    """The project that this command came with: the checkout it is installed from, or the copy inside a wheel.

    Raises CannotLook where neither is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package.parents[1], package / "project"):
        if (folder / "Pulumi.yaml").is_file():
            return read_project(folder)
    raise CannotLook(f"no project beside {package}", "say --project DIR")
