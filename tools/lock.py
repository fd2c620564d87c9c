"""Write requirements.lock anew: `python -m tools.lock [uv's options]`, such as `--upgrade-package pulumi`.

What the three distributions and the groups for tests, linters, benchmarks and the site ask for, for every platform, by
hash. What is in the file already keeps its version as long as that fits. Needs `uv` (PyPI) on PATH.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tools.bootstrap import DISTRIBUTIONS, LOCK, ROOT

_OURS = re.compile(r"mtasts(-pulumi|-sandbox)?(?![a-z-])")


def wanted() -> list[str]:
    """The requirements of all distributions, extras and groups, but for each other; sorted."""
    lines = set()
    for folder in DISTRIBUTIONS:
        settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        project = settings["project"]
        lists = [project["dependencies"], *project.get("optional-dependencies", {}).values()]
        lists += settings.get("dependency-groups", {}).values()
        lines |= {line for one in lists for line in one}
    return sorted(line for line in lines if not _OURS.match(line))


def main(options: list[str]) -> int:
    """0 when the file is written."""
    uv = shutil.which("uv")
    if uv is None:
        print("lock: no uv on PATH: pip install uv", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "requirements.in"
        asked.write_text("".join(f"{line}\n" for line in wanted()), encoding="utf-8")
        command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11"]
        command += ["--no-header", "--no-annotate", "--output-file", str(LOCK), *options, str(asked)]
        return subprocess.run(command, check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
