"""The measurements still run; how fast anything is, is not asked here."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import MEASURED
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(("module", "_arguments", "_what"), MEASURED.values(), ids=MEASURED)
def test_each_can_be_begun(module: str, _arguments: list[str], _what: str) -> None:
    """What it imports of ours is still there."""
    assert callable(importlib.import_module(module).main)


@pytest.mark.parametrize("words", [("validate", "11", "1"), ("changes", "10")], ids=lambda words: words[0])
def test_a_small_one_ends(words: tuple[str, ...]) -> None:
    """Its files are still right, and the verb it measures takes them."""
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{words[1]} {'files' if words[0] == 'validate' else 'domains'}" in done.stdout
