"""Write docs/checks.md from the checks and the troubles: `python -m tools.checks_page`."""

from collections.abc import Iterable
from pathlib import Path

from mtasts.verify.findings import Check, Level
from mtasts.verify.run_checks import CHECKS
from mtasts.verify.troubles import TROUBLES

PAGE = Path(__file__).parent.parent / "docs" / "checks.md"
INTRODUCTION = """# What `mtasts verify` checks

<!-- written by `python -m tools.checks_page` -->

Each check ends in *pass*, *fail*, *unknown* (could not be looked at; never a pass) or *not applicable*. Its id and its
codes are public and stable: `--json`, `--format junit` and `--format github` carry them, and
`mtasts verify --explain CODE` tells what stands here on the command line. A source "ours" is a rule of this project;
everything else is in the RFC section named.
"""
LEVELS = {
    Level.BLOCK: (
        "Checks that decide",
        "Failed: a sender that enforces would not deliver, or gets no policy. Unknown: the verdict is *can't tell*.",
    ),
    Level.WARN: (
        "Checks that warn",
        "Delivery stands, and something wants to be fixed. The exit code is 1 all the same.",
    ),
    Level.NOTE: ("Checks that note", "Worth knowing; the exit code does not change."),
}


def text() -> str:
    """What the page should hold."""
    parts = [INTRODUCTION]
    for level, (title, about) in LEVELS.items():
        parts += [f"## {title}\n\n{about}\n", _table(check for check in CHECKS if check.level is level)]
    parts.append(
        "## Codes\n\nA finding has the id of its check as code, or one of these, which say more precisely what was"
        " met.\nProblems of a record's or a policy's grammar have the codes of [`mtasts lint`](reference/lint.md);"
        " `--explain`\nknows them and the TLS-RPT result types, too.\n"
    )
    parts += [_code(code, *words) for code, words in TROUBLES.items()]
    return "\n".join(parts)


def _table(checks: Iterable[Check]) -> str:
    rows = [f"| `{check.id}` | {_cell(check.title)} | {_cell(check.remedy)} | {check.source} |" for check in checks]
    return "\n".join(["| check | asks whether | else | source |", "|---|---|---|---|", *rows, ""])


def _code(code: str, meaning: str, cause: str, fix: str, source: str) -> str:
    return f"### {code}\n\n{meaning}\n\n- Usual cause: {cause}\n- Fix: {fix}\n- Source: {source}\n"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
