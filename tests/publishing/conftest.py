"""The stage that the engine tests play on, and who watches it from outside."""

import shutil

import pytest

from tests.publishing.stage import Stage
from tests.publishing.watcher import Watcher


@pytest.fixture
def stage(tmp_path, engine, monkeypatch):
    """A running sandbox with the two example domains' policies, nothing published yet."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    stage = Stage(tmp_path)
    stage.start()
    yield stage
    stage.stop()


@pytest.fixture(scope="session")
def _first_publication(tmp_path_factory, engine):
    """The folder of a stage that was published once, its sandbox at rest: a copy costs less."""
    folder = tmp_path_factory.mktemp("p")
    stage = Stage(folder)
    stage.environment["MTASTS_ENGINE"] = str(engine)
    stage.start()
    try:
        done = stage.up()
        assert done.code == 0, done.err
    finally:
        stage.stop()
    return folder


@pytest.fixture
def published(tmp_path, _first_publication, engine, monkeypatch):
    """The stage after its first publication."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    shutil.copytree(_first_publication / "sandbox", tmp_path / "sandbox")
    stage = Stage(tmp_path)
    stage.start()
    yield stage
    stage.stop()


@pytest.fixture
def watched(published):
    """The published stage with a watcher that looks all the time; at the end it must have seen nothing out of step."""
    with Watcher(published) as watcher:
        yield published, watcher
    watcher.judge()
