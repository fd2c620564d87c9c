"""The stage that the engine tests play on, and who watches it from outside."""

import pytest

from tests.engine.stage import Stage
from tests.engine.watcher import Watcher


@pytest.fixture
def stage(tmp_path, engine, monkeypatch):
    """A running sandbox with the two example domains' policies, nothing published yet."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    stage = Stage(tmp_path)
    stage.start()
    yield stage
    stage.stop()


@pytest.fixture
def published(stage):
    """The stage after its first publication."""
    done = stage.up()
    assert done.code == 0, done.err
    return stage


@pytest.fixture
def watched(published):
    """The published stage with a watcher that looks all the time; at the end it must have seen nothing out of step."""
    with Watcher(published) as watcher:
        yield published, watcher
    watcher.judge()
