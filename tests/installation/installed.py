"""The distributions as they are published: wheels, each built from its source distribution, and laid out."""

import importlib.metadata
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
DISTRIBUTIONS = {"mtasts": ROOT, "mtasts_pulumi": ROOT / "components", "mtasts_sandbox": ROOT / "sandbox"}


def lay_out(folder: Path, *names: str) -> Path:
    """Those named, or all; put the folder on PYTHONPATH, and it is found before the checkout."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or DISTRIBUTIONS:
        with zipfile.ZipFile(wheel(name, folder / ".built")) as packed:
            packed.extractall(folder)
    return folder


def wheel(name: str, folder: Path) -> Path:
    """The wheel of one distribution, built without the checkout: what its source distribution lacks is not in it."""
    build(DISTRIBUTIONS[name], "sdist", folder)
    with tarfile.open(next(folder.glob(f"{name}-*.tar.gz"))) as packed:
        packed.extractall(folder, filter="data")
    build(next(path for path in folder.glob(f"{name}-*") if path.is_dir()), "wheel", folder)
    return next(folder.glob(f"{name}-*.whl"))


def build(source: Path, target: str, folder: Path) -> None:
    """By hatchling, which tools/build.lock pins; no index is asked."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=PATIENCE)


def closure(name: str) -> set[str]:
    """A distribution's dependencies and theirs, extras only where they are asked for."""
    found: set[str] = set()
    todo = [(name, frozenset[str]())]
    seen = set(todo)
    while todo:
        one, extras = todo.pop()
        found.add(one)
        for line in importlib.metadata.requires(one) or ():
            wanted = Requirement(line)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                following = (canonicalize_name(wanted.name), frozenset(wanted.extras))
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
    return found


def link(site: Path, names: Iterable[str]) -> None:
    """Links to installed distributions, so that just these are found there, and no index is needed."""
    site.mkdir(parents=True, exist_ok=True)
    for name in names:
        found = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            where = Path(str(found.locate_file(top)))
            if where.exists() and not (site / top).exists():
                (site / top).symlink_to(where)
