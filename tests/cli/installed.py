"""The project as its wheel lays it out: what pyproject.toml puts into it, and nothing else of the checkout."""

import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lay_out(folder: Path) -> Path:
    """Copy it; put the folder on PYTHONPATH, and it is found before the checkout."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    skip = shutil.ignore_patterns("__pycache__")
    for package in wheel["packages"]:
        shutil.copytree(ROOT / package, folder / package, ignore=skip)
    for source, target in wheel["force-include"].items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target, ignore=skip)
        else:
            shutil.copyfile(ROOT / source, folder / target)
    return folder
