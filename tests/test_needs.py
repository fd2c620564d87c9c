"""What a machine lacks is said once, at the end, with the way out; in CI it is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
WANTS_A_BROWSER = "tests/browser/test_pages.py::test_no_browser_is_left_over"


def run_without_a_browser(empty: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One test that needs Chromium, with nothing on PATH."""
    environ = {"PATH": str(empty), "HOME": str(empty), "LANG": "C.UTF-8", **more}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", WANTS_A_BROWSER]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_what_is_not_there_is_left_out_and_named(tmp_path: Path) -> None:
    """Exit 0, one closing block: how many, why, and the command that brings it."""
    done = run_without_a_browser(tmp_path)
    assert done.returncode == 0, done.stdout
    block = done.stdout.split("left out", 1)[1]
    assert "1 tests were left out" in block
    assert "1  no chromium (Debian: chromium)" in block
    assert needs.INSTALL in block
    assert (ROOT / needs.INSTALL.removeprefix("sh ")).is_file()


def test_in_ci_nothing_is_left_out(tmp_path: Path) -> None:
    """The same absence fails."""
    done = run_without_a_browser(tmp_path, **{needs.EVERYTHING: "1"})
    assert done.returncode == 1
    assert f"no chromium (Debian: chromium), and {needs.EVERYTHING} is set" in done.stdout


def test_ci_sets_it() -> None:
    """The script of CI, and so whatever calls it."""
    assert f"{needs.EVERYTHING}=1\nexport {needs.EVERYTHING}" in (ROOT / ".ci/run").read_text()


def test_each_package_is_installed_by_the_script() -> None:
    """What the block names as the way out brings what was missed; util-linux is on every Debian."""
    script = (ROOT / "tools/install-debian.sh").read_text()
    listed = script.split('packages="\n')[1].split('"')[0].split()
    assert set(needs.PACKAGES.values()) - {"util-linux"} <= set(listed)


def test_sbin_folders_are_searched() -> None:
    """A user's PATH on Debian has none of them; what is there stays in front, and nothing stands twice."""
    environ = {"PATH": "/usr/bin:/sbin"}
    needs.search_sbin(environ)
    assert environ["PATH"] == "/usr/bin:/sbin:/usr/local/sbin:/usr/sbin"
    assert set(needs.SBIN) <= set(os.environ["PATH"].split(":"))


def test_an_unknown_need_is_a_mistake_of_the_test() -> None:
    """It would leave the test out on every machine."""
    with pytest.raises(KeyError):
        needs.missing(["knottd"])
