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
REPORTS = ["dkim", "boto3", "botocore", "starlette", "uvicorn"]
SANDBOX = ["moto", "dukpy"]


def _without(names, *words, cwd):
    command = [sys.executable, "-c", _WITHOUT.format(names=names), *map(str, words)]
    return subprocess.run(command, cwd=cwd, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd()),
                          "HOME": str(cwd)}, capture_output=True, text=True, timeout=PATIENCE, check=False)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "package", "extra"),
    [
        (("reports", "import", "in"), "dkimpy", "reports"),
        (("reports", "import", "in", "--no-dkim", "--store", "s3://b/p"), "boto3", "reports"),
        (("reports", "import", "s3://b/p", "--no-dkim", "--store", "kept"), "boto3", "reports"),
        (("reports", "serve", "--listen", "127.0.0.1:0"), "starlette", "reports"),
        (("reports", "metrics", "--listen", "127.0.0.1:0", "--store", "kept"), "uvicorn", "reports"),
        (("reports", "summary", "--store", "s3://b/p"), "boto3", "reports"),
        (("sandbox", "up", "--port", "0"), "dukpy, moto", "sandbox"),
        (("demo",), "dukpy, moto", "sandbox"),
    ],
)
def test_a_missing_extra_is_named(tmp_path, words, package, extra):
    """One line with the package, one with the way out, exit code 2, and nothing was begun."""
    (tmp_path / "in").mkdir()
    done = _without(REPORTS, "reports", "import", "in", "--no-dkim", "--store", "kept", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = _without(REPORTS + SANDBOX, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    said, hint = done.stderr.splitlines()
    assert said.startswith("mtasts: ")
    assert said.endswith(f"not installed: {package}")
    assert hint == f"  hint: pip install 'mtasts[{extra}]'"
    assert not (tmp_path / ".mtasts" / "reports").exists()


def test_what_needs_no_extra_works_without(tmp_path):
    """Files without signatures, and all questions about a folder."""
    (tmp_path / "r.json").write_text(json.dumps(document("2026-03-05", 10)))
    words = ("--store", "kept")
    assert _without(REPORTS + SANDBOX, "reports", "import", "r.json", "--no-dkim", *words, cwd=tmp_path).returncode == 0
    assert _without(REPORTS + SANDBOX, "reports", "summary", *words, cwd=tmp_path).returncode == 0
    assert _without(REPORTS + SANDBOX, "reports", "explain", "r.json", cwd=tmp_path).returncode == 0


def test_another_missing_module_is_a_fault_of_ours(tmp_path):
    """It is not blamed on an extra."""
    done = _without([*REPORTS, "sqlite3"], "reports", "summary", cwd=tmp_path)
    assert "internal error: ModuleNotFoundError" in done.stderr


def test_the_extras_are_those_of_the_project():
    """Package by package; and all of them are known here."""
    extras = tomllib.loads(Path("pyproject.toml").read_text())["project"]["optional-dependencies"]
    declared = {re.match(r"[a-z0-9]+", text)[0]: extra for extra, texts in extras.items() for text in texts}
    assert dict(PACKAGES.values()) == declared
