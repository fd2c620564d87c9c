"""One scene for all of this folder: it is dear to set up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.scene import Scene
from tests.namespaces import namespace


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Iterator[Scene]:
    """The fleet, published and reported about; the reports imported by the pipeline's own step."""
    with namespace() as space:
        scene = Scene(tmp_path_factory.mktemp("g"), space)
        scene.environment["MTASTS_ENGINE"] = str(engine)
        try:
            scene.arrange()
            taken = scene.play("watch", "import", scene.clone())
            assert taken.passed, taken.results
            yield scene
        finally:
            scene.end()
