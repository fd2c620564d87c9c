"""Lines that set-up writes into the project's own files: where the state is, what a stack's policy bucket is called."""

import re
from dataclasses import dataclass
from pathlib import Path

from mtasts.errors import CannotLook

_CONFIG = re.compile(r"^config:[ \t]*(?:#.*)?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file as it will be; `line` is what is new in it."""

    path: Path
    line: str
    text: str


def backend_edit(path: Path, url: str) -> FileEdit:
    """Pulumi.yaml with the backend; it has none yet."""
    text = _read(path)
    return FileEdit(path, f"backend: {{url: {url}}}", f"{_ended(text)}backend:\n  url: {url}\n")


def config_edit(path: Path, key: str, value: str) -> FileEdit:
    """A stack's settings with one more. Raises CannotLook where `config:` is written in another way."""
    text = _read(path) if path.exists() else ""
    line = f"{key}: {value}"
    if found := _CONFIG.search(text):
        return FileEdit(path, line, f"{text[: found.end()]}  {line}\n{text[found.end() :]}")
    if re.search(r"^[\"']?config\b", text, re.MULTILINE):
        raise CannotLook(f"{path}: `config:` is not a line of its own", f"write `{line}` below it yourself")
    return FileEdit(path, line, f"{_ended(text)}config:\n  {line}\n")


def write(edit: FileEdit) -> None:
    """Write it. Raises CannotLook."""
    try:
        edit.path.write_text(edit.text, encoding="utf-8")
    except OSError as error:
        raise CannotLook(f"{edit.path}: {error.strerror}", f"write `{edit.line}` into it yourself") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotLook(f"{path} cannot be read: {error}", "may it be read, and is it UTF-8?") from None


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
