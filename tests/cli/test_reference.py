"""docs/reference/cli.md knows every verb and every option."""

import re
from pathlib import Path

import pytest

from mtasts.cli.dispatch import VERBS
from tools.cli_reference import PAGE, help_of


@pytest.mark.parametrize("verb", list(VERBS))
def test_page_has_every_option(verb: str) -> None:
    """Checked by name, as argparse lays help out differently from one Python to the next."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## mtasts {verb}\n")[2].partition("\n## ")[0]
    assert section
    missing = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", help_of(verb))) - set(
        re.findall(r"(?<![\w-])--?[a-z][a-z-]*", section)
    )
    assert missing == set(), "run: python -m tools.cli_reference"


def test_links_lead_somewhere() -> None:
    """Every relative link of the pages about the engine and the command names a file."""
    root = Path(__file__).resolve().parents[2]
    for page in [PAGE, root / "docs" / "quickstart.md", *root.glob("docs/decisions/engine-*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page, target)
