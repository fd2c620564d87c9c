"""Place of a project: its folder, the git repository around it, and what is wrong with them."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.git_process import NoRepository, git

_PATH_LIMIT = 1 << 16
# Below a repository the name comes into CODEOWNERS, pipelines and shell lines, none of which quote alike.
_BELOW = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Site:
    """The project's folder, there or not yet, and the git repository around it: the folder itself without one."""

    folder: Path
    repository: Path


def site_of(folder: Path) -> Site:
    """The place of a project in `folder`. Raises CannotLook where there is a repository and git fails."""
    real = Path(os.path.realpath(folder))
    around = next(one for one in (real, *real.parents) if one.is_dir())
    try:
        told = git(around, ["rev-parse", "--show-toplevel"], _PATH_LIMIT)
    except NoRepository:
        return Site(real, real)
    top = Path(os.path.realpath(os.fsdecode(told.removesuffix(b"\n"))))
    return Site(real, top if real.is_relative_to(top) else real)


def wrong_place(site: Site) -> Iterator[str]:
    """What keeps a project from being made there, a line each."""
    blocking = next((one for one in (site.folder, *site.folder.parents) if os.path.lexists(one)), site.folder)
    if not blocking.is_dir():
        yield f"{blocking} is a file; name a folder"
    below = site.folder.relative_to(site.repository).as_posix()
    if below != "." and not _BELOW.fullmatch(below):
        yield (
            f"{below!r}, the folder's path in the repository {site.repository}, has other characters than letters, "
            "digits, '.', '_' and '-', so that CODEOWNERS and pipelines cannot name it; name it otherwise"
        )
    above = next((one for one in site.folder.parents if (one / "Pulumi.yaml").is_file()), None)
    if above is not None and above.is_relative_to(site.repository):
        yield f"{site.folder} is inside of the Pulumi project {above}; make it beside that"
    other = site.folder / "__main__.py"
    if other.is_file() and "mtasts_pulumi" not in other.read_text(encoding="utf-8", errors="replace"):
        yield f"{other} is another program; name a folder of its own, such as {site.folder / 'mta-sts'}"


def wrong_stack(stack: str) -> str:
    """What is wrong with the name of a stack, "" for nothing; the engine's own rule, and no name that hides."""
    if _STACK.fullmatch(stack):
        return ""
    return (
        f"{stack!r:.120} is not a stack name: letters, digits, '.', '_' and '-', a letter or digit first, at most 100"
    )


def stacks_there(folder: Path) -> tuple[str, ...]:
    """The stacks that a project has already, by their folders of policies. Raises CannotLook."""
    try:
        found = sorted(one.name for one in (folder / "policies").iterdir() if one.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise CannotLook(f"cannot read {folder / 'policies'}: {error.strerror}") from None
    return tuple(name for name in found if _STACK.fullmatch(name))
