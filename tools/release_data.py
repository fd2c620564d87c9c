"""Write the pins of mtasts/release/ from requirements.lock and tools/build.lock: `python -m tools.release_data`.

It is the part of the lock that the three distributions need to run, on any platform, without what only tests and lint
need, and of the other what builds the packages among them that come as source only. A project that `mtasts new` makes
installs exactly this, by hash.
"""

import importlib.metadata
import re
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
BUILD_LOCK = ROOT / "tools" / "build.lock"
DATA = ROOT / "mtasts" / "release" / "requirements.txt"
BUILD_DATA = ROOT / "mtasts" / "release" / "requirements-build.txt"
BUILDS = frozenset({"setuptools"})
OURS = frozenset({"mtasts", "mtasts-pulumi", "mtasts-sandbox"})


def text_of(lock: str) -> str:
    """The entries of the lock that `mtasts-sandbox` needs, as they stand there."""
    named = entries(lock)
    wanted = closure("mtasts-sandbox", named.keys())
    return "".join(entry for name, entry in named.items() if name in wanted)


def build_text_of(lock: str) -> str:
    """The entries of the lock of what builds packages, without what builds only ours."""
    return "".join(entry for name, entry in entries(lock).items() if name in BUILDS)


def entries(lock: str) -> dict[str, str]:
    """Each package of a lock with its lines."""
    found = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    return {canonicalize_name(name[0]): entry for entry in found if (name := re.match(r"[\w.-]+", entry))}


def closure(distribution: str, locked: Iterable[str]) -> set[str]:
    """The names of what a distribution needs, directly or not; what only another platform needs counts too."""
    known = {*locked, *OURS}
    found: set[str] = set()
    todo = [(distribution, frozenset[str]())]
    seen = set(todo)
    while todo:
        name, extras = todo.pop()
        found.add(name)
        for line in _requires(name):
            wanted = Requirement(line)
            following = (canonicalize_name(wanted.name), frozenset(wanted.extras))
            if _meant(wanted, extras) and following[0] in known and following not in seen:
                seen.add(following)
                todo.append(following)
    return found - OURS


def _requires(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []  # of another platform, so that it is not installed here


def _meant(wanted: Requirement, extras: frozenset[str]) -> bool:
    """Whether a requirement holds anywhere: without an extra, or with one of those that were asked for."""
    marker = str(wanted.marker or "")
    named = set(re.findall(r"extra == ['\"]([\w.-]+)['\"]", marker))
    return not named or bool(named & extras)


if __name__ == "__main__":
    DATA.write_text(text_of(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    BUILD_DATA.write_text(build_text_of(BUILD_LOCK.read_text(encoding="utf-8")), encoding="utf-8")
