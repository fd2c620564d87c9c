"""Write docs/reference/change-rules.md from the change rules: `python -m tools.change_rules_page`."""

from collections.abc import Iterable
from pathlib import Path

from mtasts.changes.rules import RULES, ChangeRule, Level

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "change-rules.md"
INTRODUCTION = """# The change rules

<!-- written by `python -m tools.change_rules_page` -->

Each step in a policy's life (a new YAML against the old one) is judged by these rules, from what was published, what
senders may still hold, what is in DNS and what the verdict says. A finding tells what happens to mail, what to do, and
the earliest date at which the same step passes; without a date no time alone will do it. The codes are public and
stable. A source "ours" is a rule of this project; everything else is in the RFC section named. Why they are as they
are: [decisions](../decisions/change-rules.md).

Two things always pass: a step that does not enforce (a roll-back to testing or none), and one that leaves the policy as
it is. One kind of file is not that far: until a domain is taken over from another tool nothing is published from here,
so nothing in its file is a roll-back. A sender may hold a policy until the last moment at which its text was served, or
its id was visible in DNS with its TTL, plus its max_age; what is not known counts on the unsafe side.
"""
LEVELS = {
    Level.BLOCK: ("Rules that block", "The step may not be made now."),
    Level.WARN: ("Rules that warn", "The step may be made; fix it or know why not."),
    Level.NOTE: ("Rules that note", "What the step means, and from when on."),
}


def text() -> str:
    """What the page should hold."""
    parts = [INTRODUCTION]
    for level, (title, about) in LEVELS.items():
        parts += [f"## {title}\n\n{about}\n", _table(rule for rule in RULES if rule.level is level)]
    return "\n".join(parts)


def _table(rules: Iterable[ChangeRule]) -> str:
    rows = [" | ".join((f"| `{rule.code}`", rule.title, rule.mail, rule.remedy, f"{rule.source} |")) for rule in rules]
    header = "| code | demands | else, what happens to mail | what to do | source |"
    return "\n".join([header, "|---|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
