"""An empty repository beside the one that is read, which borrows its objects: for what git computes, not only prints.

Nothing that is configured, checked out, replaced or grafted there has a say in it, and nothing is written there: no
attribute file of a work tree, no merge driver, filter or alias of whoever's machine this is. The same commits give the
same answer everywhere.
"""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.gate.checkout import Attribute
from mtasts.live.git_process import git

_LIMIT = 64 * 1024 * 1024  # bytes of an answer
_LEAST = (2, 38)  # the first git that merges without a work tree
_SETTINGS = """
[core]
\tattributesFile = /dev/null
\tcommitGraph = false
[merge]
\tdirectoryRenames = conflict
"""


class Scratch:
    """Made when it is first asked for, and gone with the value."""

    def __init__(self, folder: Path) -> None:
        """`folder` is anywhere in the repository whose objects are borrowed."""
        self._folder = folder

    @cached_property
    def environ(self) -> Mapping[str, str]:
        """What makes a git command work in it, laid over the environment. Raises CannotLook."""
        place = Path(self._kept.name)
        objects = self._folder / self._there("rev-parse", "--git-path", "objects")
        form = self._there("rev-parse", "--show-object-format")
        own = _alone(place)
        git(place, ("init", "--bare", "--quiet", "--template=", f"--object-format={form}", "."), _LIMIT, environ=own)
        (place / "objects/info/alternates").write_text(
            f"{objects.resolve()}\n", encoding="utf-8", errors="surrogateescape"
        )
        with (place / "config").open("a", encoding="utf-8") as config:
            config.write(_SETTINGS)
        return own

    def merge(self, base: str, head: str) -> str | None:
        """The id of the tree that a merge of two commits gives, None when it meets conflicts. Raises CannotLook."""
        self._check_version()
        asked = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head)
        made = git(self._folder, asked, _LIMIT, may_fail=True, environ=self.environ)
        return made.partition(b"\0")[0].decode("ascii") or None

    def attributes(self, files: Iterable[tuple[str, str]], paths: Sequence[str]) -> list[Attribute]:
        """What the attribute files of a tree, as (path, id), say of some paths of it. Raises CannotLook."""
        lines = b"".join(f"100644 {id_}\t{path}\0".encode("utf-8", "surrogateescape") for path, id_ in files)
        if not lines or not paths:
            return []
        # By way of an index: only newer versions take a tree.
        self._here("read-tree", "--empty")
        self._here("update-index", "-z", "--index-info", stdin=lines)
        asked = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
        words = self._here("check-attr", "--cached", "--all", "-z", "--stdin", stdin=asked).split(b"\0")[:-1]
        told = [word.decode("utf-8", "surrogateescape") for word in words]
        return [Attribute(*three) for three in zip(told[::3], told[1::3], told[2::3], strict=True)]

    @cached_property
    def _kept(self) -> "tempfile.TemporaryDirectory[str]":
        return tempfile.TemporaryDirectory(prefix="mtasts-git-")

    def _check_version(self) -> None:
        said = git(self._folder, ("version",), _LIMIT).decode("utf-8", "replace")
        found = re.search(r"(\d+)\.(\d+)", said)
        if found is None or (int(found[1]), int(found[2])) < _LEAST:
            have = found[0] if found else "of an unknown version"
            raise CannotLook(
                f"git {have} cannot tell what a merge gives; {_LEAST[0]}.{_LEAST[1]} can",
                "use a newer git, or take the base branch in first",
            )

    def _here(self, *words: str, stdin: bytes = b"") -> bytes:
        return git(self._folder, words, _LIMIT, stdin, environ=self.environ)

    def _there(self, *words: str) -> str:
        return git(self._folder, words, _LIMIT).decode("utf-8", "surrogateescape").rstrip("\n")


def _alone(place: Path) -> dict[str, str]:
    """A git of its own: no configuration of the system, the user or the command line."""
    nowhere = "/dev/null"
    return {
        "GIT_DIR": str(place),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": nowhere,
        "GIT_CONFIG_SYSTEM": nowhere,
        "GIT_CONFIG_COUNT": "0",
        "GIT_CONFIG_PARAMETERS": "",
    }
