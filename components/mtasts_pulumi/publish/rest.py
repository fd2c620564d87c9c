"""The rest of a stack with wrong files, which `preview` and `up` still publish; the wrong domains stay as they are."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mtasts.app.accounts import unknown_accounts
from mtasts.app.policies import read_named
from mtasts.app.quotas import limits, over_quota
from mtasts.errors import CannotLook
from mtasts.live.git_bytes import converted, uncommitted
from mtasts.live.git_newest import overtaken
from mtasts.live.held import VARIABLE, Told
from mtasts.policy.config import Loaded
from mtasts.policy.held import Settled, settle
from mtasts.policy.inputs import InputProblem
from mtasts_pulumi.engine.find import find_engine
from mtasts_pulumi.engine.held import last_published
from mtasts_pulumi.engine.published import exported
from mtasts_pulumi.engine.state import backend_root
from mtasts_pulumi.publish.desk import Desk
from mtasts_pulumi.publish.request import PublishRequest
from mtasts_pulumi.publish.stack import Stack


def policies_of(stack: Stack, *, needed: bool) -> Loaded:
    """The stack's policies. What is taken down need not be valid any more: then there are none, and no problems."""
    try:
        loaded = read_named(stack.project.policies(stack.environ), stack.name, stack.project.root)
    except CannotLook:
        if needed:
            raise
        return Loaded((), ())
    return loaded if needed else Loaded(loaded.policies, ())


def settled_as_judged(request: PublishRequest, stack: Stack, loaded: Loaded, desk: Desk) -> Settled:
    """What can be published of the files. Those that are not what was judged are everybody's fault: nothing is."""
    if request.operation == "destroy":
        return Settled(loaded.policies)
    found = settled(loaded, stack, desk)
    unlike = _not_as_committed(request, stack, desk)
    if not unlike:
        return found
    return Settled((), problems=(*found.problems, *unlike), refusal="the files are not what was judged")


def settled(loaded: Loaded, stack: Stack, desk: Desk, torn: Sequence[InputProblem] = ()) -> Settled:
    """What can be published, and what is wrong. `torn`: what would tear published domains out of their place.

    The engine's state is asked only where something is wrong. Raises CannotLook when the settings cannot be read.
    """
    over = over_quota({stack.short: loaded}, stack.project)
    wrong = [*loaded.problems, *unknown_accounts({stack.short: loaded}, stack.project), *torn]
    if not wrong and not over:
        return Settled(loaded.policies)
    there = last_published(_state(stack, desk))
    found = settle(loaded, wrong, there, limits(stack.project, stack.short), f"Pulumi.{stack.short}.yaml")
    # Where all that are too many are published already, AWS has let them in: that is told, and stops nothing.
    return found if found.problems else Settled(loaded.policies, problems=tuple(over))


def refused(settled: Settled, request: PublishRequest) -> bool:
    """Whether nothing is published for what is wrong."""
    return bool(settled.refusal) or bool(settled.problems and request.strict)


def _not_as_committed(request: PublishRequest, stack: Stack, desk: Desk) -> Sequence[InputProblem]:
    """What of the files would not be what was judged: with `committed` every difference, else conversions alone.

    With `commit`, too, what later commits change.
    """
    policies = stack.project.policies(stack.environ)
    if request.committed:
        later = overtaken(stack.project.root, request.commit) if request.commit else ()
        return (*uncommitted(policies, stack.short), *later)
    try:
        return converted(policies, stack.short)
    except CannotLook as error:
        # A person at a workstation publishes what lies there; a roll-back must not need git.
        desk.note(f"whether git has converted the policy files is not known: {error.message}")
        return ()


def _state(stack: Stack, desk: Desk) -> Mapping[str, Any]:
    """The engine's; empty, with a line that says why, when it does not tell."""
    try:
        if stack.environ.get("PULUMI_BACKEND_URL") and backend_root(stack.environ) is None:
            with desk.obtaining() as progress:
                find_engine(progress, stack.environ)  # a fresh runner has none, and nobody else can ask this backend
        return exported(stack.project, stack.name, stack.environ)
    except CannotLook as error:
        desk.note(f"what is published from stack {stack.name} is not known: {error.message}")
        return {}


@contextlib.contextmanager
def told(settled: Settled, state: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """The environment that tells the program what is held; `state`: the engine's, a `deployment` object."""
    names = frozenset(Path(problem.place.path).name for problem in settled.problems)
    what = Told(frozenset(settled.held), frozenset(settled.left_out), names, frozenset(last_published(state)))
    with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
        what.write(Path(folder) / "held.json")
        yield {VARIABLE: str(Path(folder) / "held.json")}
