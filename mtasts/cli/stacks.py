"""Prints the problems of a stack's policies, as `validate` does, and says if a stack has no mail domain."""

from collections.abc import Sequence

from mtasts.app.policies import no_domain
from mtasts.cli.screen import talk
from mtasts.policy.inputs import InputProblem


def tell_problems(problems: Sequence[InputProblem]) -> None:
    """Each on its line on stderr, and their number."""
    for problem in problems:
        talk(problem)
    count = len(problems)
    talk(f"mtasts: {count} problem{'' if count == 1 else 's'} in policies; nothing was done")


def note_empty(stack: str) -> None:
    """Say on stderr that a stack has no mail domain."""
    talk(no_domain(stack))
