"""docs/reference/change-rules.md is what the rules say."""

from mtasts.changes.rules import RULES
from tools import change_rules_page


def test_the_page_is_in_step() -> None:
    """A new rule, code or word needs: python -m tools.change_rules_page."""
    assert change_rules_page.PAGE.read_text(encoding="utf-8") == change_rules_page.text()


def test_every_rule_stands_in_one_row_of_five_cells() -> None:
    """No rule is left out, and no word breaks the table."""
    rows = [line for line in change_rules_page.text().splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(rule.code for rule in RULES)
    assert {row.count("|") for row in rows} == {6}
