"""The texts of a project's files, by path: what is written there if nothing is there yet. Pure but for our own data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from mtasts.app.project.fill import fill
from mtasts.app.project.pipelines import Pipelines
from mtasts.app.project.requirements import WHEELS, Release, build_requirements, requirements
from mtasts.app.project.table import BUILD_REQUIREMENTS, DEFAULTS_SCHEMA, FILES, REQUIREMENTS, SCHEMA, File, Kind, Place
from mtasts.policy.editor_schema import EDITOR_DEFAULTS_SCHEMA, EDITOR_POLICY_SCHEMA
from mtasts.policy.schema import text_of

_TEMPLATES = files("mtasts.app.project") / "files"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a project is made from.

    `folder`: of the project, and `repository` the one around it (the folder itself where there is none). `ci`: the
    forge, "" for none; `pipelines` are those that its files call. `domain`: of the example.
    """

    folder: Path
    repository: Path
    stacks: Sequence[str]
    release: Release
    ci: str = ""
    pipelines: Pipelines | None = None
    domain: str = "example.com"


@dataclass(frozen=True, slots=True)
class Made:
    """One file as it would be written."""

    path: Path
    content: bytes
    kind: Kind
    shared: bool = False


def made(shape: Shape) -> tuple[Made, ...]:
    """Every file of the project, and the wheels that it carries."""
    found = [one for file in FILES if file.ci in ("", shape.ci) for one in _each(file, shape)]
    wheels = [Made(shape.folder / WHEELS / wheel.name, wheel.content, Kind.OURS) for wheel in shape.release.wheels]
    return (*found, *(wheels if shape.release.carried else ()))


def values(shape: Shape, stack: str = "") -> Mapping[str, str]:
    """What the names in templates stand for."""
    below = shape.folder.relative_to(shape.repository).as_posix()
    return {
        "commit": shape.pipelines.commit if shape.pipelines else "",
        "domain": shape.domain,
        "list": ", ".join(f'"{one}"' for one in shape.stacks),
        "path": "" if below == "." else f"{below}/",
        "project": below,
        "release": shape.release.version,
        "repository": shape.pipelines.repository if shape.pipelines else "",
        "stack": stack or next(iter(shape.stacks), ""),
        "stacks": " ".join(shape.stacks),
    }


def _each(file: File, shape: Shape) -> list[Made]:
    place = shape.folder if file.place is Place.PROJECT else shape.repository
    found = []
    for stack in shape.stacks if "@stack@" in file.target else ("",):
        known = values(shape, stack)
        text = _text(file, shape, known)
        found.append(Made(place / fill(file.target, known), text.encode(), file.kind, file.shared))
    return found


def _text(file: File, shape: Shape, known: Mapping[str, str]) -> str:
    if file.template:
        return fill(_TEMPLATES.joinpath(file.template).read_text(encoding="utf-8"), known)
    by_code = {
        SCHEMA: lambda: text_of(EDITOR_POLICY_SCHEMA),
        DEFAULTS_SCHEMA: lambda: text_of(EDITOR_DEFAULTS_SCHEMA),
        REQUIREMENTS: lambda: requirements(shape.release),
        BUILD_REQUIREMENTS: lambda: build_requirements(shape.release),
    }
    return by_code[file.target]()
