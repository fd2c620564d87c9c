"""Writes docs/disagreements.md: `python -m tests.matrix.document`."""

from pathlib import Path

from tests.matrix.dane import ROWS
from tests.matrix.disagreements import document
from tests.matrix.situations import SITUATIONS

PATH = Path(__file__).parents[2] / "docs" / "disagreements.md"


def text() -> str:
    """What the file should hold."""
    return document(
        {situation.name: (situation.about, situation.delivers, situation.section) for situation in SITUATIONS},
        [(row.situation.about, row.situation.section, row.situation.delivers, row.postfix) for row in ROWS],
    )


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
