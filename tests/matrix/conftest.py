"""The lab of the matrix, started once for all of its tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.matrix import dane
from tests.matrix.lab import Lab, running, verify
from tests.matrix.situations import SITUATIONS


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The servers of all situations."""
    with running((*SITUATIONS, *dane.SITUATIONS)) as lab:
        yield lab


@pytest.fixture(scope="session")
def ours(lab: Lab) -> dict[str, dict[str, Any]]:
    """What `mtasts verify` says of each domain."""
    return verify(lab)
