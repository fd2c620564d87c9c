"""The end of a request to publish: refused, nothing to publish, declined by a person, or done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mtasts.policy.held import Settled
from mtasts_pulumi.engine.outcome import Outcome


def _nothing_follows() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Refused:
    """What is wrong with the policies keeps everything from being published; nothing was touched."""

    stack: str
    settled: Settled


@dataclass(frozen=True, slots=True)
class Empty:
    """The stack has no mail domain; the engine, which would take everything down, was not run."""

    stack: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The person said no."""

    following: Callable[[], Sequence[str]] = _nothing_follows


@dataclass(frozen=True, slots=True)
class Done:
    """The engine has run. `unanswered`: all that is wrong is that DNS did not answer.

    `left`: what the run has left standing, a line each. `following`: what comes next for the domains that move. That
    may ask the state's backend, so it is a function, for when the outcome is shown.
    """

    outcome: Outcome
    unanswered: bool = False
    left: tuple[str, ...] = ()
    following: Callable[[], Sequence[str]] = _nothing_follows


Result = Refused | Empty | Declined | Done
