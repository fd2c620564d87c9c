"""Desired state as it stands in commits, read from git's objects alone: nothing is checked out, fetched or run.

So a change that a stranger proposes can be judged beside the branch that it is for, as the merge of both. Only plumbing
is used, which knows no hooks or filters; what the commits hold is bounded like any other input.
"""

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.gate.checkout import ATTRIBUTES_FILE, alike, changed_by, disguised
from mtasts.live.files import (
    BYTES_LIMIT,
    DEFAULTS_NAME,
    FOLDER,
    LINK,
    SUFFIX,
    Names,
    decode,
    loaded_from,
    misnamed_file,
    no_file,
    sort_names,
    stray_file,
)
from mtasts.live.git_process import SHALLOW, git
from mtasts.live.git_scratch import Scratch
from mtasts.policy.config import Loaded
from mtasts.policy.inputs import InputProblem, Place, Source
from mtasts.render.escape import shorten, terminal

_FILES_LIMIT = 50_000
_TOTAL_LIMIT = 512 * 1024 * 1024  # bytes of all files
_ANSWER_LIMIT = _TOTAL_LIMIT + 100 * _FILES_LIMIT
_TEXT_LIMIT = 16 * 1024 * 1024  # bytes of a listing
_PATHS_LIMIT = 64 * 1024 * 1024  # bytes of all paths that a change touches
_REF_LIMIT = 1000
_WHAT = {"120000": LINK, "160000": "a submodule", "040000": FOLDER}


@dataclass(frozen=True, slots=True)
class Tree:
    """The policies folder in one commit, or in the tree that a merge gives.

    `files`: path from the repository's root -> id of its content.
    `problems` are of the folder as a whole; those of a stack's files are in `stacks`.
    """

    commit: str
    stacks: Mapping[str, Loaded]
    files: Mapping[str, str]
    problems: tuple[InputProblem, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    id: str
    size: int
    path: str


class Repository:
    """A git repository with a policies folder. What two commits have in common is read once."""

    def __init__(self, folder: Path, policies: Path) -> None:
        """`policies` relative to `folder`, or absolute; `folder` anywhere in the repository. Raises CannotLook."""
        self._folder = folder
        prefix = self._git("rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
        inside = os.path.relpath(policies.resolve(), folder.resolve()) if policies.is_absolute() else str(policies)
        self.policies = posixpath.normpath(posixpath.join(prefix, Path(inside).as_posix()))
        if self.policies.startswith(("/", "..")):
            raise CannotLook(f"{policies} is not in the git repository of {folder}", "give --policies a folder in it")
        self._top = "" if self.policies == "." else f"{self.policies}/"
        self._scratch = Scratch(folder)
        self._contents: dict[str, bytes] = {}
        self._loaded: dict[tuple[_Entry, ...], Loaded] = {}

    def commit(self, ref: str) -> str:
        """The id of the commit that `ref` names. Raises CannotLook."""
        if not ref or ref.startswith("-") or len(ref) > _REF_LIMIT or not ref.isprintable():
            raise CannotLook(f"{shorten(terminal(ref), 100)!r} does not name a commit", "e.g. origin/main, HEAD~1")
        found = self._git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", may_fail=True)
        if not found:
            hint = f"fetch it first (`git fetch origin {terminal(ref.removeprefix('origin/'))}`), or {SHALLOW}"
            raise CannotLook(f"no commit {shorten(terminal(ref), 100)!r} in {self._folder}", hint)
        return found.decode("ascii").strip()

    def merge_bases(self, base: str, head: str) -> tuple[str, ...]:
        """The commits at which the commit `head` left the branch of the commit `base`: one, unless histories cross.

        Raises CannotLook, also when there is none.
        """
        found = self._git("merge-base", "--all", base, head, may_fail=True)
        if not found:
            cut = self._git("rev-parse", "--is-shallow-repository").strip() == b"true"
            hint = SHALLOW if cut else "begin the change from the base branch"
            raise CannotLook(f"{base[:12]} and {head[:12]} have no commit in common", hint)
        return tuple(found.decode("ascii").split())

    def merge(self, base: str, head: str) -> str | None:
        """The tree that merging one commit into another gives, None when it meets conflicts. Raises CannotLook."""
        return self._scratch.merge(base, head)

    def tree(self, commit: str) -> Tree:
        """The policies folder of a commit or tree, given by its id; no stacks if it has none. Raises CannotLook."""
        entries = self._list(commit)
        self._fetch(entries)
        stacks: dict[str, list[_Entry]] = {}
        problems: list[InputProblem] = []
        for entry in entries:
            stack, depth = entry.path[len(self._top) :].partition("/")[0], self._depth(entry)
            if _name(entry.path) == ATTRIBUTES_FILE and not _is_file(entry):
                problems.append(_no_file(entry))  # some versions of git follow it
            if stack.startswith("."):
                continue
            if depth == 0:
                problems += _beside(entry, stack)
            elif depth == 1:
                stacks.setdefault(stack, []).append(entry)
            else:
                inside = entry.path[len(self._top) + len(stack) + 1 :].partition("/")[0]
                _add_folder(stacks.setdefault(stack, []), f"{self._top}{stack}/{inside}")
        loaded = {stack: self._stack(tuple(found)) for stack, found in sorted(stacks.items()) if _has_yaml(found)}
        return Tree(commit, loaded, {entry.path: entry.id for entry in entries}, tuple(sorted(problems)))

    def changed(self, before: str, after: str) -> frozenset[str]:
        """Every path that is not the same in two commits or trees, given by their ids, from the root of the repository.

        A rename or a copy counts on both sides, and so do a deletion, another mode and another kind of file. What is
        not UTF-8 has surrogates in it. Raises CannotLook.
        """
        words = ("diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--name-only", before, after)
        paths = self._objects(*words, limit=_PATHS_LIMIT).split(b"\0")[:-1]
        return frozenset(path.decode("utf-8", "surrogateescape") for path in paths)

    def content(self, tree: Tree, path: str) -> bytes:
        """The bytes of a domain's or the defaults' file in a tree that was read here, by a key of its `files`."""
        return self._contents[tree.files[path]]

    def conversions(self, tree: Tree) -> tuple[InputProblem, ...]:
        """A problem for each file of which a checkout could hold other bytes than a tree that was read here."""
        above = self._attribute_files_above(tree.commit)
        rules = [*above, *((path, id_) for path, id_ in tree.files.items() if _name(path) == ATTRIBUTES_FILE)]
        told = self._scratch.attributes(rules, [path for path in tree.files if path.endswith(SUFFIX)])
        return (*changed_by(told), *alike(tree.files), *disguised(tree.files))

    def _attribute_files_above(self, commit: str) -> list[tuple[str, str]]:
        """Those of the folders that the policies folder is in."""
        steps = self.policies.split("/") if self._top else []
        asked = [posixpath.join(*steps[:depth], ATTRIBUTES_FILE) for depth in range(len(steps))]
        lines = self._objects("ls-tree", "-z", "-l", "--full-tree", commit, *asked).split(b"\0")[:-1] if asked else []
        return [(entry.path, entry.id) for entry in map(_entry, lines) if _is_file(entry)]

    def _list(self, commit: str) -> list[_Entry]:
        where = [self._top] if self._top else []
        lines = self._objects("ls-tree", "-r", "-z", "-l", "--full-tree", commit, *where).split(b"\0")[:-1]
        if not lines and where and self._objects("ls-tree", "-z", "--full-tree", commit, self.policies):
            raise CannotLook(f"{self.policies} is not a folder in {commit[:12]}", "it holds a folder per stack")
        if len(lines) > _FILES_LIMIT:
            raise CannotLook(f"{len(lines)} files in {self.policies} of {commit[:12]}; at most {_FILES_LIMIT} are read")
        entries = [_entry(line) for line in lines]
        if sum(min(entry.size, BYTES_LIMIT) for entry in entries) > _TOTAL_LIMIT:
            raise CannotLook(f"{self.policies} of {commit[:12]} has more than {_TOTAL_LIMIT // 2**20} MiB")
        return entries

    def _stack(self, entries: tuple[_Entry, ...]) -> Loaded:
        """Equal files in equal places are one stack, however many commits have it."""
        if entries not in self._loaded:
            self._loaded[entries] = self._load(entries)
        return self._loaded[entries]

    def _load(self, entries: tuple[_Entry, ...]) -> Loaded:
        by_name = {_name(entry.path): entry for entry in entries}
        names = sort_names(by_name)
        problems = [misnamed_file(by_name[name].path) for name in names.misnamed]
        sources = [found for name in names.domains if (found := self._source(by_name[name], problems)) is not None]
        base = self._source(by_name[DEFAULTS_NAME], problems) if names.defaults else None
        return loaded_from(sources, base, problems, defaults_lost=names.defaults and base is None)

    def _source(self, entry: _Entry, problems: list[InputProblem]) -> Source | None:
        if not _is_file(entry):
            problems.append(_no_file(entry))
            return None
        if entry.size > BYTES_LIMIT:
            problems.append(_problem(entry, f"has {entry.size} bytes, more than {BYTES_LIMIT}"))
            return None
        return decode(entry.path, self._contents[entry.id], problems)

    def _fetch(self, entries: Sequence[_Entry]) -> None:
        """Read the contents that are not known yet, all with one process."""
        files = [entry for entry in entries if _is_file(entry) and entry.size <= BYTES_LIMIT]
        wanted = dict.fromkeys(entry.id for entry in files if entry.path.endswith(SUFFIX) and self._depth(entry) == 1)
        missing = [id_ for id_ in wanted if id_ not in self._contents]
        if missing:
            asked = "".join(f"{id_}\n" for id_ in missing).encode("ascii")
            self._contents |= dict(_contents(self._objects("cat-file", "--batch", limit=_ANSWER_LIMIT, stdin=asked)))

    def _depth(self, entry: _Entry) -> int:
        return entry.path.count("/", len(self._top))

    def _git(self, *words: str, limit: int = _TEXT_LIMIT, stdin: bytes = b"", may_fail: bool = False) -> bytes:
        return git(self._folder, words, limit, stdin, may_fail=may_fail)

    def _objects(self, *words: str, limit: int = _TEXT_LIMIT, stdin: bytes = b"") -> bytes:
        """As `_git`, where the tree of a merge is an object, too."""
        return git(self._folder, words, limit, stdin, environ=self._scratch.environ)


def read_stacks_at(repo: Path, ref: str, policies: str = "policies") -> Mapping[str, Loaded]:
    """The stacks of one commit, by name. Raises CannotLook."""
    repository = Repository(repo, Path(policies))
    return repository.tree(repository.commit(ref)).stacks


def _entry(line: bytes) -> _Entry:
    facts, _, path = line.partition(b"\t")
    mode, _, id_, size = facts.decode("ascii").split()
    return _Entry(mode, id_, int(size) if size.isdecimal() else 0, path.decode("utf-8", "surrogateescape"))


def _contents(out: bytes) -> Iterator[tuple[str, bytes]]:
    """What `cat-file --batch` answers: `ID blob SIZE`, the content, for each id."""
    place = 0
    while place < len(out):
        end = out.index(b"\n", place)
        words = out[place:end].decode("ascii", "replace").split()
        if len(words) != 3 or words[1] != "blob":
            raise CannotLook(f"git does not have {shorten(terminal(' '.join(words)), 100)}", SHALLOW)
        size = int(words[2])
        yield words[0], out[end + 1 : end + 1 + size]
        place = end + size + 2


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _is_file(entry: _Entry) -> bool:
    return entry.mode not in _WHAT


def _add_folder(entries: list[_Entry], path: str) -> None:
    """Git lists no folders: one that has a file's name is there by what lies in it, and is what it is on disk."""
    if path.lower().endswith((SUFFIX, ".yml")) and (not entries or entries[-1].path != path):
        entries.append(_Entry("040000", "", 0, path))


def _has_yaml(entries: Sequence[_Entry]) -> bool:
    names: Names = sort_names(_name(entry.path) for entry in entries)
    return bool(names.domains or names.misnamed or names.defaults)


def _beside(entry: _Entry, name: str) -> Iterator[InputProblem]:
    """What lies beside the stacks' folders: a link could be a stack on disk, a YAML file would be read by nobody."""
    if not _is_file(entry):
        yield _no_file(entry)
    elif name.lower().endswith((SUFFIX, ".yml")):
        yield stray_file(entry.path)


def _no_file(entry: _Entry) -> InputProblem:
    return no_file(entry.path, _WHAT[entry.mode])


def _problem(entry: _Entry, message: str) -> InputProblem:
    return InputProblem(Place(entry.path, 1, 1), "file", message)
