"""A release that need not be built: what matters of a wheel here is its name, its hash and two texts in it."""

import io
import zipfile

import pytest

from mtasts.app.project.requirements import DISTRIBUTIONS, Release, Wheel


def wheel(name: str, version: str, **files: str) -> Wheel:
    """A wheel with these files of its package."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        for path, text in files.items():
            packed.writestr(path, text)
    return Wheel(f"{name.replace('-', '_')}-{version}-py3-none-any.whl", kept.getvalue())


@pytest.fixture
def release() -> Release:
    """Of version 1.2.3, its wheels from a folder."""
    wheels = tuple(wheel(name, "1.2.3") for name in DISTRIBUTIONS)
    return Release("1.2.3", wheels, "six==1.17.0 \\\n    --hash=sha256:00\n", "setuptools==80.10.2\n", carried=True)
