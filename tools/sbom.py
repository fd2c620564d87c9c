"""Write what a release is made of: `python -m tools.sbom DIST` makes DIST/sbom.cdx.json, in CycloneDX's form (SBOM).

From the pins of mtasts/release/, which every project installs by hash; the same pins give the same bytes.
"""

import subprocess
import sys
from pathlib import Path

from tools.release_data import DATA

NAME = "sbom.cdx.json"


def write(folder: Path) -> Path:
    """The file, made anew by cyclonedx-bom, which checks it against CycloneDX's schema."""
    made = folder / NAME
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--spec-version", "1.6"]
    done = subprocess.run(
        [*command, "--output-format", "JSON", "--output-file", str(made), str(DATA)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"sbom: {done.stderr.strip()}")
    return made


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
