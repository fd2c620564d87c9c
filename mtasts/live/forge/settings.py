"""The settings of a repository on its forge that the pipelines rest on: what is wanted, what is there, what to do.

A step holds its calls as data, so a plan can be shown before anything is done, and what is shown is what is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from mtasts.live.forge.contract import ForgeError

# The environments that no stack has the name of: what judges and what watches.
PREVIEW, WATCH = "preview", "watch"
# The check that a change must pass, the name of what we protect the branch with, and the variable that notes what we
# made. It is noted before it is made: a run that is cut off leaves nothing that nobody knows of. GitHub calls a check
# of a reusable workflow by the job that calls it and the job in it.
CHECK, RULESET, RECORD = "mtasts / gate", "mtasts", "MTASTS_SETUP"


class StepState(StrEnum):
    """What a step is about to do."""

    SET = "as wanted"
    CHANGE = "to be set"
    BY_HAND = "to be done by a person"
    UNKNOWN = "could not be seen"


@dataclass(frozen=True, slots=True)
class ForgeCall:
    """One call of the forge's API: `path` is below the repository's, `body` is sent as JSON."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ForgeStep:
    """One setting: what it is, what is there now, what is wanted, and how it gets there.

    `how` is for people: what the calls do, or the one thing that a person has to do. `calls` are done in this order;
    what is as wanted, or for a person, has none. `made` names what they create, for the record by which `plan_undo`
    knows what is ours.
    """

    what: str
    now: str
    wanted: str
    how: str
    state: StepState
    calls: tuple[ForgeCall, ...] = ()
    made: str = ""


def step(
    what: str, now: str, wanted: str, how: str, calls: Sequence[ForgeCall], made: str = "", *, same: bool = False
) -> ForgeStep:
    """A step that sets something; with `same` there is nothing to do."""
    if same:
        return ForgeStep(what, now, wanted, "", StepState.SET)
    return ForgeStep(what, now, wanted, how, StepState.CHANGE, tuple(calls), made)


def by_hand(what: str, now: str, wanted: str, how: str) -> ForgeStep:
    """A step that a person has to do."""
    return ForgeStep(what, now, wanted, how, StepState.BY_HAND)


def unseen(what: str, wanted: str, error: ForgeError) -> ForgeStep:
    """A step that nobody can plan, since what is there could not be seen."""
    return ForgeStep(what, "unknown", wanted, f"{error.message} ({error.hint})", StepState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class StackWish:
    """One stack's environment. `variables` are its own, such as AWS_ROLE; `secrets` are names, a person sets them.

    `reviewers`: who approves its deployment, as USER or ORGANISATION/TEAM; none for no approval.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgeWish:
    """What the pipelines need of the forge.

    `stacks` in the order of their publication; `preview` and `watch` are the two environments beside them. `variables`
    are the repository's. `base`: the branch that is published. `check` must pass, and `approvals` people approve,
    before a merge. `bot`: the pipelines may open pull requests with their own token.
    """

    stacks: tuple[StackWish, ...]
    preview: StackWish = StackWish(PREVIEW)
    watch: StackWish = StackWish(WATCH)
    variables: Mapping[str, str] = field(default_factory=dict)
    base: str = "main"
    check: str = CHECK
    approvals: int = 1
    bot: bool = False

    @property
    def environments(self) -> tuple[StackWish, ...]:
        """All of them: what judges, what publishes, what watches."""
        return (self.preview, *self.stacks, self.watch)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the forge's tokens (OpenID Connect) say of the repository's jobs.

    `issuer`: who signs, a host name with an optional path. `subjects`: by environment, what a role may trust; `*` is
    any text. `role_variable`: the variable in which a job finds the role that it takes.
    """

    issuer: str
    subjects: Mapping[str, tuple[str, ...]]
    role_variable: str


class ForgeSettings(Protocol):
    """The settings of one repository on one forge, as one token sees them. Any method may raise ForgeErrors."""

    @property
    def place(self) -> str:
        """The repository, for people: "GitHub example/mail"."""

    def identity(self, environments: Sequence[str], base: str) -> Identity:
        """What the tokens of jobs in these environments say; all but PREVIEW are for the branch `base` alone."""

    def plan(self, wish: ForgeWish) -> Sequence[ForgeStep]:
        """Each setting with what is there now, in the order in which they are to be set. Changes nothing."""

    def plan_undo(self) -> Sequence[ForgeStep]:
        """What takes away what an earlier plan made, and nothing else. Changes nothing."""

    def do(self, step: ForgeStep) -> None:
        """Do one step's calls, and note what they made. May be done again after it was cut off."""
