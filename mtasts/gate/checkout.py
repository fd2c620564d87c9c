"""Compares a checkout with its commit byte by byte: only the bytes of the commit were judged. Pure.

Git turns a file into other bytes when it checks it out, if attributes say so (gitattributes(5)). They come with the
commit, like the files, and what they make of a file is not the text that a reviewer, or the gate, has read.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from mtasts.policy.inputs import InputProblem, Place

ATTRIBUTES_FILE = ".gitattributes"

# Set, or set to a value, each makes other bytes; `export-` ones do so in an archive.
_CHANGING = frozenset({"working-tree-encoding", "filter", "ident", "export-subst", "export-ignore"})
_UNSET = "unset"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of one path; `value` is `set`, `unset` or what it was set to."""

    path: str
    name: str
    value: str

    @property
    def changes_bytes(self) -> bool:
        """Whether a checkout, or an archive, gets other bytes than the commit has.

        `text` alone, also by its older name `crlf`, does not: what line ends it gives is up to the machine, whose
        checkout is compared with the commit where it publishes.
        """
        if self.name == "eol":
            return self.value == "crlf"
        return self.name in _CHANGING and self.value != _UNSET

    def __str__(self) -> str:
        return self.name if self.value == "set" else f"{self.name}={self.value}"


def changed_by(attributes: Iterable[Attribute]) -> tuple[InputProblem, ...]:
    """A problem for each attribute that makes a checkout other bytes."""
    return tuple(
        _problem(one.path, f"the attribute {one} changes its bytes on checkout; take it out of {ATTRIBUTES_FILE}")
        for one in attributes
        if one.changes_bytes
    )


def alike(paths: Iterable[str]) -> tuple[InputProblem, ...]:
    """A problem for each file or folder that is another one to a disk which knows no case, or one form of accents."""
    names = {name for path in paths for name in (path, *(str(folder) for folder in PurePosixPath(path).parents))}
    first: dict[str, str] = {}
    problems = []
    for name in sorted(names):
        other = first.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        # Within two folders that are alike, the folders are the matter.
        if other != name and other.rpartition("/")[0] == name.rpartition("/")[0]:
            problems.append(_problem(name, f"is {other} to a disk that does not know case; rename one"))
    return tuple(problems)


def disguised(paths: Iterable[str]) -> tuple[InputProblem, ...]:
    """A problem for each file that is an attribute file only where case does not count: its rules come and go."""
    return tuple(
        _problem(path, f"is {ATTRIBUTES_FILE} to a disk that does not know case; take it away")
        for path in sorted(paths)
        if (name := path.rpartition("/")[2]) != ATTRIBUTES_FILE and name.casefold() == ATTRIBUTES_FILE
    )


def differences(committed: Mapping[str, str], found: Mapping[str, str]) -> Iterator[InputProblem]:
    """A problem for each file that is not, byte for byte, what the commit has. Both: path -> id of the content."""
    for path in sorted({*committed, *found}):
        if path not in found:
            yield _problem(path, "is in the commit, but is not here; check the commit out whole")
        elif path not in committed:
            yield _problem(path, "is not in the commit; commit it, or take it away")
        elif committed[path] != found[path]:
            yield _problem(path, "differs from the commit (an edit, an attribute, core.autocrlf); check it out again")


def _problem(path: str, message: str) -> InputProblem:
    return InputProblem(Place(path, 1, 1), "file", message)
