"""Both stores, for tests of what they have in common."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.s3_server import new_bucket, s3_server


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 server; the environment, which names it, is the next module's as it was before."""
    with s3_server() as url:
        yield url


@pytest.fixture(params=["folder", "s3"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store may be."""
    if request.param == "folder":
        return str(tmp_path / "reports")
    request.getfixturevalue("s3")
    return f"s3://{new_bucket()}/a/prefix"


@pytest.fixture
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """A new place of the kind asked for."""

    def make(kind: str) -> str:
        if kind == "folder":
            return str(tmp_path_factory.mktemp("store") / "reports")
        request.getfixturevalue("s3")
        return f"s3://{new_bucket()}/p"

    return make
