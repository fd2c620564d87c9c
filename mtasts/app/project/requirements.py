"""A release as a project pins it: three wheels by hash, and all that they need, by hash. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

DATA = "release/requirements.txt"
BUILD = "release/requirements-build.txt"
# In the order in which they stand on each other.
DISTRIBUTIONS = ("mtasts", "mtasts-pulumi", "mtasts-sandbox")
# Where a project keeps the wheels; pip and uv take it as a folder beside the file, wherever they are started.
WHEELS = "wheels"

_HEAD = """\
# mtasts {version} and all that it needs, by hash. Written by mtasts; `mtasts upgrade` replaces it whole.
# install.sh installs it, the same bytes everywhere.
"""
_BUILD_HEAD = """\
# What builds the packages that come as source, by hash: left alone, pip would fetch the newest of it, unseen.
"""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel: its file name and its bytes."""

    name: str
    content: bytes

    @property
    def distribution(self) -> str:
        """Such as mtasts-pulumi."""
        return self.name.split("-")[0].replace("_", "-")

    @property
    def sha256(self) -> str:
        """Its hash, as pip compares it."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Release:
    """One version: its three wheels, and what its own data pins: `closure`, all that they need, and `build`.

    `build` is what builds those of the closure that have no wheel. `carried`: our wheels come from a folder, so the
    project keeps them; else an index has them.
    """

    version: str
    wheels: Sequence[Wheel]
    closure: str
    build: str
    carried: bool


def requirements(release: Release, wheels: str = WHEELS) -> str:
    """The text of requirements.txt. `wheels`: the folder of the wheels that are carried, seen from the file's."""
    ours = "".join(
        f"{wheel.distribution}=={release.version} \\\n    --hash=sha256:{wheel.sha256}\n" for wheel in release.wheels
    )
    return (
        _HEAD.format(version=release.version)
        + (f"--find-links {wheels}\n" if release.carried else "")
        + ours
        + release.closure
    )


def build_requirements(release: Release) -> str:
    """The text of requirements-build.txt."""
    return _BUILD_HEAD + release.build
