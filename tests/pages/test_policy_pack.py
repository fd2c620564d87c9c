"""The page of the policy pack has its rules, as they are."""

from pathlib import Path

from mtasts.changes.stack_rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "policy-pack.md"


def test_the_page_has_every_rule() -> None:
    """Code, demand, remedy and source, in the order of the table."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert rows == [f"| `{rule.code}` | {rule.title} | {rule.remedy} | {rule.source} |" for rule in RULES]
