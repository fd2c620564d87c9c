"""Build a release into dist/: `python -m tools.dist`.

Three wheels and their source distributions, requirements.txt (the wheels and all that they need, by hash), and
SHA256SUMS. Built by what tools/build.lock pins, with the commit's time, so that the same commit gives the same bytes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from mtasts.app.project.release import from_folder
from mtasts.app.project.requirements import build_requirements, requirements

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"


def make(dist: Path, root: Path = ROOT) -> None:
    """Fill the folder anew: another version's wheels beside these would be taken for these."""
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": commit_time()}
    for source in (root, root / "components", root / "sandbox"):
        build(source, "sdist", dist, environment)
    for packed in sorted(dist.glob("*.tar.gz")):
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(packed) as archive:
                archive.extractall(folder, filter="data")
            # From the source distribution: what that lacks is in no wheel.
            build(next(Path(folder).iterdir()), "wheel", dist, environment)
    release = from_folder(dist)
    (dist / "requirements.txt").write_text(requirements(release, "."), encoding="utf-8")
    (dist / "requirements-build.txt").write_text(build_requirements(release), encoding="utf-8")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(dist.iterdir())]
    (dist / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def build(source: Path, target: str, folder: Path, environment: dict[str, str]) -> None:
    """One distribution, by hatchling; no index is asked."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"dist: {source}: {done.stderr.strip()}")


def commit_time() -> str:
    """Seconds since 1970, of the commit that is checked out; 0 where there is no git."""
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "0"


if __name__ == "__main__":
    make(Path(sys.argv[1]).absolute() if sys.argv[1:] else DIST)
    for path in sorted(DIST.iterdir() if not sys.argv[1:] else Path(sys.argv[1]).iterdir()):
        print(path)
