"""The table and the templates: nothing lies about unused, and no template names what has no value."""

from importlib.resources import files
from pathlib import Path

import pytest

from mtasts.app.project.fill import NAMES, names
from mtasts.app.project.table import FILES

TEMPLATES = Path(str(files("mtasts.app.project"))) / "files"


def test_every_template_is_in_the_table() -> None:
    """And every one in the table is there."""
    there = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file()}
    assert there == {file.template for file in FILES if file.template}


@pytest.mark.parametrize("file", [file for file in FILES if file.template], ids=lambda file: file.template)
def test_a_template_names_what_has_a_value(file: object) -> None:
    """In its text and in its target."""
    text = (TEMPLATES / file.template).read_text()
    assert names(text) | names(file.target) <= NAMES.keys()
    # The line of a language server is in all of them; no line is longer than ours are.
    assert max(map(len, text.splitlines())) <= 150
