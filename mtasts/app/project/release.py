"""The release that a project is to pin: its wheels from a folder, or from the index that the user's pip asks."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mtasts.app.project.requirements import BUILD, DATA, DISTRIBUTIONS, Release, Wheel
from mtasts.errors import CannotLook
from mtasts.render.escape import shorten, terminal

_LIMIT = 64 * 2**20  # bytes of a wheel; ours have one or two MiB
_BY_MAKE = "`make dist` in mtasts's repository makes the three wheels; name their folder: --wheels FOLDER"


def from_folder(folder: Path, version: str = "") -> Release:
    """The release in a folder of wheels: of `version`, or with "" the only one there. Raises CannotLook."""
    found = _wheels(folder)
    versions = sorted({_version(path) for path in found})
    if version and version not in versions:
        raise CannotLook(f"{folder} has no wheels of mtasts {version}", f"there: {', '.join(versions) or 'none'}")
    if not versions:
        raise CannotLook(f"{folder} has no wheels of mtasts", _BY_MAKE)
    if not version and len(versions) > 1:
        raise CannotLook(
            f"{folder} has wheels of more than one version: {', '.join(versions)}", "leave one, or name another folder"
        )
    chosen = version or versions[0]
    wheels = [Wheel(path.name, _read(path)) for path in found if _version(path) == chosen]
    missing = [name for name in DISTRIBUTIONS if name not in {wheel.distribution for wheel in wheels}]
    if missing:
        raise CannotLook(f"{folder} lacks the wheel of {' and '.join(missing)} {chosen}", _BY_MAKE)
    return _release(chosen, wheels, carried=True)


def from_index(version: str) -> Release:
    """The release of this version at the index that the user's pip asks. Raises CannotLook."""
    if importlib.util.find_spec("pip") is None:
        raise CannotLook("this environment has no pip to ask an index with", _BY_MAKE)
    with tempfile.TemporaryDirectory(prefix="mtasts-") as folder:
        wanted = [f"{name}=={version}" for name in DISTRIBUTIONS]
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet",
                   "--disable-pip-version-check", "--dest", folder, *wanted]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")] or ["pip failed"]
            why = terminal(shorten(lines[-1].removeprefix("ERROR: "), 200))
            raise CannotLook(f"pip cannot get mtasts {version} from its index: {why}", _BY_MAKE)
        found = from_folder(Path(folder), version)
    return Release(found.version, found.wheels, found.closure, found.build, carried=False)


def from_installed(version: str) -> Release:
    """The release that runs: from the folder that its wheels were installed from, else from the index.

    Raises CannotLook, also where a checkout runs, which is no release.
    """
    try:
        told = json.loads(metadata.distribution("mtasts").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        told = {}
    if "dir_info" in told:
        raise CannotLook("this mtasts runs from a checkout, which a project cannot pin", _BY_MAKE)
    place = urlsplit(str(told.get("url", "")))
    folder = Path(unquote(place.path)).parent
    if place.scheme == "file" and folder.is_dir():
        return from_folder(folder, version)
    return from_index(version)


def _wheels(folder: Path) -> list[Path]:
    try:
        names = sorted(folder.iterdir())
    except OSError as error:
        raise CannotLook(f"cannot read {folder}: {error.strerror}", "name the folder of the wheels") from None
    prefixes = tuple(f"{name.replace('-', '_')}-" for name in DISTRIBUTIONS)
    return [path for path in names if path.name.endswith("-py3-none-any.whl") and path.name.startswith(prefixes)]


def _version(path: Path) -> str:
    return path.name.split("-")[1]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT + 1)
    except OSError as error:
        raise CannotLook(f"cannot read {path}: {error.strerror}") from None
    if len(content) > _LIMIT:
        raise CannotLook(f"{path}: larger than {_LIMIT // 2**20} MiB", "is this a wheel of mtasts?")
    return content


def _release(version: str, wheels: list[Wheel], *, carried: bool) -> Release:
    order = {name: number for number, name in enumerate(DISTRIBUTIONS)}
    wheels.sort(key=lambda wheel: order[wheel.distribution])
    return Release(version, tuple(wheels), inside(wheels[0], DATA), inside(wheels[0], BUILD), carried)


def inside(wheel: Wheel, name: str) -> str:
    """A text of the package mtasts in its wheel. Raises CannotLook."""
    try:
        with zipfile.ZipFile(BytesIO(wheel.content)) as packed, packed.open(f"mtasts/{name}") as file:
            return file.read(_LIMIT).decode("utf-8")
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, OSError, NotImplementedError, RuntimeError):
        raise CannotLook(f"{wheel.name} is damaged, or is not a release: it lacks mtasts/{name}", _BY_MAKE) from None


def pinned_release(version: str) -> Release:
    """The release that runs, without its wheels: what its own data says. Raises CannotLook."""
    return Release(version, (), own(DATA), own(BUILD), carried=False)


def own(name: str) -> str:
    """The same text of the release that runs. Raises CannotLook where it is none."""
    try:
        return (files("mtasts") / name).read_text(encoding="utf-8")
    except OSError:
        raise CannotLook(f"this mtasts lacks its own {name}: it runs from a checkout", _BY_MAKE) from None
