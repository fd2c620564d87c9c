"""The files of parts that the checks leave, for a comment and for a channel."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import get_args

from mtasts.errors import CannotLook
from mtasts.render.ci.parts import DOCUMENT_BYTES_LIMIT, BadParts, Kind, Part, PartState
from mtasts.render.ci.provenance import Source
from mtasts.render.ci.read import parts_of


def read_parts(files: Sequence[Path]) -> tuple[Part, ...]:
    """The parts of all files, in order.

    A file that is missing or unreadable is the mark of a step that failed: it becomes a part that says so, for a
    reviewer must not take its silence for a pass. Raises CannotLook for a folder.
    """
    return tuple(part for source in read_sources(files) for part in source.parts)


def read_sources(files: Sequence[Path]) -> tuple[Source, ...]:
    """The same, by file."""
    return tuple(map(_source, files))


def _source(path: Path) -> Source:
    digest, read = "", False
    try:
        with path.open("rb") as file:
            content = file.read(DOCUMENT_BYTES_LIMIT + 1)
        digest = sha256(content).hexdigest()
        found, read = parts_of(content, _stack(path)), True
    except FileNotFoundError:
        found = (_failed(path, "it left no result"),)
    except IsADirectoryError as error:
        raise CannotLook(f"{path} is a folder", "--from takes the files that the checks wrote") from error
    except OSError as error:
        found = (_failed(path, f"its result cannot be read: {error.strerror}"),)
    except BadParts as error:
        found = (_failed(path, f"its result cannot be read: {error}"),)
    return Source(path.name, digest, found, read)


def _failed(path: Path, why: str) -> Part:
    name = path.stem
    kinds: tuple[Kind, ...] = get_args(Kind)
    return Part(
        kind=next((kind for kind in kinds if kind in name), "gate"),
        stack="",
        title=name,
        state=PartState.FAILED,
        headline=f"The step {name!r} could not judge this change: {why}.",
        next_step="Look at the run's log, fix it, run it again: until then it is not known whether this may be merged.",
    )


def _stack(path: Path) -> str:
    """What `verify` and `ready` leave out of their JSON, from a name such as `verify-prod.json`."""
    _, dash, stack = path.stem.partition("-")
    return stack if dash else ""
