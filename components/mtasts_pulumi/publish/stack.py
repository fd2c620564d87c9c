"""The stack that a request names, and the environment in which its project and the engine see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mtasts.app.accounts import accounts_of
from mtasts.app.sandbox import account_tokens, sandbox_environment
from mtasts.errors import CannotLook
from mtasts.live.accounts.ways import Ways
from mtasts.live.project import Project, aws_profile, choose_stack, find_project
from mtasts.protocol.names import BadName, to_a_labels
from mtasts_pulumi.engine.failures import REMOVE_EARLY
from mtasts_pulumi.publish.request import PublishRequest


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of a project, and the environment in which its backend is found."""

    project: Project
    name: str
    environ: Mapping[str, str]

    @property
    def ways(self) -> Ways:
        """The ways into its accounts; make it once a run. Raises CannotLook when its settings cannot be read."""
        profile = aws_profile(self.project, self.name)
        return Ways(accounts_of(self.project, self.name), self.environ, profile)

    @property
    def place(self) -> tuple[str, str, Mapping[str, str]]:
        """As the functions of the engine's state take it."""
        return self.project.name, self.name, self.environ

    @property
    def short(self) -> str:
        """Its name without the organization: that of its folder of policies and of its settings."""
        return self.name.rsplit("/", 1)[-1]


def stack_of(request: PublishRequest, laid_over: Mapping[str, str]) -> Stack:
    """The stack of a request, `laid_over` its environment. Raises CannotLook where there is none."""
    environ = {**request.environ, **laid_over}
    project = find_project(request.project or Path.cwd())
    stack = Stack(project, choose_stack(project, request.stack, environ), environ)
    return replace(stack, environ={**environ, **account_tokens(accounts_of(project, stack.name), environ)})


def laid_over(request: PublishRequest) -> Mapping[str, str]:
    """What a request changes of the environment. Raises CannotLook for a folder or a domain that is none."""
    environment: dict[str, str] = {}
    if request.sandbox:
        environment.update(sandbox_environment(request.environ))
    if request.policies:
        if not request.policies.is_dir():
            raise CannotLook(
                f"--policies {request.policies}: no such folder", "it holds a folder of YAML files per stack"
            )
        environment["MTASTS_POLICIES"] = str(request.policies.absolute())
    if request.remove_early:
        environment[REMOVE_EARLY] = " ".join(map(_a_labels, request.remove_early))
    return environment


def _a_labels(domain: str) -> str:
    try:
        return to_a_labels(domain)
    except BadName as error:
        raise CannotLook(f"{domain!r:.100} is not a mail domain: it {error}", "e.g. example.com") from None
