"""The stack as it stands on the base branch of the remote, and the bot's own branches there."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtasts.app.bot.request import BotRequest
from mtasts.app.quotas import nearest_project
from mtasts.errors import CannotLook, NotValid
from mtasts.gate.waves import PREFIX
from mtasts.live.files import DEFAULTS_NAME, decode
from mtasts.live.forge.contract import Forge, NotAllowed
from mtasts.live.forge.environment import forge_from, git_login, job_of, named
from mtasts.live.git import Repository, Tree
from mtasts.live.git_branch import Branches, Login, checked_branch, current_branch
from mtasts.live.project import settings_name
from mtasts.policy.config import DomainPolicy, Loaded, Source


@dataclass(frozen=True, slots=True)
class Base:
    """The stack on the base branch, whose newest commit is `tip`; `heads`: branch -> commit, of this one and the
    bot's."""

    branches: Branches
    name: str
    tip: str
    prefix: str
    heads: Mapping[str, str]
    repository: Repository
    tree: Tree
    stack: str
    loaded: Loaded

    @property
    def published(self) -> tuple[DomainPolicy, ...]:
        """The domains of the stack, without those whose records are another tool's."""
        return tuple(policy for policy in self.loaded.policies if policy.released is None)

    @property
    def defaults_path(self) -> str:
        """Where the stack's defaults are, or would be."""
        top = "" if self.repository.policies == "." else f"{self.repository.policies}/"
        return f"{top}{self.stack}/{DEFAULTS_NAME}"

    @property
    def defaults(self) -> Source | None:
        """The stack's defaults, None where there are none."""
        path = self.defaults_path
        return decode(path, self.repository.content(self.tree, path), []) if path in self.tree.files else None


def open_forge(request: BotRequest) -> Forge:
    """The forge of the request. Raises CannotLook where there is none, or no token for it."""
    return forge_from(named(request.forge, request.environ), request.environ)


def open_forge_or_none(request: BotRequest) -> tuple[Forge | None, str]:
    """The same for a dry run, which goes without a forge: then None, and why."""
    try:
        name = named(request.forge, request.environ)
    except CannotLook as error:
        return None, error.message
    try:
        return forge_from(name, request.environ), ""
    except NotAllowed as error:
        return None, error.message


def open_base(request: BotRequest) -> Base:
    """Read the base branch. Raises CannotLook, and NotValid for a stack that has problems."""
    folder = request.stack.rsplit("/", 1)[-1]
    name = checked_branch(request.base or job_of(request.environ).branch or current_branch(request.clone))
    branches = Branches(request.clone, request.remote, _login(request))
    prefix = f"{PREFIX}{folder}/"
    heads = branches.heads(name, f"{prefix}*")
    if name not in heads:
        raise CannotLook(f"{request.remote} has no branch {name}", "--base names the branch that is published")
    branches.fetch([name])
    repository = Repository(request.clone, request.policies)
    tree = repository.tree(heads[name])
    loaded = tree.stacks.get(folder, Loaded((), ()) if _has_settings(request, folder) else None)
    if loaded is None:
        raise CannotLook(f"no stack {folder} in {repository.policies} of {name}", "a stack is a folder with YAML in it")
    if loaded.problems:
        raise NotValid(loaded.problems)
    return Base(branches, name, heads[name], prefix, heads, repository, tree, folder, loaded)


def _has_settings(request: BotRequest, stack: str) -> bool:
    """Whether a stack without a file is one that has no mail domain: git keeps no empty folder."""
    project = nearest_project(request.clone / request.policies, request.clone)
    return project is not None and (project.root / settings_name(stack)).is_file()


def _login(request: BotRequest) -> Login | None:
    try:
        return git_login(named(request.forge, request.environ), request.environ)
    except CannotLook:
        return None  # without a forge the remote is reached as git itself reaches it
