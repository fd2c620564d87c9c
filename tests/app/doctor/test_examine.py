"""All examinations together: none stops another, and nothing that could not be looked at passes."""

from pathlib import Path

import pytest

from mtasts.app.doctor import examine as every
from mtasts.app.doctor.examine import examine
from mtasts.errors import CannotLook
from mtasts.render.doctor import OPEN, State
from tests.app.doctor.projects import make_project, set_up

module = __import__("mtasts.app.doctor.examine", fromlist=["examine"])


def test_an_empty_folder(tmp_path: Path) -> None:
    """It says that there is no project, and names nobody's credentials."""
    found = list(every(set_up(tmp_path)))
    subjects = [one.subject for one in found]
    assert [one.state for one in found if one.subject == "project"] == [State.MISSING]
    assert len(subjects) == len(set(subjects))
    assert all(bool(one.step) == (one.state in OPEN) for one in found)


def test_one_that_cannot_look_is_unknown(tmp_path: Path, monkeypatch) -> None:
    """For a reason that it names, or one that nobody foresaw; the others go on."""

    def cannot(_):
        raise CannotLook("the moon is not there", "wait for it")

    def broken(_):
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(module, "_AFTER", (("moon", cannot), ("broken", broken)))
    setup = set_up(make_project(tmp_path))
    found = {one.subject: one for one in examine(setup)}
    assert (found["moon"].state, found["moon"].step) == (State.UNKNOWN, "wait for it")
    assert (found["broken"].state, found["broken"].says) == (State.UNKNOWN, "RuntimeError: nobody foresaw this")
    with pytest.raises(RuntimeError):
        list(examine(setup, debug=True))
