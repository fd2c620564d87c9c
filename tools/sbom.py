"""Write what a release is made of: `python -m tools.sbom DIST` makes DIST/sbom.cdx.json, in CycloneDX's form (SBOM).

From the pins of mtasts/release/, which every project installs by hash; the same pins give the same bytes. cyclonedx-bom
gets an environment of its own, by the hashes of sbom.lock (`uv pip compile --universal --generate-hashes`): it brings
rfc3987-syntax, with which every import of jsonschema takes more than a second.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tools.release_data import DATA

NAME = "sbom.cdx.json"
LOCK = Path(__file__).with_name("sbom.lock")


def install(folder: Path) -> Path:
    """An environment in `folder` that has cyclonedx-bom; its Python."""
    run(sys.executable, "-m", "venv", str(folder))
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    run(*pip, "--require-hashes", "--requirement", str(LOCK))
    return python


def write(python: Path, folder: Path) -> Path:
    """The file, made anew by cyclonedx-bom, which checks it against CycloneDX's schema."""
    made = folder / NAME
    command = [str(python), "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--spec-version", "1.6"]
    run(*command, "--output-format", "JSON", "--output-file", str(made), str(DATA))
    return made


def run(*command: str) -> None:
    """Run it; what it says when it fails ends this."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"sbom: {done.stderr.strip()}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="sbom-") as environment:
        print(write(install(Path(environment)), Path(sys.argv[1])))
