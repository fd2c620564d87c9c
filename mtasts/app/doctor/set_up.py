"""The set-up to be examined: the project, its stacks and files as they are here, how the outside is reached."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mtasts.app.policies import read_named
from mtasts.errors import CannotLook
from mtasts.live.limits import USUAL, Limits
from mtasts.live.network import Network
from mtasts.live.project import Project, aws_profile, find_project
from mtasts.policy.config import DomainPolicy, Loaded


@dataclass(frozen=True, slots=True)
class SetUp:
    """`project` is None where there is none, for the reason in `trouble`. `stacks`: those to look at, with their files.

    `role`: the ARN of the role whose rights are asked for, "" for the identity of the credentials. `place`: the options
    by which a command that is printed finds the same files and the same cloud.
    """

    start: Path
    now: datetime
    environ: Mapping[str, str] = field(repr=False)
    project: Project | None = None
    trouble: str = ""
    stacks: Mapping[str, Loaded] = field(default_factory=dict)
    network: Network = field(default_factory=Network)
    limits: Limits = USUAL
    place: tuple[str, ...] = ()
    role: str = ""

    def domains(self) -> Iterator[tuple[str, DomainPolicy]]:
        """Each stack's name with each of its domains that this project publishes."""
        for stack, loaded in self.stacks.items():
            yield from ((stack, policy) for policy in loaded.policies if policy.released is None)

    def profiles(self) -> dict[str, list[str]]:
        """The AWS profiles that settings name ("" for none), each with its stacks that have a domain."""
        found: dict[str, list[str]] = {}
        for stack in dict.fromkeys(stack for stack, _ in self.domains()):
            profile = aws_profile(self.project, stack) if self.project is not None and not self.in_sandbox else ""
            found.setdefault(profile, []).append(stack)
        return found

    @property
    def in_sandbox(self) -> bool:
        """Whether the cloud is the embedded one, which the settings of a stack say nothing about."""
        return bool(self.environ.get("MTASTS_SANDBOX_DIR") and self.environ.get("PULUMI_DEBUG_PROVIDERS"))


def read_set_up(
    start: Path,
    stack: str | None,
    environ: Mapping[str, str],
    now: datetime,
    network: Network,
    place: tuple[str, ...] = (),
    role: str = "",
) -> SetUp:
    """The set-up of the project in `start` or above it: all its stacks, or the one that is named.

    Raises CannotLook for a stack that is not there, and for settings that cannot be read.
    """
    try:
        project = find_project(start)
    except CannotLook as error:
        return SetUp(start, now, environ, trouble=error.message, network=network, place=place)
    policies = project.policies(environ)
    names = (stack,) if stack else project.stack_names(environ)
    stacks = {name: read_named(policies, name, project.root) for name in names}
    return SetUp(start, now, environ, project, "", stacks, network, place=place, role=role)
