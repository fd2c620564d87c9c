"""The distributions as their wheels lay them out: what each pyproject.toml puts in, and no more of the checkout."""

import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DISTRIBUTIONS = (ROOT, ROOT / "components", ROOT / "sandbox")


def lay_out(folder: Path) -> Path:
    """Copy all of them; put the folder on PYTHONPATH, and it is found before the checkout."""
    skip = shutil.ignore_patterns("__pycache__")
    for distribution in DISTRIBUTIONS:
        wheel = tomllib.loads((distribution / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
            "wheel"
        ]
        for package in wheel["packages"]:
            shutil.copytree(distribution / package, folder / package, ignore=skip)
        for source, target in wheel.get("force-include", {}).items():
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            if (distribution / source).is_dir():
                shutil.copytree(distribution / source, folder / target, ignore=skip)
            else:
                shutil.copyfile(distribution / source, folder / target)
    return folder
