"""Part of the changelog that lies between two versions. Pure."""

import re

DATA = "release/CHANGELOG.md"
_HEADING = re.compile(r"^(?=## )", re.MULTILINE)


def since(text: str, version: str) -> str:
    """The sections above that of `version`, without empty ones; where it has none, the newest section alone."""
    sections = [part for part in _HEADING.split(text) if part.startswith("## ") and part.strip().count("\n")]
    named = [section.split()[1] for section in sections]
    newer = sections[: named.index(version)] if version in named else sections[:1]
    return "".join(newer).rstrip("\n")
