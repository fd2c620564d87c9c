"""Findings of `doctor`: lines for a person, JSON for a program. Each line that is open has its one next step."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from mtasts.render.runner import dumps


class State(StrEnum):
    """How one thing stands. What could not be looked at is unknown, never `ok`."""

    OK = "ok"
    NOTE = "note"  # nothing has to be done
    MISSING = "missing"
    WRONG = "wrong"  # it is there, and will not do
    WIDE = "too wide"  # it works, and lets more through than it must
    UNKNOWN = "unknown"


_WIDTH = 10  # of the column of states
OPEN = frozenset({State.MISSING, State.WRONG, State.WIDE, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at. `says` may hold foreign text; `step`: what to do next, for an open one.

    A command in `step` stands in backticks. Raises ValueError for an open one without a step.
    """

    subject: str
    state: State
    says: str
    step: str = ""

    def __post_init__(self) -> None:
        if (self.state in OPEN) != bool(self.step):
            raise ValueError(f"{self.subject}: {self.state} with step {self.step!r}")


def all_well(found: Sequence[Found]) -> bool:
    """Whether nothing is open."""
    return not any(one.state in OPEN for one in found)


def as_text(found: Sequence[Found]) -> str:
    """A line each, in the order in which they were looked at; the step below what it is for."""
    lines = []
    for one in found:
        lines.append(f"{one.state:<{_WIDTH}}{one.subject}: {one.says}")
        if one.step:
            lines.append(f"{'':{_WIDTH}}next: {one.step}")
    return "\n".join([*lines, _summary(found)])


def _summary(found: Sequence[Found]) -> str:
    counts = [(state, sum(one.state is state for one in found)) for state in State if state in OPEN]
    told = ", ".join(f"{count} {state}" for state, count in counts if count)
    return f"{told}; begin with the first" if told else "all is there that was looked at"


def as_json(found: Sequence[Found]) -> str:
    """One JSON object; docs/reference/doctor.md documents it."""
    return dumps({"ok": all_well(found), "found": [asdict(one) for one in found]}, indent=2)
