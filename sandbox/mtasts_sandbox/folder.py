"""The sandbox's state folder: where it is, who runs on it, and how it was started."""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from mtasts.errors import CannotLook

LOCK, SETTINGS, STATE = "daemon.lock", "settings.json", "state.sqlite"
_MOMENT = 0.01  # seconds
# What `up` takes when nothing else is said, in the order it is shown: high ports, no root needed.
PORTS = {"dns": 17053, "https": 17443, "smtp": 17025, "aws": 17401, "cloudflare": 17402, "api": 17480}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a sandbox was started with; kept in the state folder, so that a later `up` starts it the same."""

    ports: Mapping[str, int] = field(default_factory=lambda: dict(PORTS))  # 0: any free one
    certificate_names: int = 10  # ACM's default quota; AWS raises it to 100 on request

    def __post_init__(self) -> None:
        if set(self.ports) != set(PORTS) or not all(0 <= port < 65536 for port in self.ports.values()):
            raise ValueError(f"bad ports: {dict(self.ports)}")
        if not 1 <= self.certificate_names <= 100:
            raise ValueError(f"names per certificate: {self.certificate_names} is not between 1 and 100")


def state_folder(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The folder given, else $MTASTS_SANDBOX_DIR, else mtasts/sandbox in the user's state folder (XDG)."""
    if given is not None:
        return given.absolute()
    if named := environ.get("MTASTS_SANDBOX_DIR"):
        return Path(named).absolute()
    base = environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "mtasts" / "sandbox"


def take_lock(state_dir: Path) -> IO[str]:
    """The lock that says a daemon runs on this folder, with its pid in the file; the kernel frees it with the process.

    Raises CannotLook when another holds it, or the folder cannot be used.
    """
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (state_dir / LOCK).open("a+")
    except OSError as error:
        raise CannotLook(f"{state_dir}: {error.strerror}", "choose another folder with --dir") from error
    while not _got(lock, fcntl.LOCK_EX):
        if not _got(lock, fcntl.LOCK_SH):
            lock.close()
            raise CannotLook(f"another sandbox runs on {state_dir}", "`mtasts sandbox down`, or another --dir")
        # Nobody runs here: somebody looks whether one does (`holder`), which takes a moment.
        fcntl.flock(lock, fcntl.LOCK_UN)
        time.sleep(_MOMENT)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _got(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def write_settings(state_dir: Path, settings: Settings) -> None:
    """Keep the settings, whole or not at all."""
    temporary = state_dir / f".{SETTINGS}.{os.getpid()}"
    temporary.write_text(json.dumps(asdict(settings), indent=1))
    temporary.replace(state_dir / SETTINGS)


def read_settings(state_dir: Path) -> Settings:
    """The settings of the last start; the defaults when there was none, or they cannot be read."""
    try:
        return Settings(**json.loads((state_dir / SETTINGS).read_text()))
    except (OSError, ValueError, TypeError):
        return Settings()


def holder(state_dir: Path) -> int | None:
    """The process that runs on this folder; None when there is none (a pid left by a killed one does not count)."""
    try:
        with (state_dir / LOCK).open("r") as lock:
            while not _got(lock, fcntl.LOCK_SH):
                lock.seek(0)
                if written := lock.read():
                    return int(written)
                time.sleep(_MOMENT)  # it has just taken the lock, and writes who it is
    except (OSError, ValueError):
        return None
    return None
