"""Raise the version of all three distributions, and close the changelog's section: `python -m tools.version 0.2.0`.

The version stands in pyproject.toml; those of components/ and sandbox/, and their pins of each other, follow it here.
"""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = (".", "components", "sandbox")
_VERSION = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"
_OURS = re.compile(rf'^(version = "|    "mtasts(?:-pulumi)?==){_VERSION}"', re.MULTILINE)


def raise_to(version: str, today: date, root: Path = ROOT) -> None:
    """Write it into each pyproject.toml, and over what is unreleased in the changelog."""
    for folder in FOLDERS:
        path = root / folder / "pyproject.toml"
        path.write_text(_OURS.sub(rf'\g<1>{version}"', path.read_text(encoding="utf-8")), encoding="utf-8")
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    released = text.replace("## Unreleased\n", f"## Unreleased\n\n## {version} ({today})\n", 1)
    changelog.write_text(released, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.fullmatch(_VERSION, sys.argv[1]):
        sys.exit("version: name one, such as 0.2.0 or 0.2.0rc1")
    raise_to(sys.argv[1], datetime.now(UTC).date())
    print("next: sh tools/bootstrap.sh")
