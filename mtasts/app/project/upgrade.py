"""Project raised to another release, in two steps, each done by the version that knows how.

First the pins: requirements and wheels are replaced and installed. Then, by the version that is installed by now, what
else is ours, and the references to reusable pipelines. What is yours is never touched.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtasts.app.project.made import Made, Shape, made
from mtasts.app.project.pipelines import Pipelines, rewrite
from mtasts.app.project.place import site_of, stacks_there
from mtasts.app.project.requirements import WHEELS, Release
from mtasts.app.project.table import BUILD_REQUIREMENTS, FILES, REQUIREMENTS, Kind, Place
from mtasts.errors import CannotLook
from mtasts.live.domain_file import read_text
from mtasts.live.files import has_domains

_PIN = re.compile(r"^mtasts==(\S+)", re.MULTILINE)
_NUMBER = re.compile(r"\d+")
PREVIEWED, WOULD_CHANGE, UNKNOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file and its new content; None for one that is to go. `before`: None for one that is not there yet."""

    path: Path
    before: bytes | None
    after: bytes | None


def pinned(folder: Path) -> str:
    """The version that the project in `folder` pins. Raises CannotLook where it pins none."""
    path = folder / REQUIREMENTS
    found = _PIN.search(read_text(path)) if path.is_file() else None
    if not found:
        raise CannotLook(f"{path} pins no version of mtasts", "`mtasts new` makes a project that an upgrade can raise")
    return found[1]


def not_older(release: Release, than: str) -> None:
    """Raises CannotLook for a step back: git has the files of before."""
    if _numbers(release.version) < _numbers(than):
        raise CannotLook(
            f"mtasts {release.version} is older than {than}, which the project pins",
            "to go back, take the upgrade's commit back and run sh install.sh",
        )


def pins(folder: Path, release: Release) -> list[Replacement]:
    """What the first step replaces: requirements, and the wheels where the project carries them."""
    files = [one for one in made(_shape(folder, release)) if _is_pin(one.path, folder)]
    wanted = {one.path for one in files}
    old = sorted(path for path in (folder / WHEELS).glob("*.whl") if path not in wanted)
    return [*_changed(files), *(Replacement(path, path.read_bytes(), None) for path in old)]


def rest(folder: Path, release: Release, pipelines: Pipelines | None) -> list[Replacement]:
    """What the second step replaces: the other files of ours, and references to pipelines in those that have them."""
    shape = _shape(folder, release)
    ours = [one for one in made(shape) if one.kind is Kind.OURS and not _is_pin(one.path, folder)]
    return [*_changed(ours), *(_callers(shape, pipelines) if pipelines else ())]


def replace(replacements: Sequence[Replacement]) -> None:
    """Put all in place. Raises CannotLook when one cannot be, and then all are as they were."""
    done: list[Replacement] = []
    try:
        for one in replacements:
            done.append(one)
            _put(one.path, one.after)
    except OSError as error:
        take_back(done)
        said = f"cannot write {error.filename}: {error.strerror}; nothing was changed"
        raise CannotLook(said, "fix it, then run it again") from None


def take_back(replacements: Sequence[Replacement]) -> None:
    """Put back what was there before."""
    for one in reversed(replacements):
        _put(one.path, one.before)


def install(folder: Path) -> None:
    """Install what the project pins, into its own environment. Raises CannotLook."""
    done = subprocess.run(["/bin/sh", "install.sh"], cwd=folder, check=False)
    if done.returncode:
        raise CannotLook("the new version could not be installed; the project is as it was", "the reason stands above")


def python_of(folder: Path) -> Path:
    """The interpreter of the project's own environment."""
    return folder / ".venv" / "bin" / "python"


def stacks_with_domains(folder: Path) -> list[str]:
    """The stacks that publish something. Raises CannotLook."""
    return [stack for stack in stacks_there(folder) if has_domains(folder / "policies" / stack)]


def preview(folder: Path, stack: str) -> int:
    """What the installed version would change in a stack, shown as it says it: one of the three above."""
    command = [str(python_of(folder)), "-m", "mtasts", "preview", "--stack", stack, "--expect-no-changes"]
    environment = {name: value for name, value in os.environ.items() if name != "MTASTS_POLICIES"}
    code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode  # noqa: S603 - our own
    return code if code in (PREVIEWED, WOULD_CHANGE) else UNKNOWN


def _shape(folder: Path, release: Release) -> Shape:
    site = site_of(folder)
    return Shape(site.folder, site.repository, stacks_there(site.folder), release)


def _is_pin(path: Path, folder: Path) -> bool:
    real = Path(os.path.realpath(folder))
    return path.parent == real / WHEELS or path in (real / REQUIREMENTS, real / BUILD_REQUIREMENTS)


def _changed(files: Sequence[Made]) -> Iterator[Replacement]:
    for file in files:
        before = file.path.read_bytes() if file.path.is_file() else None
        if before != file.content:
            yield Replacement(file.path, before, file.content)


def _callers(shape: Shape, pipelines: Pipelines) -> Iterator[Replacement]:
    for file in FILES:
        path = (shape.folder if file.place is Place.PROJECT else shape.repository) / file.target
        if file.kind is Kind.PINS and path.is_file():
            before = read_text(path)
            after = rewrite(before, pipelines)
            if after != before:
                yield Replacement(path, before.encode(), after.encode())


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.chmod(0o755 if content.startswith(b"#!") else 0o644)
    temporary.replace(path)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBER.findall(version))
