"""Language hosts and a sandbox for programs on the component package."""

import os

import pytest

from tests.publishing.stage import Stage
from tools import language_hosts


@pytest.fixture(scope="session")
def yaml_host():
    return language_hosts.yaml_host(os.environ)


@pytest.fixture
def stage(tmp_path, engine, monkeypatch):
    """A running sandbox; nothing is published yet."""
    monkeypatch.setenv("MTASTS_ENGINE", str(engine))
    stage = Stage(tmp_path)
    stage.start()
    yield stage
    stage.stop()
