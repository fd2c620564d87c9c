from collections.abc import Iterator
from contextlib import AbstractContextManager
from importlib import import_module

import pytest

from mtasts.live.forge import FORGES
from mtasts.live.forge.environment import kind
from tests.forge.azure_stand_in import AzureStandIn
from tests.forge.bitbucket_stand_in import BitbucketStandIn
from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import StandIn, serving


def _serving(name: str) -> AbstractContextManager[StandIn]:
    return serving(import_module(f"tests.forge.{name}_stand_in").STAND_IN())


@pytest.fixture(params=FORGES)
def stand_in(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """Each forge in turn: a forge without a stand-in fails here."""
    with _serving(request.param) as server:
        yield server


@pytest.fixture(params=[name for name in FORGES if kind(name).issues])
def with_issues(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """Each forge that has issues."""
    with _serving(request.param) as server:
        yield server


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with serving(GitHubStandIn()) as server:
        yield server


@pytest.fixture
def gitlab() -> Iterator[GitLabStandIn]:
    with serving(GitLabStandIn()) as server:
        yield server


@pytest.fixture
def bitbucket() -> Iterator[BitbucketStandIn]:
    with serving(BitbucketStandIn()) as server:
        yield server


@pytest.fixture
def azure() -> Iterator[AzureStandIn]:
    with serving(AzureStandIn()) as server:
        yield server
