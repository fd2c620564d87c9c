"""An installation without the extras: which package is missing, and the command that brings it; no internal error."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mtasts.extras import PACKAGES
from tests.cli.filled import document
from tests.patience import PATIENCE

# As if the packages had never been installed, for whatever is imported later.
_WITHOUT = """
import sys
for name in {names!r}: sys.modules[name] = None
from mtasts.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
RECEIVER = ["starlette", "uvicorn"]
SANDBOX = ["moto", "dukpy"]
FILES = {
    "mtasts": "pyproject.toml",
    "mtasts-pulumi": "components/pyproject.toml",
    "mtasts-sandbox": "sandbox/pyproject.toml",
}


def _without(names, *words, cwd):
    command = [sys.executable, "-c", _WITHOUT.format(names=names), *map(str, words)]
    return subprocess.run(command, cwd=cwd, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd()),
                          "HOME": str(cwd)}, capture_output=True, text=True, timeout=PATIENCE, check=False)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "package", "install"),
    [
        (("reports", "serve", "--listen", "127.0.0.1:0"), "starlette", "mtasts[receiver]"),
        (("reports", "metrics", "--listen", "127.0.0.1:0", "--store", "kept"), "starlette", "mtasts[receiver]"),
        (("sandbox", "up", "--port", "0"), "dukpy, moto", "mtasts-sandbox"),
        (("demo",), "dukpy, moto", "mtasts-sandbox"),
    ],
)
def test_a_missing_package_is_named(tmp_path, words, package, install):
    """One line with the package, one with the way out, exit code 2, and nothing was begun."""
    done = _without(RECEIVER + SANDBOX, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    said, hint = done.stderr.splitlines()
    assert said.startswith("mtasts: ")
    assert said.endswith(f"not installed: {package}")
    assert hint == f"  hint: pip install '{install}'"
    assert not (tmp_path / ".mtasts").exists()
    assert not (tmp_path / "kept").exists()


def test_what_needs_no_extra_works_without(tmp_path):
    """Import, all questions about a store, and the help of the verbs that need one."""
    (tmp_path / "r.json").write_text(json.dumps(document("2026-03-05", 10)))
    for words in (
        ("import", "r.json", "--store", "kept"),
        ("summary", "--store", "kept"),
        ("metrics", "--store", "kept"),
        ("explain", "r.json"),
        ("serve", "--help"),
    ):
        done = _without(RECEIVER + SANDBOX, "reports", *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_another_missing_module_is_a_fault_of_ours(tmp_path):
    """It is not blamed on an extra."""
    done = _without(["sqlite3"], "reports", "summary", cwd=tmp_path)
    assert "internal error: ModuleNotFoundError" in done.stderr


def test_what_to_install_is_what_the_projects_declare():
    """The extras of `mtasts`, and what each of the other distributions brings: in PACKAGES is nothing else."""
    projects = {name: tomllib.loads(Path(path).read_text())["project"] for name, path in FILES.items()}
    assert [project["name"] for project in projects.values()] == list(projects)
    extras = projects["mtasts"]["optional-dependencies"]
    wanted = {(_name(text), f"mtasts[{extra}]") for extra, texts in extras.items() for text in texts}
    assert wanted <= set(PACKAGES.values())
    for package, install in set(PACKAGES.values()) - wanted:
        assert package == install or package in map(_name, projects[install]["dependencies"])


def _name(requirement):
    return re.match(r"[a-z0-9-]+", requirement)[0]
