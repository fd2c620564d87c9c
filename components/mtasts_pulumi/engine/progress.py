"""Progress of long work: one small interface, silent by default.

mtasts_pulumi.verbs.progress has the ones that people see.
"""

from typing import Protocol


class Progress(Protocol):
    """Told by the work; decides itself whether and how to show it."""

    def say(self, text: str) -> None:
        """One line that should stay to be read."""

    def step(self, stage: str, done: int, total: int | None) -> None:
        """`stage` is at `done` of `total` (None: not known). Called often; cheap to ignore."""


class Silent:
    """Shows nothing."""

    def say(self, text: str) -> None:
        """Ignore the line."""

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Ignore the step."""
