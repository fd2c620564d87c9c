"""Facts from the engine's state of a stack: its policy bucket, when its updates ended, and where each domain is.

The engine is another distribution's matter. What it installs says where to ask, by an entry point of the group
`mtasts.stack`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mtasts.changes.moves import Placed
from mtasts.errors import CannotLook
from mtasts.live.project import Project

GROUP = "mtasts.stack"


@dataclass(frozen=True, slots=True)
class Published:
    """`bucket`: the policy bucket, "" if nothing was published. `updates`: ends of successful ones, oldest first."""

    bucket: str
    updates: tuple[datetime, ...]


class NoState(CannotLook):
    """The backend has no state of the stack that can be read: whether anything was published is not known."""

    def __init__(self, stack: str, backend: str) -> None:
        super().__init__(
            f"no state of stack {stack} that can be read in {backend}",
            "is it the right backend? --ledger s3://BUCKET or FILE works without it",
        )


class StackState(Protocol):
    """The state of stacks, as their backend has it. `environ` names the backend and the engine."""

    def published(
        self, project: Project, stack: str, environ: Mapping[str, str], seconds: float | None = None
    ) -> Published:
        """What was published from a stack, within `seconds` if they are given.

        Raises CannotLook when the backend, or the engine for it, does not answer; NoState when there is no state of
        the stack.
        """

    def places(self, project: Project, stack: str, environ: Mapping[str, str]) -> Mapping[str, Placed]:
        """By mail domain; empty for a stack that is not there. Raises CannotLook when the backend does not answer."""


def stack_state() -> StackState:
    """The state as what is installed reads it. Raises CannotLook when nothing that reads it is installed."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - 60 ms, only where a stack is asked for

    for found in entry_points(group=GROUP):
        state: StackState = found.load()
        return state
    raise CannotLook(
        "the state of the stack needs a package that is not installed: mtasts-pulumi",
        "pip install 'mtasts-pulumi'; --ledger s3://BUCKET or FILE works without it",
    )
