"""One mail domain's YAML file: found by the domain's name, and replaced in one step."""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live.files import SUFFIX, stack_names
from mtasts.protocol.names import BadName, to_a_labels


def find_domain_file(policies_dir: Path, stack: str | None, domain: str) -> tuple[str, Path]:
    """Stack and path of the file of `domain` (A-labels); without a stack, the only one that has it.

    Raises CannotLook when there is no such file, or more than one to choose from.
    """
    stacks: Sequence[str] = [stack] if stack else stack_names(policies_dir)
    found = [(name, path) for name in stacks if (path := _in_folder(policies_dir / name, domain)) is not None]
    if len(found) > 1:
        where = " and ".join(str(path) for _, path in found)
        raise CannotLook(f"{domain} is in more than one stack: {where}", "say --stack S")
    if not found:
        where = str(policies_dir / stack) if stack else f"any stack of {policies_dir}"
        raise CannotLook(f"no file of {domain} in {where}", f"it is called {domain}{SUFFIX}; `mtasts init` writes one")
    return found[0]


def read_text(path: Path) -> str:
    """The file as it is, line ends included. Raises CannotLook."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CannotLook(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CannotLook(f"{path} is not UTF-8", "save the file as UTF-8") from None


def replace_text(path: Path, before: str, after: str) -> None:
    """Put `after` in the place of `before` in one step, so that nobody ever reads half a file.

    Keeps the file's permissions; a link stays a link. Raises CannotLook when the file says something else than
    `before` by now, or cannot be written.
    """
    real = path.resolve()
    if read_text(real) != before:
        raise CannotLook(f"{path} was changed by somebody else meanwhile; nothing was written", "run it again")
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(after.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(real.stat().st_mode & 0o7777)
        temporary.replace(real)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise CannotLook(f"cannot write {path}: {error.strerror}", "nothing was changed") from None


def remove_file(path: Path, before: str) -> None:
    """Remove the file that says `before`. Raises CannotLook when it says something else by now, or stays."""
    if read_text(path) != before:
        raise CannotLook(f"{path} was changed by somebody else meanwhile; nothing was removed", "run it again")
    try:
        path.unlink()
    except OSError as error:
        raise CannotLook(f"cannot remove {path}: {error.strerror}") from None


def _in_folder(folder: Path, domain: str) -> Path | None:
    """The file of a domain: under its own name, or under one that means the same (upper case, U-labels)."""
    exact = folder / f"{domain}{SUFFIX}"
    if exact.is_file():
        return exact
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob(f"[!_.]*{SUFFIX}")):
            with contextlib.suppress(BadName):
                if to_a_labels(path.name.removesuffix(SUFFIX)) == domain:
                    return path
    return None
