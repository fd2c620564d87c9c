"""The request to the bot: the stack, the place where it is, and whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mtasts.app.steps.occasion import Occasion
from mtasts.gate.waves import AT_MOST, SETTLE


@dataclass(frozen=True, slots=True)
class BotRequest:
    """Which stack, in which clone, for which branch of which remote, at which forge, and when.

    `stack` may name the organisation, too. `base` "": the job's branch, else what is checked out. `forge` None: the
    one whose job this is. `environ` has what a CI job says of itself, and the tokens.
    """

    stack: str
    policies: Path
    clone: Path
    remote: str
    base: str
    forge: str | None
    occasion: Occasion
    environ: Mapping[str, str] = field(repr=False)  # it holds tokens


@dataclass(frozen=True, slots=True)
class Turns:
    """How many steps are under way at a time, who goes first, and how long a flip counts as under way."""

    at_most: int = AT_MOST
    canaries: tuple[str, ...] = ()
    settle: timedelta = SETTLE
