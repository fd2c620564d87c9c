"""The sandbox of another distribution: which one runs, and what is said where it is not installed."""

import importlib.metadata
from pathlib import Path

import pytest

from mtasts.app.sandbox import sandbox_environment
from mtasts.errors import CannotLook


def test_none_runs_there(tmp_path: Path) -> None:
    """It is looked for where the environment that is handed in has it."""
    with pytest.raises(CannotLook, match=f"no sandbox runs on {tmp_path}"):
        sandbox_environment({"MTASTS_SANDBOX_DIR": str(tmp_path)})


def test_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The distribution is named, and how to install it."""
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: ())
    with pytest.raises(CannotLook, match="mtasts-sandbox, which is not installed") as error:
        sandbox_environment({})
    assert error.value.hint == "pip install mtasts-sandbox"
