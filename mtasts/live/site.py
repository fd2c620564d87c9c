"""A folder of static pages: each written whole or not at all, and those of domains that are gone removed again."""

import json
import os
from pathlib import Path

from mtasts.errors import CannotLook

# What we wrote last time. Only files named here are ever removed, so the folder may hold other things.
_LIST = ".mtasts-pages.json"


class Site:
    """The folder. Pages appear one by one and atomically; a reader in between sees old and new ones, never halves."""

    def __init__(self, folder: Path) -> None:
        """Raises CannotLook if the folder cannot be made or is no folder."""
        self._folder = folder
        self._written: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotLook(f"{folder}: {error.strerror}", "--out names a folder to write to") from error
        self._before = self._list()

    def write(self, name: str, text: str) -> None:
        """Write a page; `name` is a relative path of our own making."""
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            part.replace(path)
        except OSError as error:
            raise CannotLook(f"{path}: {error.strerror}") from error
        self._written.add(name)

    def finish(self) -> int:
        """Remove pages of an earlier run that were not written again; their number."""
        gone = [name for name in self._before - self._written if self._is_ours(name)]
        for name in gone:
            (self._folder / name).unlink(missing_ok=True)
        self.write(_LIST, json.dumps(sorted(self._written), indent=0) + "\n")
        return len(gone)

    def _list(self) -> set[str]:
        try:
            found = json.loads((self._folder / _LIST).read_bytes())
        except (OSError, ValueError, RecursionError):
            return set()
        return {str(name) for name in found} if isinstance(found, list) else set()

    def _is_ours(self, name: str) -> bool:
        """Whether a listed name is one we could have written: the list is a file that anybody may have changed."""
        parts = Path(name).parts
        return 1 <= len(parts) <= 2 and ".." not in parts and name.endswith(".html") and not Path(name).is_absolute()
