"""The forge's side of set-up: the settings of the repository that the pipelines rest on, planned, set, and taken back.

settings = open_settings(place)
for step in settings.plan(wish): ...            # shown before anything is done
for step in apply(settings, settings.plan(wish)): ...
for step in apply(settings, settings.plan_undo()): ...
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Patience
from mtasts.live.forge.environment import kind, of_job
from mtasts.live.forge.github_settings import GitHubSettings
from mtasts.live.forge.gitlab_settings import GitLabSettings
from mtasts.live.forge.remote import forge_of_host, remote_place
from mtasts.live.forge.settings import ForgeSettings, ForgeStep, ForgeWish, Identity, StackWish, StepState

__all__ = [
    "ForgePlace",
    "ForgeSettings",
    "ForgeStep",
    "ForgeWish",
    "Identity",
    "StackWish",
    "StepState",
    "apply",
    "open_settings",
]

SETTINGS: Mapping[str, Callable[[Mapping[str, str], Patience | None], ForgeSettings]] = {
    "github": GitHubSettings,
    "gitlab": GitLabSettings,
}


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


def open_settings(place: ForgePlace, patience: Patience | None = None) -> ForgeSettings:
    """The settings of the repository. Raises CannotLook, and NotAllowed where there is no token."""
    name, named = _found(place)
    if name not in SETTINGS:
        known = " and ".join(kind(one).title for one in SETTINGS)
        raise CannotLook(
            f"the settings of {kind(name).title} are not known to set-up, only those of {known}",
            "docs/forges.md says what to set there by hand",
        )
    # What the environment says wins: a job knows its own server better than its clone does.
    return SETTINGS[name]({**named, **place.environ, **_given(name, place)}, patience)


def apply(settings: ForgeSettings, steps: Sequence[ForgeStep]) -> Iterator[ForgeStep]:
    """Do the steps that change something, in order, and give each when it is done.

    Raises ForgeErrors; what was done until then stays, and the next plan begins there.
    """
    for step in steps:
        if step.state is StepState.CHANGE:
            settings.do(step)
            yield step


def _found(place: ForgePlace) -> tuple[str, Mapping[str, str]]:
    """The forge, and what names the repository there, where the environment does not."""
    in_job = of_job(place.environ)
    if in_job and place.forge in (None, in_job):
        return in_job, {}
    there = remote_place(place.folder, place.remote)
    name = place.forge or (forge_of_host(there[0]) if there else None)
    if name is None:
        said = (
            f"{there[0]} is not a server that everybody knows" if there else f"no git remote {place.remote} on a server"
        )
        raise CannotLook(f"no forge: {said}", f"name it: --forge {' or --forge '.join(SETTINGS)}")
    return name, kind(name).variables(*there) if there else {}


def _given(name: str, place: ForgePlace) -> Mapping[str, str]:
    """What names the repository that was given, on the server that is known already."""
    if not place.repository:
        return {}
    return {
        key: value for key, value in kind(name).variables("", place.repository).items() if value == place.repository
    }
