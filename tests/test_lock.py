"""The lock holds what pyproject.toml asks for: a fresh machine gets what the code needs."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def test_every_dependency_is_locked_within_its_range():
    """Each requirement of the project, its extras and groups is pinned in requirements.lock, in range."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *(line for lines in project["project"]["optional-dependencies"].values() for line in lines),
        *(line for lines in project["dependency-groups"].values() for line in lines),
    ]
    pins = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    locked = {canonicalize_name(name): version for name, version in pins.items()}

    for line in wanted:
        requirement = Requirement(line)
        assert locked.get(canonicalize_name(requirement.name)) in requirement.specifier, line


def test_the_lock_names_no_index():
    """Hashes, and no address: the same bytes come from whatever index a machine has."""
    lock = (ROOT / "requirements.lock").read_text()

    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index" not in lock
