"""Compares the policy files of a checkout with the bytes of its commit: only those were reviewed and judged.

A commit's own attributes are refused by the gate. What the machine adds to them (its settings, .git/info/attributes,
filters, hooks, a sparse checkout) is not in the commit, so it is looked for here, where files are to be published.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from mtasts.gate.checkout import Attribute, changed_by, differences
from mtasts.live.files import DEFAULTS_NAME, read_bytes, sort_names
from mtasts.live.git_process import NoRepository, git
from mtasts.policy.inputs import InputProblem

_LIMIT = 16 * 1024 * 1024  # bytes of a listing
_FILE_MODES = {"100644", "100755"}


def converted(policies: Path, stack: str) -> tuple[InputProblem, ...]:
    """A problem for each tracked file of a stack that a checkout on this machine turns into other bytes.

    None where the folder is in no repository, or there is no git. Edits are the operator's. Raises CannotLook.
    """
    folder = policies / stack
    if not folder.is_dir():
        return ()
    try:
        tracked = git(folder, ("ls-files", "-z"), _LIMIT).split(b"\0")[:-1]
    except NoRepository:
        return ()
    asked = b"".join(name + b"\0" for name in tracked if b"/" not in name)
    told = git(folder, ("check-attr", "--all", "-z", "--stdin"), _LIMIT, asked).split(b"\0")[:-1]
    words = [os.fsdecode(word) for word in told]
    read = _names(folder)
    rules = (Attribute(*three) for three in zip(words[::3], words[1::3], words[2::3], strict=True))
    return changed_by(Attribute(str(folder / one.path), one.name, one.value) for one in rules if one.path in read)


def uncommitted(policies: Path, stack: str) -> tuple[InputProblem, ...]:
    """A problem for each file of a stack that is not, byte for byte, what HEAD has. Raises CannotLook."""
    folder = policies / stack
    committed = {}
    for line in git(policies, ("ls-tree", "-z", "HEAD", f"{stack}/"), _LIMIT).split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        mode, _, id_ = facts.decode("ascii").split()
        committed[os.fsdecode(path).rpartition("/")[2]] = id_ if mode in _FILE_MODES else mode
    form = "sha256" if any(len(id_) == 64 for id_ in committed.values()) else "sha1"
    found = {name: _blob(folder / name, form) for name in _names(folder)} if folder.is_dir() else {}
    wanted = {name: committed[name] for name in _meant(committed)}
    return tuple(differences(_placed(folder, wanted), _placed(folder, found)))


def _names(folder: Path) -> set[str]:
    """The files of a stack's folder that are read, or refused for their names."""
    return _meant(entry.name for entry in os.scandir(folder))


def _meant(names: Iterable[str]) -> set[str]:
    found = sort_names(names)
    return {*found.domains, *found.misnamed, *([DEFAULTS_NAME] if found.defaults else [])}


def _blob(path: Path, form: str) -> str:
    """The id that git would give to the file's own bytes; a link, a folder and what cannot be read have none."""
    try:
        content = read_bytes(path)
    except OSError:
        return "no file"
    return hashlib.new(form, b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _placed(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    return {str(folder / name): id_ for name, id_ in files.items()}
