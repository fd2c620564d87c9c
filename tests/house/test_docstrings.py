"""Every module says in its first words what it is or what it does: a noun or a verb, not a question word."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("mtasts", "components/mtasts_pulumi", "sandbox/mtasts_sandbox", "tools")
QUESTIONS = frozenset({"how", "what", "when", "where", "whether", "which", "who", "whom", "whose", "why"})


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_begins_with_a_noun_or_a_verb(package: str) -> None:
    """`What lies in a file` makes a reader wait for the subject; `Unpacks a file` does not."""
    modules = sorted((ROOT / package).rglob("*.py"))
    first = {str(module.relative_to(ROOT)): _first_word(module) for module in modules}
    assert first
    assert [name for name, word in first.items() if not word or word in QUESTIONS] == []


def _first_word(module: Path) -> str:
    """The first word of a module's docstring, in lower case; empty without one. A file without code needs none."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    words = (ast.get_docstring(tree) or "").split()
    return words[0].partition("'")[0].rstrip(",:").lower() if words else "" if tree.body else "-"
