"""The files of a source: a folder walked once, in order, each file bounded; links are not followed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mtasts.errors import CannotLook

FILES_LIMIT: Final = 20_000
BYTES_LIMIT: Final = 64 * 2**20
DEPTH_LIMIT: Final = 4  # folders below the one that was named


def files_of(path: Path, wanted: str, suffix: str = "") -> list[Path]:
    """`path` itself, or the files below it that end in `suffix`, by name, without hidden ones. Raises CannotLook."""
    try:
        # A link that the user names is meant; one within a folder is not followed.
        mode = path.stat().st_mode
    except OSError as error:
        raise CannotLook(f"{path}: {error.strerror or error}", f"give {wanted}") from None
    if stat.S_ISREG(mode):
        return [path]
    if not stat.S_ISDIR(mode):
        raise CannotLook(f"{path} is neither a file nor a folder", f"give {wanted}")
    found = []
    for file in _walk(path, DEPTH_LIMIT):
        if not file.name.endswith(suffix):
            continue
        found.append(file)
        if len(found) > FILES_LIMIT:
            raise CannotLook(f"{path} has more than {FILES_LIMIT} files", "give one of its folders after another")
    if not found:
        raise CannotLook(f"{path} has no file{f' that ends in {suffix}' if suffix else ''}", f"give {wanted}")
    return found


def read_file(path: Path) -> str:
    """A text file, UTF-8 where it can be and else as it is. Raises CannotLook."""
    try:
        # O_NONBLOCK: a named pipe must not make us wait for a writer.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            data = file.read(BYTES_LIMIT + 1)
    except OSError as error:
        raise CannotLook(f"{path}: {error.strerror or error}", "check the path and its permissions") from None
    if len(data) > BYTES_LIMIT:
        raise CannotLook(f"{path}: larger than {BYTES_LIMIT // 2**20} MiB", "is this the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda one: one.name)
    except OSError as error:
        raise CannotLook(f"{folder}: {error.strerror or error}", "check its permissions") from None
    for entry in inside:
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from _walk(folder / entry.name, depth - 1)
        elif entry.is_file(follow_symlinks=False):
            yield folder / entry.name
