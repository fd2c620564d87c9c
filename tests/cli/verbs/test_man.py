"""`mtasts man`, judged by mandoc."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.cli.dispatch import installed
from mtasts.cli.verbs.man import pages
from tests.patience import PATIENCE


def mtasts(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mtasts", "man", *words]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_every_verb_has_its_page(tmp_path: Path) -> None:
    """Those of the groups, too; without a folder they go where `man` looks for a user's own."""
    done = mtasts(home=tmp_path)
    folder = tmp_path / ".local" / "share" / "man" / "man1"
    written = {path.stem for path in folder.iterdir()}
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{len(written)} pages in {folder}\n"
    assert {"mtasts", "mtasts-reports-import", *(f"mtasts-{verb}" for verb in installed())} <= written


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """One line, exit 2."""
    (tmp_path / "file").touch()
    done = mtasts(str(tmp_path / "file" / "man1"), home=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 2)


def test_pages_have_every_option() -> None:
    """From the parsers, so that nothing has to be kept in step by hand."""
    found = {page.command: dict(page.rows) for page in pages()}
    assert "--json" in found["mtasts doctor"]
    assert any("--stack" in what for what in found["mtasts up"])
    assert "import" in found["mtasts reports"]


@pytest.mark.needs("mandoc")
def test_mandoc_has_nothing_to_say(tmp_path: Path) -> None:
    """Every page is read without a warning, and shows what was meant."""
    assert mtasts(str(tmp_path), home=tmp_path).returncode == 0
    mandoc = shutil.which("mandoc")
    assert mandoc
    every = sorted(str(path) for path in tmp_path.glob("*.1"))
    judged = subprocess.run(
        [mandoc, "-Tlint", "-Wwarning", *every], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    # A date would make other bytes of the same version.
    assert [line for line in judged.stdout.splitlines() if "missing date" not in line] == []
    page = [mandoc, "-Tutf8", str(tmp_path / "mtasts-doctor.1")]
    shown = subprocess.run(page, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    assert "--role ARN" in re.sub(".\b", "", shown)  # bold letters are struck twice
