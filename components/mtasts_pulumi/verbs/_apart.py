"""The rest of a stack with wrong files, which `preview` and `up` still publish; the wrong domains stay as they are."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtasts.cli.screen import talk
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.live.project import Project
    from mtasts.policy.config import Loaded
    from mtasts.policy.held import Settled
    from mtasts.policy.inputs import InputProblem


def settled(
    loaded: "Loaded", project: "Project", stack: str, environ: Mapping[str, str], torn: "Sequence[InputProblem]" = ()
) -> "Settled":
    """What can be published, and what is wrong. `torn`: what would tear published domains out of their place.

    The engine's state is asked only where something is wrong. Raises CannotLook when the settings cannot be read.
    """
    from mtasts.app.quotas import limits, over_quota
    from mtasts.policy.held import Settled, settle
    from mtasts_pulumi.engine.held import last_published

    short = stack.rsplit("/", 1)[-1]
    over = over_quota({short: loaded}, project)
    wrong = [*loaded.problems, *torn]
    if not wrong and not over:
        return Settled(loaded.policies)
    there = last_published(_state(project, stack, environ))
    found = settle(loaded, wrong, there, limits(project, short), f"Pulumi.{short}.yaml")
    # Where all that are too many are published already, AWS has let them in: that is told, and stops nothing.
    return found if found.problems else Settled(loaded.policies, problems=tuple(over))


def _state(project: "Project", stack: str, environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The engine's; empty, with a line that says why, when it does not tell."""
    from mtasts_pulumi.engine.find import find_engine
    from mtasts_pulumi.engine.published import exported
    from mtasts_pulumi.engine.state import backend_root
    from mtasts_pulumi.verbs._obtain import LazyProgress

    try:
        if environ.get("PULUMI_BACKEND_URL") and backend_root(environ) is None:
            with LazyProgress() as progress:
                find_engine(progress, environ)  # a fresh runner has none, and nobody else can ask this backend
        return exported(project, stack, environ)
    except CannotLook as error:
        talk(f"mtasts: what is published from stack {stack} is not known: {error.message}")
        return {}


@contextlib.contextmanager
def told(settled: "Settled", state: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """The environment that tells the program what is held; `state`: the engine's, a `deployment` object."""
    from mtasts.live.held import VARIABLE, Told
    from mtasts_pulumi.engine.held import last_published

    names = frozenset(Path(problem.place.path).name for problem in settled.problems)
    what = Told(frozenset(settled.held), frozenset(settled.left_out), names, frozenset(last_published(state)))
    with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
        what.write(Path(folder) / "held.json")
        yield {VARIABLE: str(Path(folder) / "held.json")}
