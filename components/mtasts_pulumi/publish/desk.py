"""The desk of whoever publishes: what is said there while it goes on, and the question before anything is changed."""

from contextlib import AbstractContextManager
from typing import Protocol

from mtasts_pulumi.engine.first_look import FirstLook
from mtasts_pulumi.engine.outcome import Outcome
from mtasts_pulumi.engine.progress import Progress
from mtasts_pulumi.engine.request import Request, Talk


class Desk(Protocol):
    """A terminal, a job's log, or whatever else shows it."""

    def where(self, line: str) -> None:
        """Show where it publishes, before it begins."""

    def note(self, line: str) -> None:
        """Show a line that stays."""

    def obtaining(self) -> AbstractContextManager[Progress]:
        """Show the progress of the engine's download."""

    def running(self, run: Request) -> AbstractContextManager[Talk]:
        """Show a run of the engine."""

    def planned(self, plan: Outcome, look: FirstLook) -> None:
        """Show what has to be known before `plan` is carried out, whoever agrees to it."""

    def agrees(self, operation: str, stack: str, plan: Outcome | None = None) -> bool:
        """Ask the person, who is shown the plan if there is one."""
