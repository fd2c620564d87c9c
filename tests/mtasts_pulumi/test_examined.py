"""What `doctor` says of the engine and of the state."""

import importlib.metadata
from pathlib import Path

import pytest

from mtasts.render.doctor import State
from mtasts_pulumi import examined
from mtasts_pulumi.engine.version import SDK, VERSION, dotted
from tests.app.doctor.projects import ROUTE53, make_project, set_up
from tests.mtasts_pulumi.engine.test_find import environment, fake_engine


@pytest.mark.parametrize(
    ("says", "state", "told"),
    [(f"v{dotted(VERSION)}", State.OK, dotted(VERSION)), ("v3.10.0", State.WRONG, "older than")],
)
def test_the_engine_that_would_run(says: str, state: State, told: str, tmp_path: Path) -> None:
    """It is asked for its version; one that does not fit is named, with the way out."""
    folder = tmp_path / "bin"
    folder.mkdir()
    named = environment(tmp_path, MTASTS_ENGINE=str(fake_engine(folder, says)))
    found = {one.subject: one for one in examined.engine(set_up(make_project(tmp_path / "mail"), named))}
    assert (found["engine"].state, told in found["engine"].says) == (state, True)
    assert found["engine SDK"].state is State.OK


def test_no_engine_is_not_obtained(tmp_path: Path) -> None:
    """It says what obtains one."""
    found = {one.subject: one for one in examined.engine(set_up(make_project(tmp_path), environment(tmp_path)))}
    assert (found["engine"].state, found["engine"].step) == (State.MISSING, "`mtasts engine` obtains it")


def test_an_sdk_of_another_version(tmp_path: Path, monkeypatch) -> None:
    """pip may have raised it for another project."""
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "3.1.0")
    found = {one.subject: one for one in examined.engine(set_up(make_project(tmp_path), environment(tmp_path)))}
    assert (found["engine SDK"].state, dotted(SDK) in found["engine SDK"].step) == (State.WRONG, True)


def test_a_stack_without_state(tmp_path: Path) -> None:
    """Missing, with the command that makes it; a backend that does not answer is unknown."""
    root, backend = make_project(tmp_path / "mail", example_com=ROUTE53), tmp_path / "state"
    backend.mkdir()
    (found,) = examined.state(set_up(root, environment(tmp_path, PULUMI_BACKEND_URL=f"file://{backend}")))
    assert (found.state, "mtasts up --stack prod --create" in found.step) == (State.MISSING, True)
    (found,) = examined.state(set_up(root, environment(tmp_path, PULUMI_BACKEND_URL="s3://example-state")))
    assert (found.state, found.step) == (State.UNKNOWN, "`mtasts engine` obtains it")
    assert list(examined.state(set_up(tmp_path))) == []
