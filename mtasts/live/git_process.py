"""One run of a git command: bounded, offline, without anybody's hooks, and with one clear line when it fails."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.render.escape import shorten, terminal

SHALLOW = "the history is not all here: check out with `fetch-depth: 0` (GitHub), `GIT_DEPTH: 0` (GitLab)"
_TIMEOUT = 120.0  # seconds
_CHUNK = 1 << 20
# Lines that say why; a push tells the other side's reason, and that it was rejected, before its own error.
_GRAVE = ("fatal: ", "error: ", "remote: error: ", " ! ")


class NoRepository(CannotLook):
    """There is no git, or the folder is in no repository."""


def git(
    folder: Path,
    words: Sequence[str],
    limit: int,
    stdin: bytes = b"",
    *,
    may_fail: bool = False,
    environ: Mapping[str, str] | None = None,
) -> bytes:
    """What `git WORDS` prints in `folder`, at most `limit` bytes; b"" for exit code 1 where that is an answer.

    The words must be ours: nothing that came from outside may begin with `-`. `environ` is laid over the environment.
    Raises CannotLook.
    """
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.write(stdin)
        asked.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell
                ["git", "--no-replace-objects", "--literal-pathspecs", *words],  # noqa: S607 - the user's git
                cwd=folder,
                env={**_environment(), **(environ or {})},
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        except OSError as error:
            if not folder.is_dir():
                raise CannotLook(f"no such folder: {folder}") from None
            raise NoRepository(f"cannot run git: {error.strerror}", "install git") from None
        out = _read(process, limit)
        if len(out) > limit:
            raise CannotLook(f"git {words[0]}: more than {limit // 2**20} MiB", "is this the right folder?")
        if process.returncode == 0:
            return out
        if may_fail and process.returncode == 1:
            return b""
        said.seek(0)
        raise _failed(words[0], said.read(_CHUNK), folder)


def _read(process: "subprocess.Popen[bytes]", limit: int) -> bytes:
    """All output, or a little more than `limit` of it."""
    out = bytearray()
    timer = threading.Timer(_TIMEOUT, process.kill)
    timer.start()
    try:
        with process:
            if process.stdout is None:  # pragma: no cover - it was asked for
                return b""
            while len(out) <= limit and (chunk := process.stdout.read(_CHUNK)):
                out += chunk
            if len(out) > limit:
                process.kill()
    finally:
        timer.cancel()
    return bytes(out)


def _environment() -> dict[str, str]:
    """Git's own settings from outside (which repository, which objects) are left out; its configuration is kept.

    A missing object is missing: in a partial clone git would fetch it.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "_CONFIG" in name}
    return kept | {
        "LC_ALL": "C",
        "GIT_GRAFT_FILE": os.devnull,  # another history than the commits have
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def _failed(command: str, said: bytes, folder: Path) -> CannotLook:
    lines = said.decode("utf-8", "replace").strip().splitlines() or ["it was stopped, or gave no reason"]
    grave = [line for line in lines if line.startswith(_GRAVE)] or lines
    text = shorten(terminal(grave[0].removeprefix("fatal: ").removeprefix("error: ").strip()), 200)
    if "not a git repository" in text:
        return NoRepository(f"{folder} is in no git repository", "run it in a clone, or give --repo")
    if "dubious ownership" in text:
        return CannotLook(f"git {command}: {text}", "if it is yours: git config --global --add safe.directory FOLDER")
    signs = ("missing", "unable to read", "lazy fetching", "valid object", "bad object")
    gone = any(sign in line for sign in signs for line in lines)
    return CannotLook(f"git {command}: {text}", SHALLOW if gone else "")
