"""A stack's policies for a verb: none is no error, and what is wrong is told in full, as `validate` tells it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtasts.cli.screen import talk
from mtasts.errors import NotValid

if TYPE_CHECKING:
    from mtasts.policy.config import InputProblem, Loaded


def tell_problems(problems: "Sequence[InputProblem]") -> None:
    """Each on its line on stderr, and their number."""
    for problem in problems:
        talk(problem)
    count = len(problems)
    talk(f"mtasts: {count} problem{'' if count == 1 else 's'} in policies; nothing was done")


def read_valid(policies: Path, stack: str) -> "Loaded":
    """The stack's policies, perhaps none. Raises NotValid, and CannotLook where there is no such stack."""
    loaded = read_named(policies, stack)
    if loaded.problems:
        raise NotValid(loaded.problems)
    return loaded


def read_named(policies: Path, stack: str, project: Path | None = None) -> "Loaded":
    """The stack's policies with their problems. Raises CannotLook where there is no such stack.

    Git keeps no empty folder: a stack that has settings, Pulumi.STACK.yaml in the project (the one of this folder by
    default), but no folder any more has no domain.
    """
    from mtasts.cli.quotas import nearest_project
    from mtasts.live.files import read_stack
    from mtasts.policy.config import Loaded

    short = stack.rsplit("/", 1)[-1]
    if policies.is_dir() and not (policies / short).is_dir():
        found = nearest_project(project or policies, Path.cwd())
        if found is not None and (found.root / f"Pulumi.{short}.yaml").is_file():
            return Loaded((), ())
    return read_stack(policies, short)


def note_empty(stack: str) -> None:
    """Say on stderr that a stack has no mail domain."""
    talk(f"note: stack {stack} has no mail domain; nothing to do")
