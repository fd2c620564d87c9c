"""A forge as one record: how it is found, what its jobs say of themselves, its client and its login for git.

Tokens come from the environment alone, never from the command line, where every process of the machine could read them.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mtasts.errors import CannotLook
from mtasts.live.forge.calls import Patience
from mtasts.live.forge.contract import Forge, NotAllowed
from mtasts.live.git_branch import Login
from mtasts.live.web import Secret, checked_base

Environ = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """What a CI job says of itself; the defaults outside of one.

    `branch` that it runs on, without a pull; `pull` that it runs for; `run`: (run, attempt), later ones greater;
    `fork`: it runs for a pull from a fork, which has no right to write, and what cannot be told is no fork; `commit`
    under review, on GitHub a pull's own head and not the merge that is checked out; `page` of the run, for people.
    """

    branch: str = ""
    pull: int | None = None
    run: tuple[int, int] = (0, 0)
    fork: bool = False
    commit: str = ""
    page: str = ""


class MakesClient(Protocol):
    """Makes a client."""

    def __call__(self, environ: Environ, *, author: str = "", patience: Patience | None = None) -> Forge:
        """`author`: our login, where it cannot be asked. Raises CannotLook; NotAllowed without a token."""


@dataclass(frozen=True, slots=True)
class ForgeKind:
    """A forge. `title` is its name for people.

    `mine`: whether the environment is that of its job, `job`: what that says. `client` speaks its API, `login` is how
    git shows the token to its server (both raise NotAllowed without a token). `body_limit`: the longest comment, in
    bytes of UTF-8. `hosts`: its public servers. `variables`: what names a repository in the environment of its jobs,
    made of host and path of a git remote. `issues`, `labels`: whether it has them; where it has no labels, they are
    left out.
    """

    title: str
    body_limit: int
    mine: Callable[[Environ], bool]
    job: Callable[[Environ], Job]
    client: MakesClient
    login: Callable[[Environ], Login]
    hosts: tuple[str, ...]
    variables: Callable[[str, str], dict[str, str]]
    issues: bool = True
    labels: bool = True


def first(environ: Environ, *names: str) -> str:
    """The first of the variables that has a value."""
    return next((environ[name] for name in names if environ.get(name)), "")


def number(text: str) -> int | None:
    """A number of at most 18 digits."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def run_of(environ: Environ, run: str, attempt: str) -> tuple[int, int]:
    """(run, attempt) from the variables of these names."""
    found = number(environ.get(run, ""))
    return (0, 0) if found is None else (found, number(environ.get(attempt, "")) or 0)


def token_of(environ: Environ, *names: str) -> str:
    """The token in the first of the variables that has one. Raises NotAllowed, and CannotLook for what is none."""
    for name in names:
        value = environ.get(name, "").strip()
        if value:
            if not re.fullmatch(r"[!-~]{1,4096}", value):
                raise CannotLook(f"{name} is not a token", "it holds a space, a line end or a sign that no token has")
            return value
    raise NotAllowed(f"no token: {names[0]} is not set", "a pull request from a fork is given none", 401)


def base_of(environ: Environ, name: str, default: str) -> str:
    """The URL that a variable has, without a `/` at its end. Raises CannotLook."""
    return checked_base(environ.get(name) or default, name).rstrip("/")


def basic(server: str, user: str, token: str) -> Login:
    """A login with user and password. `server` is checked."""
    text = base64.b64encode(f"{user}:{token}".encode()).decode("ascii")
    return Login(server, Secret(f"Basic {text}"))
