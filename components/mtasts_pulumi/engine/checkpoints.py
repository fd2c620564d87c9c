"""The state's file of a `file://` backend: whether it is whole, which good copies there are, and putting one back.

The engine keeps copies of its own (the file before the last step, and one of each past update). They may be missing
or as broken as the file, so a copy is kept before each run, too (decisions/engine-checkpoints.md).
"""

import contextlib
import errno
import gzip
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.state import backend_root, ours, read_state, state_files

_KEPT = 5
# What one run may add to the backend: a new state beside the old one, the one before the last step, two copies in the
# engine's history, a lock and the like.
_STATES, _SMALL_FILES = 5, 256 * 1024
# posix_fallocate(3) on file systems without it, where the C library does not write the blocks itself (musl).
_NOT_KNOWN = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_BLOCK = bytes(64 * 1024)
_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One whole state in a file, as its bytes without compression. `at`: when the engine wrote it first."""

    file: Path
    content: bytes
    at: datetime
    deployment: Mapping[str, Any]

    @property
    def resources(self) -> int:
        """How many resources it knows."""
        return len(self.deployment.get("resources") or ())


class NotWholeError(ValueError):
    """Bytes that are no whole state; the message says why, to follow the file's name."""


class NotAllowedError(NotWholeError):
    """A file that this user may not read: it may be whole."""


def damage(project: str, stack: str, environ: Mapping[str, str]) -> str:
    """What is wrong with a stack's state, as `FILE is ...`; "" if it is whole, or not in a `file://` backend.

    A file that is gone is damage only where the newest copy has something in it: a stack that was removed leaves an
    empty one. Raises CannotLook for a file that this user may not read: an older copy must not take its place.
    """
    root = backend_root(environ)
    if root is None:
        return ""
    try:
        file = _file(root, project, stack)
    except PermissionError as error:
        raise _not_allowed(stack, f"{error.filename} cannot be read: {error.strerror}") from None
    if file.exists():
        try:
            read_checkpoint(file)
        except NotAllowedError as error:
            raise _not_allowed(stack, f"{file} {error}") from None
        except NotWholeError as error:
            return f"{file} {error}"
        return ""
    left = copies(project, stack, environ)
    return f"{file} is gone" if left and left[0].resources else ""


def copies(project: str, stack: str, environ: Mapping[str, str]) -> tuple[Checkpoint, ...]:
    """The whole states of a stack beside its file, newest first."""
    root = backend_root(environ)
    found = []
    for file in _copies(root, project, stack, environ) if root else ():
        with contextlib.suppress(NotWholeError):
            found.append(read_checkpoint(file))
    return tuple(sorted(found, key=lambda one: (one.at, one.file.stat().st_mtime_ns), reverse=True))


def read_checkpoint(file: Path) -> Checkpoint:
    """The state in a file. Raises NotWholeError for anything but a whole one."""
    try:
        raw = file.read_bytes()
        content = gzip.decompress(raw) if ".gz" in file.suffixes else raw
    except PermissionError as error:
        raise NotAllowedError(f"cannot be read: {error.strerror}") from None
    except OSError as error:
        raise NotWholeError(f"cannot be read: {error.strerror or error}") from None
    except (EOFError, ValueError):
        raise NotWholeError("ends in the middle") from None
    except zlib.error as error:
        raise NotWholeError(f"cannot be unpacked: {error}") from None
    if not content.strip(b"\0"):
        raise NotWholeError(f"holds nothing but {len(content)} NUL bytes" if content else "is empty")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise NotWholeError("is not JSON: half-written, or overwritten") from None
    checkpoint = found.get("checkpoint") if isinstance(found, dict) else None
    if not isinstance(checkpoint, dict):
        raise NotWholeError("holds no checkpoint")
    deployment = checkpoint.get("latest") or {}
    if not isinstance(deployment, dict) or not _are_resources(deployment.get("resources") or []):
        raise NotWholeError("holds no list of resources")
    return Checkpoint(file, content, _written(deployment), deployment)


def keep(project: str, stack: str, environ: Mapping[str, str]) -> None:
    """Keep a copy of the state before a run, the last few only, and see that the run will have room to write.

    Raises CannotLook where the backend has no room, before anything is touched.
    """
    root = backend_root(environ)
    folder = ours(environ, "states", project, stack)
    if root is None or folder is None or not _file(root, project, stack).exists():
        return
    content = read_checkpoint(_file(root, project, stack)).content
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = sorted(folder.glob("*.json"))
        if not before or before[-1].read_bytes() != content:
            _write(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json", content)
        for old in sorted(folder.glob("*.json"))[:-_KEPT]:
            old.unlink(missing_ok=True)
        _see_room(folder / "room.new", _STATES * len(content) + _SMALL_FILES)
    except OSError as error:
        raise CannotLook(
            f"the state backend has no room for this run: {folder}: {error.strerror or error}; nothing was touched",
            "make room there, then run it again",
        ) from error


def restore(copy: Checkpoint, project: str, stack: str, environ: Mapping[str, str]) -> Path:
    """Put a copy in the place of the stack's state, the damaged file aside; gives where that went.

    Raises CannotLook when it cannot be written; what was there is then there still.
    """
    root, aside = backend_root(environ), ours(environ, "damaged", project, stack)
    if root is None or aside is None:
        raise CannotLook("this stack's state is not in a file:// backend", "see PULUMI_BACKEND_URL")
    file = _file(root, project, stack)
    content = gzip.compress(copy.content) if file.suffix == ".gz" else copy.content
    kept = aside / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json{'.gz' if file.suffix == '.gz' else ''}"
    new = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.mkdir(parents=True, exist_ok=True)
        _write(new, content)
        if file.exists():
            file.replace(kept)
        file.with_name(file.name + ".attrs").unlink(missing_ok=True)
        new.replace(file)
    except OSError as error:
        raise CannotLook(
            f"the state cannot be put back: {file}: {error.strerror or error}", "make room there, then run it again"
        ) from error
    return kept


def domains(checkpoint: Checkpoint) -> frozenset[str]:
    """The mail domains that it knows."""
    return read_state(checkpoint.deployment).domains


def _not_allowed(stack: str, said: str) -> CannotLook:
    return CannotLook(f"the state of stack {stack}: {said}", "run it as the user whose file that is; it may be whole")


def _file(root: Path, project: str, stack: str) -> Path:
    """The file that is there, whole or not; else the one that there would be."""
    every = [path.with_name(path.name + more) for path in state_files(root, project, stack) for more in ("", ".gz")]
    return next((path for path in every if path.exists()), every[0])


def _copies(root: Path, project: str, stack: str, environ: Mapping[str, str]) -> Iterable[Path]:
    short = stack.rsplit("/", 1)[-1]
    for path in state_files(root, project, stack):
        yield from (path.with_name(path.name + more) for more in (".bak", ".gz.bak"))
    for folder in (root / "history" / project / short, root / "history" / short):
        yield from folder.glob(f"{short}-*.checkpoint.json")
        yield from folder.glob(f"{short}-*.checkpoint.json.gz")
    for folder in (root / "backups" / project / short, root / "backups" / short):
        yield from folder.glob(f"{short}.*.json")
        yield from folder.glob(f"{short}.*.json.gz")
    own = ours(environ, "states", project, stack)
    yield from own.glob("*.json") if own else ()


def _are_resources(found: object) -> bool:
    return isinstance(found, list) and all(
        isinstance(one, dict) and isinstance(one.get("urn"), str) and isinstance(one.get("type"), str) for one in found
    )


def _written(deployment: Mapping[str, Any]) -> datetime:
    manifest = deployment.get("manifest")
    try:
        at = datetime.fromisoformat(manifest["time"]) if isinstance(manifest, dict) else _OLDEST
        return at.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return _OLDEST


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, also when the power goes."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with new.open("wb") as opened:
            os.fchmod(opened.fileno(), 0o600)
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _see_room(file: Path, size: int) -> None:
    """Raise OSError where that many bytes cannot be written, a quota counted."""
    try:
        with file.open("wb", buffering=0) as opened:
            try:
                os.posix_fallocate(opened.fileno(), 0, size)
            except OSError as error:
                if error.errno not in _NOT_KNOWN:
                    raise
                for _ in range(ceil(size / len(_BLOCK))):
                    opened.write(_BLOCK)
    finally:
        file.unlink(missing_ok=True)
