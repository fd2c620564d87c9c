"""Cache of downloaded engines: outside the tree, once per version, complete or absent."""

import contextlib
import fcntl
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.progress import Progress
from mtasts_pulumi.engine.question import ask
from mtasts_pulumi.engine.version import VERSION, Version, dotted, read_version

_WAIT_SAID_AGAIN = 60.0  # seconds; the other process says how far it is, often on the same terminal


def cache_folder(environ: Mapping[str, str]) -> Path:
    """`${XDG_CACHE_HOME:-~/.cache}/mtasts/engine`. The XDG specification wants a relative value ignored."""
    named = environ.get("XDG_CACHE_HOME", "")
    base = Path(named) if named.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".cache"
    return base / "mtasts" / "engine"


def cached_engine(environ: Mapping[str, str], version: Version = VERSION) -> Path:
    """Where the engine of our version lies once obtained. It may not exist."""
    return cache_folder(environ) / dotted(version) / "pulumi"


def installed(environ: Mapping[str, str], version: Version = VERSION) -> Path | None:
    """The cached engine, if it is there. It was run before it got its name, so it is not run again here."""
    engine = cached_engine(environ, version)
    return engine if os.access(engine, os.X_OK) and engine.is_file() else None


def ask_version(
    binary: Path | str, timeout: float = 120.0, arguments: Sequence[str] = ("version",)
) -> tuple[int, int, int] | None:
    """What `BINARY version` says; None when it cannot be run, is slower than `timeout` seconds, or talks nonsense."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = ask([str(binary), *arguments], timeout, environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_version(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else None


def adopt(folder: Path, environ: Mapping[str, str], version: Version = VERSION) -> Path:
    """Move the files of `folder` (a `pulumi`, maybe language hosts beside it) into the cache, `pulumi` last.

    Renames within one file system, so that a reader sees the whole engine or none.
    Raises CannotLook when the binary does not run or is of another version.
    """
    found = ask_version(folder / "pulumi")
    if found != version:
        got = f"version {dotted(found)}" if found else "something that does not run"
        raise CannotLook(f"the new engine in {folder} is {got}, not {dotted(version)}")
    engine = cached_engine(environ, version)
    engine.parent.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.iterdir(), key=lambda file: file.name == "pulumi"):
        file.replace(engine.parent / file.name)
    return engine


@contextlib.contextmanager
def only_one(environ: Mapping[str, str], progress: Progress) -> Iterator[Path]:
    """Hold the cache's lock; a second process waits here and says so. Gives the cache folder.

    Raises CannotLook when the folder cannot be written.
    """
    folder = cache_folder(environ)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a+")
    except OSError as error:
        raise CannotLook(
            f"the engine's cache {folder} cannot be written: {error.strerror}",
            "set XDG_CACHE_HOME to a folder that can, or MTASTS_ENGINE to an engine",
        ) from error
    with file:
        _wait_for(file.fileno(), progress)
        yield folder
    # Closing the file releases the lock, also when this process is killed: there is no stale lock to clear.


def _wait_for(descriptor: int, progress: Progress) -> None:
    started = said = 0.0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            now = time.monotonic()
            started = started or now
            if not said or now - said >= _WAIT_SAID_AGAIN:
                said = now
                progress.say(f"another process is obtaining the engine; waiting for it ({now - started:.0f} s)")
            time.sleep(0.2)
        else:
            return
