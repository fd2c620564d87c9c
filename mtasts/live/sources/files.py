"""Files and folders (also Maildir), and standard input."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

from mtasts.errors import CannotLook
from mtasts.live.sources.contract import Item
from mtasts.live.sources.unfold import unfold
from mtasts.live.store.access import FILE as STORE_FILE

# What mail servers keep in a Maildir besides mails; `tmp` holds mails that are still being written.
_NOT_MAILS = ("dovecot", "maildir", "courierimap", "subscriptions", ".")
_MAILDIR = ("cur", "new", "tmp")
_SPOOL_BYTES = 64 * 1024 * 1024


class Files:
    """A file, or all files under a folder, in the order of their names. A file is read again only when it changed."""

    unit = "bytes"

    def __init__(self, location: str) -> None:
        self._root = Path(location)
        self._seen: dict[str, tuple[int, int]] = {}
        try:
            self._root.stat()
        except OSError as error:
            raise CannotLook(f"{location}: {error.strerror}", "name a file or folder that is there") from None

    def total(self) -> int:
        """The bytes of all files."""
        return sum(path.stat().st_size for path in self._files() if path.is_file())

    def items(self) -> Iterator[Item]:
        """All items of all files that are new since the last call."""
        for path in self._files():
            try:
                found = path.stat()
                state = (found.st_size, found.st_mtime_ns)
                if self._seen.get(str(path)) == state:
                    continue
                with path.open("rb") as opened:
                    if stat.S_ISREG(found.st_mode):
                        yield from _weighed(self._unfolded(opened, path), found.st_size)
                    else:
                        yield from _spooled(opened, str(path))
                self._seen[str(path)] = state
            except OSError as error:
                yield Item(str(path), b"", path.name, problem=f"cannot be read: {error.strerror}")

    def took(self, item: Item, *, again: bool) -> None:
        """Nothing to note: files are read anew in every run, and the store knows what it has."""

    def progress(self) -> tuple[str, str] | None:
        """Files keep no note."""
        return None

    def close(self) -> None:
        """Nothing is open between items."""

    def _unfolded(self, opened: IO[bytes], path: Path) -> Iterator[Item]:
        items = unfold(opened, str(path), path.name)
        return (replace(item, mail=True) for item in items) if _in_maildir(path) else items

    def _files(self) -> Iterator[Path]:
        if not self._root.is_dir():
            yield self._root
            return
        for folder, folders, names in os.walk(self._root):
            maildir = set(folders) >= set(_MAILDIR)
            if maildir:
                folders.remove("tmp")
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                # The store itself may lie in the folder, as .mtasts/reports does in the project's.
                if name.startswith(STORE_FILE):
                    continue
                # A pipe in a folder would be waited for without end; one named by hand is meant.
                if not name.startswith(_NOT_MAILS if maildir else ".") and not _special(path):
                    yield path


def _in_maildir(path: Path) -> bool:
    """Whether a mail server put it there: below `new` or `cur` of a Maildir."""
    return path.parent.name in ("cur", "new") and all((path.parent.parent / name).is_dir() for name in _MAILDIR)


def _special(path: Path) -> bool:
    """Whether it is a pipe, socket or device; a dead link is none, and is said to be unreadable."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _spooled(stream: IO[bytes], source: str) -> Iterator[Item]:
    """The items of a stream that cannot be rewound, by way of a temporary file if it is long."""
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        while chunk := stream.read(1024 * 1024):
            spool.write(chunk)
        spool.seek(0)
        yield from unfold(cast(IO[bytes], spool), source, "")


def _weighed(items: Iterator[Item], size: int) -> Iterator[Item]:
    """Items whose weights sum up to the file's size: the last one, which may be empty, carries the rest."""
    left = size
    held: Item | None = None
    for item in items:
        if held is not None:
            yield held
            left -= held.weight
        held = item
    if held is not None:
        yield replace(held, weight=max(left, 0))


class StandardInput:
    """One file on standard input, whatever it is; kept in a temporary file if it is long."""

    unit = "bytes"

    def __init__(self) -> None:
        self._read = False

    def total(self) -> int:
        """Not known before it ends."""
        return 0

    def items(self) -> Iterator[Item]:
        """All items in it, once."""
        if self._read:
            return
        self._read = True
        yield from _spooled(sys.stdin.buffer, "-")

    def took(self, item: Item, *, again: bool) -> None:
        """Nothing to note."""

    def progress(self) -> tuple[str, str] | None:
        """It keeps no note."""
        return None

    def close(self) -> None:
        """Nothing is open."""
