"""The forge's side of set-up: the settings of the repository that the pipelines rest on, planned, set, and taken back.

settings = open_settings(place)
for step in settings.plan(wish): ...            # shown before anything is done
for step in apply(settings, settings.plan(wish)): ...
for step in apply(settings, settings.plan_undo()): ...
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mtasts.live.forge.settings import ForgeSettings, ForgeStep, ForgeWish, StackWish, StepState

__all__ = ["ForgePlace", "ForgeSettings", "ForgeStep", "ForgeWish", "StackWish", "StepState", "apply"]


@dataclass(frozen=True, slots=True)
class ForgePlace:
    """Which repository on which forge.

    `environ` has the token, and in a job the rest, too. `forge` None: the job's, else that of the git remote `remote`
    of the clone that `folder` is in. `repository` "": likewise; else OWNER/NAME, on GitLab the project's path.
    """

    environ: Mapping[str, str] = field(repr=False)  # it holds secrets
    folder: Path = field(default_factory=Path)
    forge: str | None = None
    repository: str = ""
    remote: str = "origin"


def apply(settings: ForgeSettings, steps: Sequence[ForgeStep]) -> Iterator[ForgeStep]:
    """Do the steps that change something, in order, and give each when it is done.

    Raises ForgeErrors; what was done until then stays, and the next plan begins there.
    """
    for step in steps:
        if step.state is StepState.CHANGE:
            settings.do(step)
            yield step
