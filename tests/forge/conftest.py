from collections.abc import Iterator

import pytest

from tests.forge.github_stand_in import GitHubStandIn
from tests.forge.gitlab_stand_in import GitLabStandIn
from tests.forge.stand_in import serving

AnyStandIn = GitHubStandIn | GitLabStandIn


@pytest.fixture(params=[GitHubStandIn, GitLabStandIn], ids=["github", "gitlab"])
def stand_in(request: pytest.FixtureRequest) -> Iterator[AnyStandIn]:
    with serving(request.param()) as server:
        yield server


@pytest.fixture
def github() -> Iterator[GitHubStandIn]:
    with serving(GitHubStandIn()) as server:
        yield server


@pytest.fixture
def gitlab() -> Iterator[GitLabStandIn]:
    with serving(GitLabStandIn()) as server:
        yield server
