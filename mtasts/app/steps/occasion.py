"""The occasion of a step: the time for which it is judged, and whether its result may be written."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """The time to judge at, and what may be done then.

    `rehearsed`: the time was handed in. `dry`: nothing may be written because a dry run was asked for. `sandbox`: what
    is done concerns the sandbox alone.
    """

    now: datetime
    rehearsed: bool = False
    dry: bool = False
    sandbox: bool = False

    @property
    def writes(self) -> bool:
        """Whether anything may be written. Not in a rehearsal outside the sandbox: what will be right on that day may
        not be right today."""
        return not self.dry and (self.sandbox or not self.rehearsed)
