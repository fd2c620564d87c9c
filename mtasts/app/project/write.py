"""All files or none: what was begun is taken back when one cannot be written."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from mtasts.errors import CannotLook


def cannot_write(paths: Mapping[Path, bytes]) -> Iterator[str]:
    """What keeps these files from being written, a line each; what is above each is looked at, nothing is tried."""
    said = set()
    for path in paths:
        above = next(one for one in path.parents if os.path.lexists(one))
        if not above.is_dir():
            line = f"{above} is not a folder; move it away"
        elif not os.access(above, os.W_OK | os.X_OK):
            line = f"{above} cannot be written to; check its permissions"
        else:
            continue
        if line not in said:
            said.add(line)
            yield line


def write_new(paths: Mapping[Path, bytes]) -> None:
    """Write files where none is, with the folders above them. Raises CannotLook, and then none of them is there."""
    made: list[Path] = []
    try:
        for path, content in paths.items():
            _folders(path.parent, made)
            with path.open("xb") as file:  # "x": what came up in the meantime is not overwritten either
                made.append(path)
                file.write(content)
            if content.startswith(b"#!"):
                path.chmod(path.stat().st_mode | 0o111)
    except BaseException as error:
        _take_back(made)
        if isinstance(error, OSError):
            where = error.filename or "a file"
            raise CannotLook(
                f"cannot write {where}: {error.strerror}; nothing was made", "fix it, run it again"
            ) from None
        raise


def _folders(folder: Path, made: list[Path]) -> None:
    for one in reversed([folder, *folder.parents]):
        if not one.is_dir():
            one.mkdir()
            made.append(one)


def _take_back(made: list[Path]) -> None:
    for path in reversed(made):
        try:
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        except OSError:  # somebody else put something into it meanwhile
            continue
