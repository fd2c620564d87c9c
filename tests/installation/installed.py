"""The distributions as they are published: wheels, each built from its source distribution, and laid out."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

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
