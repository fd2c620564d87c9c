from collections.abc import Iterator
from importlib import import_module

import pytest

from mtasts.live.forge import FORGES
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import StandIn, serving


@pytest.fixture(params=FORGES)
def stand_in(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """Each forge in turn: a forge without a stand-in fails here."""
    with serving(import_module(f"tests.forge.{request.param}_stand_in").STAND_IN()) as server:
        yield server


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with serving(GitHubStandIn()) as server:
        yield server


@pytest.fixture
def gitlab() -> Iterator[GitLabStandIn]:
    with serving(GitLabStandIn()) as server:
        yield server
