"""The policies folder on disk: which stacks there are, and what each file of one says. Bounded, and never guessing."""

import os
from collections.abc import Iterable
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.protocol.problem import Severity
from mtasts.rollout.config import InputProblem, Loaded, Place, Source, load
from mtasts.rollout.yaml_text import TEXT_LIMIT

DEFAULTS_NAME = "_defaults.yaml"
SUFFIX = ".yaml"
# A character takes at most 4 bytes; whatever is longer fails the limit on characters too.
_BYTES_LIMIT = TEXT_LIMIT * 4


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

    Raises CannotLook if there is no such folder or stack, if the stack has no domain, or if a file cannot be read.
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
    if not paths and not misnamed:
        raise CannotLook(f"no mail domain in {folder}", f"copy an example to {folder}/<domain>{SUFFIX} and edit it")
    return _read(paths, defaults, misnamed)


def read_file(path: Path) -> Loaded:
    """One file, above the defaults beside it; or those defaults alone. Raises CannotLook if it cannot be read."""
    if path.name == DEFAULTS_NAME:
        return _read([], path, [])
    defaults = path.with_name(DEFAULTS_NAME)
    return _read([path], defaults if defaults.exists() else None, [])


def read_defaults(path: Path) -> Source | None:
    """The defaults of a stack, None where there are none. Raises CannotLook if they cannot be read."""
    if not path.exists():
        return None
    problems: list[InputProblem] = []
    source = _read_source(path, problems)
    if source is None:
        raise CannotLook(str(problems[0]), "mend it first")
    return source


def strays(policies_dir: Path) -> list[InputProblem]:
    """A problem for each YAML file that lies beside the stacks' folders, where nothing reads it. Raises CannotLook."""
    paths, defaults, misnamed = _list_stack(policies_dir)
    lost = [*paths, *([defaults] if defaults is not None else []), *(Path(problem.place.path) for problem in misnamed)]
    why = "is in no stack's folder, so that nothing reads it; move it into one"
    return [InputProblem(Place(str(path), 1, 1), "file", why) for path in lost]


def has_domains(folder: Path) -> bool:
    """Whether a stack's folder holds a file that is, or should have been, a mail domain's. Raises CannotLook."""
    paths, _, misnamed = _list_stack(folder)
    return bool(paths or misnamed)


def _list_stack(folder: Path) -> tuple[list[Path], Path | None, list[InputProblem]]:
    """The domains' files, the defaults, and a problem for each file that would be passed over for its ending."""
    paths: list[Path] = []
    defaults = None
    misnamed = []
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        raise _cannot_read(folder, error) from None
    for name in names:
        if name == DEFAULTS_NAME:
            defaults = folder / name
        elif name.endswith(SUFFIX):
            paths.append(folder / name)
        elif name.lower().endswith((".yml", SUFFIX)):
            place = Place(str(folder / name), 1, 1)
            misnamed.append(InputProblem(place, "file", f"is passed over for its ending; rename it to end in {SUFFIX}"))
    return paths, defaults, misnamed


def _read(paths: Iterable[Path], defaults: Path | None, found: list[InputProblem]) -> Loaded:
    problems = list(found)
    sources = [source for path in paths if (source := _read_source(path, problems)) is not None]
    base = _read_source(defaults, problems) if defaults is not None else None
    if defaults is not None and base is None:
        # Judging the domains without their defaults would call everything missing that stands there.
        return Loaded((), tuple(sorted(problems)))
    loaded = load(sources, base)
    return Loaded(loaded.policies, tuple(sorted([*loaded.problems, *problems])), loaded.warnings)


def _read_source(path: Path, problems: list[InputProblem]) -> Source | None:
    shown = str(path)
    try:
        # O_NONBLOCK: a named pipe must not make us wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            content = _read_bounded(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _cannot_read(path, error) from None
    try:
        # A byte order mark is what some editors put in front of UTF-8; YAML allows it.
        return Source(shown, content[:_BYTES_LIMIT].decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        if len(content) > _BYTES_LIMIT and error.start >= _BYTES_LIMIT - 3:
            return Source(shown, content[: error.start].decode("utf-8-sig"))
        before = content[: error.start]
        place = Place(shown, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        problems.append(InputProblem(place, "file", message, Severity.ERROR))
        return None


def _read_bounded(handle: int) -> bytes:
    """All of a small file, or a byte more than is allowed. Plain calls: this is done for every file of every run."""
    content = b""
    while len(content) <= _BYTES_LIMIT and (more := os.read(handle, _BYTES_LIMIT + 1 - len(content))):
        content += more
    return content


def _cannot_read(path: Path, error: OSError, hint: str = "") -> CannotLook:
    return CannotLook(f"cannot read {path}: {error.strerror or error}", hint)
