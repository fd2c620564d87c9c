"""Prints the result of `diff` and `gate`."""

from mtasts.app.change import Change
from mtasts.cli.screen import document, say, talk
from mtasts.gate.merge_gate import GateResult
from mtasts.render.changes.text import text
from mtasts.render.ci.change import details, parts
from mtasts.render.ci.comment import SUMMARY_LIMIT, comment
from mtasts.render.ci.parts import to_json


def show(result: GateResult, change: Change, form: str, *, explain: bool = False) -> None:
    """Print the result as text, json or markdown, and on stderr what was wrong before the change."""
    for problem in change.standing:
        talk(f"note: wrong before this change, so its domain is held as published: {problem}")
    if form == "text":
        for line in text(result, explain=explain).splitlines():
            say(line)
        return
    found = parts(result, change.stacks, change.policies)
    if form == "json":
        document(to_json(found, details(result, dict(change.commits))), end="")
    else:
        document(comment(found, limit=SUMMARY_LIMIT, rest="`--format json`"), end="")
