"""Prints the result of a step: the findings of the change rules, the edit, and the command that publishes it."""

import argparse
from collections.abc import Iterable
from typing import TextIO

from mtasts.app.steps.edit import Edit
from mtasts.app.steps.occasion import Occasion
from mtasts.changes.rules import ChangeFinding
from mtasts.cli.next_command import command
from mtasts.cli.screen import document, say
from mtasts.render.runner import in_text
from mtasts.words.moments import at, not_before


def print_occasion(occasion: Occasion) -> None:
    """Say that the clock was handed in, if it was."""
    if occasion.rehearsed:
        say(f"rehearsal: judged as of {at(occasion.now)}{'' if occasion.sandbox else '; nothing will be written'}")


def print_findings(findings: Iterable[ChangeFinding]) -> None:
    """Print what the change rules say: level and text, what happens to mail, what to do, from when on it passes."""
    for finding in findings:
        say(f"\n{finding.level.value:<6}{finding.code} ({finding.source})")
        remark(finding.text)
        if finding.mail:
            remark(f"mail: {finding.mail}")
        if finding.remedy:
            remark(f"do: {finding.remedy}")
        if finding.earliest is not None:
            remark(f"when: {not_before(finding.earliest)}")


def write(edit: Edit, occasion: Occasion) -> None:
    """Print the edit as a diff and put it in place, if anything may be written. Raises CannotLook."""
    diff = edit.diff
    if not diff:
        return
    say()
    # `patch` refuses what is shown otherwise, if a runner would obey it.
    document("\n".join(map(in_text, diff.split("\n"))), end="")
    if occasion.writes:
        edit.write()
    else:
        say("\nnothing was written")


def remark(text: str, first: str = "      ", hang: int = 8, stream: TextIO | None = None) -> None:
    """Print a text as one line behind `first`; where it is folded, further lines are set in by `hang`."""
    say(first + " ".join(text.split()), hang, stream)


def remarks(texts: Iterable[str]) -> None:
    """Print each on its line."""
    for text in texts:
        remark(text)


def print_next(args: argparse.Namespace, stack: str, verb: str = "up", *options: str) -> None:
    """Print what publishes the edit; these verbs never do so themselves."""
    say(f"now: {command(args, verb, '--stack', stack, *options)}")
