"""The glossary names classes that exist, each once, in the module that it says."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PACKAGES = ("mtasts", "components/mtasts_pulumi", "sandbox/mtasts_sandbox")
ROWS = re.findall(r"^\| ([a-z][^|]*) \| (.+) \| (?:`(.+)`)? ?\|$", PAGE, re.MULTILINE | re.IGNORECASE)
NAMES = sorted({name for _, meaning, _ in ROWS for name in re.findall(r"`([A-Z]\w+)`", meaning)})
# The classes of a name that the glossary gives to one: {name: files}.
_FOUND: dict[str, list[str]] = defaultdict(list)
for _package in PACKAGES:
    for _module in sorted((ROOT / _package).rglob("*.py")):
        for _node in ast.walk(ast.parse(_module.read_text(encoding="utf-8"))):
            if isinstance(_node, ast.ClassDef):
                _FOUND[_node.name].append(str(_module.relative_to(ROOT)))


@pytest.mark.parametrize("name", NAMES)
def test_a_class_of_the_glossary_is_one_class(name: str) -> None:
    """Two classes of one name would be two meanings of one word."""
    assert len(_FOUND[name]) == 1, _FOUND[name]


def test_every_term_stands_where_the_page_says() -> None:
    """Its module or folder exists, and has the first class of its row."""
    assert NAMES
    for term, meaning, where in ROWS:
        assert not where or (ROOT / where).exists(), (term, where)
        for name in re.findall(r"`([A-Z]\w+)`", meaning)[:1]:
            assert _FOUND[name] == [where], (term, name, where)
