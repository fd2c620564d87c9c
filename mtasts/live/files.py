"""The policies folder on disk: which stacks there are, and what each file of one says. Bounded, and never guessing."""

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.policy.config import InputProblem, Loaded, Place, Source, load
from mtasts.policy.yaml_text import TEXT_LIMIT
from mtasts.protocol.problem import Severity

DEFAULTS_NAME = "_defaults.yaml"
SUFFIX = ".yaml"
# A character takes at most 4 bytes; whatever is longer fails the limit on characters too.
BYTES_LIMIT = TEXT_LIMIT * 4
LINK, FOLDER = "a symbolic link", "a folder"


def stack_names(policies_dir: Path) -> tuple[str, ...]:
    """The stacks of a policies folder: its sub-folders, without hidden ones, by name. Raises CannotLook."""
    try:
        with os.scandir(policies_dir) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise _cannot_read(policies_dir, error, "give the folder that holds one folder per stack") from None
    return tuple(names)


def read_stack(policies_dir: Path, stack: str) -> Loaded:
    """All mail domains of one stack. Look at `problems` before anything else.

    A stack may have none yet, or none any more. A file that cannot be read is a problem of that file, as git's objects
    have it. Raises CannotLook if there is no such folder or stack.
    """
    folder = policies_dir / stack
    if not folder.is_dir():
        if not policies_dir.is_dir():
            raise CannotLook(f"no policies folder at {policies_dir}", "run it from the project, or name the folder")
        others = ", ".join(stack_names(policies_dir)) or "none"
        raise CannotLook(f"no stack {stack} in {policies_dir}", f"stacks there: {others}; a stack is a folder")
    return read_folder(folder)


def read_folder(folder: Path) -> Loaded:
    """All mail domains of the stack in `folder`. Raises CannotLook as read_stack does."""
    paths, defaults, misnamed = _list_stack(folder)
    return _read(paths, defaults, misnamed)


def read_file(path: Path) -> Loaded:
    """One file, above the defaults beside it; or those defaults alone. Raises CannotLook if it cannot be read."""
    if path.name == DEFAULTS_NAME:
        return _read([], path, [])
    defaults = path.with_name(DEFAULTS_NAME)
    return _read([path], defaults if os.path.lexists(defaults) else None, [])


def read_defaults(path: Path) -> Source | None:
    """The defaults of a stack, None where there are none. Raises CannotLook if they cannot be read."""
    if not os.path.lexists(path):
        return None
    problems: list[InputProblem] = []
    source = _read_source(path, problems)
    if source is None:
        raise CannotLook(str(problems[0]), "fix it first")
    return source


def strays(policies_dir: Path) -> list[InputProblem]:
    """A problem for each YAML file that lies beside the stacks' folders, where nothing reads it. Raises CannotLook."""
    paths, defaults, misnamed = _list_stack(policies_dir)
    lost = [*paths, *([defaults] if defaults is not None else []), *(Path(problem.place.path) for problem in misnamed)]
    return [stray_file(str(path)) for path in lost]


def has_domains(folder: Path) -> bool:
    """Whether a stack's folder holds a file that is, or should have been, a mail domain's. Raises CannotLook."""
    paths, _, misnamed = _list_stack(folder)
    return bool(paths or misnamed)


def count_domains(folder: Path) -> int:
    """How many files of mail domains a stack's folder has; 0 for one that is not there. Raises CannotLook."""
    return len(_list_stack(folder)[0]) if folder.is_dir() else 0


@dataclass(frozen=True, slots=True)
class Names:
    """The names in a stack's folder: files of domains, whether there are defaults, and what only looks like a file."""

    domains: tuple[str, ...]
    defaults: bool
    misnamed: tuple[str, ...]


def sort_names(names: Iterable[str]) -> Names:
    """What each name in a stack's folder means, in the order of the names; hidden ones and others mean nothing."""
    shown = sorted(name for name in names if not name.startswith("."))
    return Names(
        tuple(name for name in shown if name.endswith(SUFFIX) and name != DEFAULTS_NAME),
        DEFAULTS_NAME in shown,
        tuple(name for name in shown if name.lower().endswith((".yml", SUFFIX)) and not name.endswith(SUFFIX)),
    )


def misnamed_file(path: str) -> InputProblem:
    """A file would be passed over for its ending."""
    return InputProblem(
        Place(path, 1, 1), "file", f"is ignored because of its file extension; rename it to end in {SUFFIX}"
    )


def no_file(path: str, what: str) -> InputProblem:
    """Something else has a file's name: `what` says what it is. A link would lead to what no reviewer has seen."""
    return InputProblem(Place(path, 1, 1), "file", f"is {what}; put the file itself there")


def stray_file(path: str) -> InputProblem:
    """A file lies beside the stacks' folders."""
    why = "is in no stack's folder, so that nothing reads it; move it into one"
    return InputProblem(Place(path, 1, 1), "file", why)


def _list_stack(folder: Path) -> tuple[list[Path], Path | None, list[InputProblem]]:
    """The domains' files, the defaults, and a problem for each file that would be passed over for its ending."""
    try:
        with os.scandir(folder) as entries:
            names = sort_names(entry.name for entry in entries)
    except OSError as error:
        raise _cannot_read(folder, error) from None
    paths = [folder / name for name in names.domains]
    misnamed = [misnamed_file(str(folder / name)) for name in names.misnamed]
    return paths, folder / DEFAULTS_NAME if names.defaults else None, misnamed


def _read(paths: Iterable[Path], defaults: Path | None, found: list[InputProblem]) -> Loaded:
    problems = list(found)
    sources = [source for path in paths if (source := _read_source(path, problems)) is not None]
    base = _read_source(defaults, problems) if defaults is not None else None
    return loaded_from(sources, base, problems, defaults_lost=defaults is not None and base is None)


def loaded_from(
    sources: Sequence[Source], defaults: Source | None, problems: Sequence[InputProblem], *, defaults_lost: bool
) -> Loaded:
    """A stack from its files, with the problems that reading them gave; `defaults_lost`: theirs were among those."""
    if defaults_lost:
        # Judging the domains without their defaults would call everything missing that stands there.
        return Loaded((), tuple(sorted(problems)))
    loaded = load(sources, defaults)
    return Loaded(loaded.policies, tuple(sorted([*loaded.problems, *problems])), loaded.warnings)


def read_bytes(path: Path) -> bytes:
    """A file's content; of one that is too long, a byte more than BYTES_LIMIT. A link is no file. Raises OSError."""
    # O_NONBLOCK: a named pipe must not make us wait for a writer.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return _read_bounded(handle)
    finally:
        os.close(handle)


def _read_source(path: Path, problems: list[InputProblem]) -> Source | None:
    shown = str(path)
    try:
        content = read_bytes(path)
    except FileNotFoundError as error:
        raise _cannot_read(path, error) from None
    except OSError as error:
        problems.append(_unreadable(shown, error))
        return None
    return decode(shown, content, problems)


def decode(shown: str, content: bytes, problems: list[InputProblem]) -> Source | None:
    """The text of a file whose path is shown as `shown`; None after noting that it is no UTF-8.

    Of a file that is too long a byte more than BYTES_LIMIT is enough: what reads the text refuses it.
    """
    try:
        # A byte order mark is what some editors put in front of UTF-8; YAML allows it.
        return Source(shown, content[:BYTES_LIMIT].decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        if len(content) > BYTES_LIMIT and error.start >= BYTES_LIMIT - 3:
            return Source(shown, content[: error.start].decode("utf-8-sig"))
        before = content[: error.start]
        place = Place(shown, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        problems.append(InputProblem(place, "file", message, Severity.ERROR))
        return None


def _read_bounded(handle: int) -> bytes:
    """All of a small file, or a byte more than is allowed. Plain calls: this is done for every file of every run."""
    content = b""
    while len(content) <= BYTES_LIMIT and (more := os.read(handle, BYTES_LIMIT + 1 - len(content))):
        content += more
    return content


def _unreadable(shown: str, error: OSError) -> InputProblem:
    """One file alone cannot be read: what is wrong with it keeps no other domain from being read."""
    if error.errno in _WHAT:
        return no_file(shown, _WHAT[error.errno])
    return InputProblem(Place(shown, 1, 1), "file", f"cannot be read: {error.strerror or error}")


_WHAT = {errno.ELOOP: LINK, errno.EISDIR: FOLDER}


def _cannot_read(path: Path, error: OSError, hint: str = "") -> CannotLook:
    return CannotLook(f"cannot read {path}: {error.strerror or error}", hint)
