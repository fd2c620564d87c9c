"""docs/checks.md is what the checks say."""

from tools import checks_page


def test_the_page_is_in_step() -> None:
    """A new check, code or fix needs: python -m tools.checks_page."""
    assert checks_page.PAGE.read_text(encoding="utf-8") == checks_page.text()
