"""The lock holds what pyproject.toml asks for: a fresh machine gets what the code needs."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def test_every_dependency_is_locked_within_its_range():
    """Each requirement of the project, its extras and groups is pinned in requirements.lock, in range."""
    projects = [
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text()) for folder in (".", "components", "sandbox")
    ]
    wanted = [line for project in projects for line in project["project"]["dependencies"] if "mtasts" not in line]
    for project in projects:
        wanted += (line for lines in project["project"].get("optional-dependencies", {}).values() for line in lines)
        wanted += (line for lines in project.get("dependency-groups", {}).values() for line in lines)
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


def test_what_builds_packages_is_locked_too():
    """By hash, in range of pyproject.toml and in the versions of requirements.lock; nothing else builds anything."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    text = (ROOT / "tools" / "build.lock").read_text()
    pins = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+) \\\n    --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE))
    runtime = dict(
        re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )

    assert len(pins) == text.count("==")
    # editables: hatchling asks for it when it builds an editable installation.
    assert {"editables", "setuptools"} < pins.keys()
    for line in wanted:
        requirement = Requirement(line)
        assert pins[requirement.name] in requirement.specifier
    assert {name: runtime[name] for name in pins if name in runtime}.items() <= pins.items()
    bootstrap = (ROOT / "tools" / "bootstrap.py").read_text()
    for call in re.findall(r"run\(\*pip, (.+)\)", bootstrap):
        assert "--require-hashes" in call or '"--no-deps", *editable' in call
        assert "--no-build-isolation" in call or '"--only-binary", ":all:"' in call
