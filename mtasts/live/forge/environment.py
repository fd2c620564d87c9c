"""Finds forge, repository, job and pull in a CI job's environment.

The forges document these variables; the module of each says which they are.
"""

from importlib import import_module

from mtasts.errors import CannotLook
from mtasts.live.forge import FORGES
from mtasts.live.forge.calls import Patience
from mtasts.live.forge.contract import Forge, NotAllowed
from mtasts.live.forge.kind import Environ, ForgeKind, Job
from mtasts.live.git_branch import Login


def kind(name: str) -> ForgeKind:
    """The record of a forge. Raises KeyError for a name that none has."""
    if name not in FORGES:
        raise KeyError(name)
    found: ForgeKind = import_module(f"mtasts.live.forge.{name}").KIND
    return found


def of_job(environ: Environ) -> str | None:
    """The forge whose job this is; None outside of any."""
    return next((name for name in FORGES if kind(name).mine(environ)), None)


def named(given: str | None, environ: Environ) -> str:
    """The forge that was named, else the one whose job this is. Raises CannotLook."""
    name = given if given in FORGES else of_job(environ)
    if name is None:
        titles = [kind(one).title for one in FORGES]
        raise CannotLook(
            f"no forge: this is not a job of {', '.join(titles[:-1])} or {titles[-1]}",
            f"name it: --forge {' or --forge '.join(FORGES)}",
        )
    return name


def forge_from(name: str, environ: Environ, *, author: str = "", patience: Patience | None = None) -> Forge:
    """The client; raises CannotLook, or NotAllowed when there is no token (as for a pull request from a fork)."""
    return kind(name).client(environ, author=author, patience=patience)


def git_login(name: str, environ: Environ) -> Login | None:
    """How git shows the forge's token to the forge's own server; None where there is no token."""
    try:
        return kind(name).login(environ)
    except NotAllowed:
        return None


def job_of(environ: Environ) -> Job:
    """What the job says of itself; the defaults outside CI."""
    name = of_job(environ)
    return kind(name).job(environ) if name else Job()
