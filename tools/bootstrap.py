"""Make .venv from requirements.lock, with the command `mtasts` in it; run by tools/bootstrap.sh.

With the word `engine`, and where .venv has to be made first, the engine is begun at the same time: its build takes the
longest by far, and installing packages mostly waits for the network and one core.

Only the standard library: it runs before anything is installed. What was installed is remembered by a hash in .venv,
so that a second run costs nothing.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-from"
LOCK = ROOT / "requirements.lock"
BUILD_LOCK = ROOT / "tools" / "build.lock"
# mtasts, mtasts-pulumi, mtasts-sandbox
DISTRIBUTIONS = (ROOT, ROOT / "components", ROOT / "sandbox")


class Stop(Exception):  # noqa: N818 - it is a message, like CannotLook
    """One clear line, exit code 2."""


def main() -> int:
    """Make or update .venv; 0 when it is as it should be, 2 when it could not be made."""
    try:
        with one_at_a_time():
            if up_to_date():
                return 0
            started = time.monotonic()
            uv = shutil.which("uv")
            say(f"making .venv with {'uv' if uv else 'venv and pip'} from requirements.lock")
            with engine_meanwhile() if sys.argv[1:] == ["engine"] else contextlib.nullcontext():
                make(uv)
                install(uv)
            STAMP.write_text(wanted())
            say(f"done ({time.monotonic() - started:.0f} s)")
    except Stop as stop:
        print(f"bootstrap: {stop}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bootstrap: interrupted; the next run goes on from here", file=sys.stderr)
        return 130
    return 0


def wanted() -> str:
    """What .venv should have been made from: the lock, the project's own metadata, this Python."""
    digest = hashlib.sha256()
    for path in (LOCK, BUILD_LOCK, *(folder / "pyproject.toml" for folder in DISTRIBUTIONS)):
        digest.update(path.read_bytes())
    digest.update(f"{sys.implementation.name} {sys.version_info[:2]} {ROOT}".encode())
    return digest.hexdigest()


def up_to_date() -> bool:
    """Whether .venv was made from what lies here now, and still runs."""
    return STAMP.is_file() and STAMP.read_text() == wanted() and (VENV / "bin" / "mtasts").is_file() and runs()


def runs() -> bool:
    """Whether .venv's Python starts; it does not when the Python it was made from has been removed."""
    if not PYTHON.exists():
        return False
    same = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    return subprocess.run([PYTHON, "-c", same], check=False, capture_output=True).returncode == 0


def make(uv: str | None) -> None:
    """Make the environment itself, unless a good one is there."""
    if runs():
        return
    if uv:
        run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV))
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise Stop(f"{sys.executable} has no ensurepip: install python3-venv (Debian, Ubuntu) or uv, then run it again")
    run(sys.executable, "-m", "venv", "--clear", str(VENV))


def install(uv: str | None) -> None:
    """Every package by its hash, then the project itself, so that an edit needs no new installation.

    What builds them comes first, by its hash as well: an isolated build would fetch the newest of it, unseen.
    """
    if uv:
        # Compiled at once, as pip does: uncompiled, pulumi_cloudflare takes 5 s to import.
        pip = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    else:
        if subprocess.run([PYTHON, "-m", "pip", "--version"], check=False, capture_output=True).returncode != 0:
            run(str(PYTHON), "-m", "ensurepip", "--default-pip")  # an environment that uv made before
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--use-pep517"]
    run(*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", str(BUILD_LOCK))
    run(*pip, "--no-build-isolation", "--require-hashes", "--requirement", str(LOCK))
    editable = [word for folder in DISTRIBUTIONS for word in ("--editable", str(folder))]
    run(*pip, "--no-build-isolation", "--no-deps", *editable)


def run(*command: str) -> None:
    """Run it; Stop with its last line when it fails."""
    # PIP_USER and PYTHONPATH of the caller would put things elsewhere than asked.
    environment = {
        key: value for key, value in os.environ.items() if key not in {"PIP_USER", "PYTHONPATH", "PYTHONHOME"}
    }
    done = subprocess.run(command, check=False, env=environment, stderr=subprocess.PIPE, stdout=sys.stderr, text=True)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        telling = [line for line in lines if "rror" in line] or lines or [f"exit status {done.returncode}"]
        raise Stop(f"{Path(command[0]).name} {' '.join(command[1:4])}: {telling[-1].strip()}")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two makes at once would write over each other."""
    with (ROOT / ".venv.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def engine_meanwhile() -> Iterator[None]:
    """Begin to build the engine, if it comes to that; `mtasts engine` waits for it. It ends if .venv cannot be made."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, DISTRIBUTIONS))}  # nothing is installed yet
    beginning = subprocess.Popen(
        [sys.executable, "-m", "tools.early_engine"], cwd=ROOT, env=environment, stdout=sys.stderr
    )
    try:
        yield
    except BaseException:
        beginning.terminate()
        raise


def say(text: str) -> None:
    """Talk goes to stderr."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
