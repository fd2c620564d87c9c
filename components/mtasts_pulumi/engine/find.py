"""Find the Pulumi engine, or obtain it, so that Python alone is enough.

In this order: $MTASTS_ENGINE; `pulumi` on PATH; our cache; the official installer; a build from Go modules.
An engine that the user chose (the first two) but that does not fit is an error and is not passed over: another
engine than the one they believe to run could migrate the state of a real stack to a newer format.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts_pulumi.engine.cache import adopt, ask_version, cached_engine, installed, only_one
from mtasts_pulumi.engine.progress import Progress, Silent
from mtasts_pulumi.engine.version import OLDEST, VERSION, Version, dotted, unfit

_INSTALLER = "https://get.pulumi.com/install.sh"
VERSION_SECONDS = 120.0  # a busy machine may need that long to start an engine
_REACH_SECONDS = 6.0
# With the version: without one, it installs the SDK's.
_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""
_INSTALL_SECONDS = 600.0
_WAY_OUT = (
    "update it (https://www.pulumi.com/docs/iac/download-install/), or run `mtasts engine --build` "
    "and set MTASTS_ENGINE to the path it prints"
)


def find_engine(progress: Progress | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The path of an engine whose version fits, obtained first where there is none.

    Raises CannotLook when the user's engine does not fit, or when every way failed, naming each with its reason.
    """
    environ = os.environ if environ is None else environ
    chosen = chosen_engine(environ)
    return chosen or installed(environ) or obtain(progress or Silent(), environ)


def chosen_engine(environ: Mapping[str, str], seconds: float = VERSION_SECONDS) -> Path | None:
    """The user's own engine: $MTASTS_ENGINE, else `pulumi` on PATH. None where neither is set.

    It is asked for its version for `seconds` at most. Raises CannotLook where it is not there, does not run, or is of a
    version that does not fit.
    """
    named = environ.get("MTASTS_ENGINE", "")
    if named:
        path, said = Path(named).absolute(), "MTASTS_ENGINE"
        if not path.is_file():
            raise CannotLook(f"MTASTS_ENGINE names {named}, which is not a file", "unset it, or name a pulumi binary")
    else:
        found = shutil.which("pulumi", path=environ.get("PATH"))
        if not found:
            return None
        path, said = Path(found).absolute(), "PATH"
        if path == cached_engine(environ):
            return path  # checked when it was put there
    version = ask_version(path, seconds)
    if version is None:
        raise CannotLook(
            f"the Pulumi engine {path} (from {said}) does not run, or does not tell its version in {seconds:.0f} s",
            _WAY_OUT,
        )
    problem = unfit(version)
    if problem:
        raise CannotLook(
            f"the Pulumi engine {path} (from {said}) is {dotted(version)}, {problem}; "
            f"{dotted(OLDEST)} <= version < {VERSION[0] + 1} is needed, best {dotted(VERSION)}",
            _WAY_OUT,
        )
    return path


def obtain(
    progress: Progress,
    environ: Mapping[str, str],
    *,
    build_only: bool = False,
    version: Version = VERSION,
    module: Path | None = None,
) -> Path:
    """Install or build our version into the cache, one process at a time, and return it.

    `module`: another Go module than ours, which pins `version`.

    Raises CannotLook with every way tried and why it failed.
    """
    # Late: only those who really build pay for it.
    from mtasts_pulumi.engine.build import build

    with only_one(environ, progress) as cache:
        already = installed(environ, version)
        if already and not build_only:
            return already  # the process we waited for made it
        folder = cached_engine(environ, version).parent
        progress.say(f"obtaining the Pulumi engine {dotted(version)} (once; kept in {folder})")
        failures = []
        if not build_only:
            try:
                return _install(cache, environ, progress, version)
            except CannotLook as error:
                failures.append(f"official installer: {error.message}")
                progress.say(f"the official installer will not do: {error.message}")
        try:
            return build(cache, environ, progress, version, module)
        except CannotLook as error:
            failures.append(f"build from Go modules: {error.message}")
    raise CannotLook(
        f"no Pulumi engine {dotted(version)}: none on PATH; none in {folder}; " + "; ".join(failures),
        "install Pulumi (https://www.pulumi.com/docs/iac/download-install/), or set MTASTS_ENGINE to a pulumi binary",
    )


def _install(cache: Path, environ: Mapping[str, str], progress: Progress, version: Version) -> Path:
    """The official installer, through the Automation API, in a process that can be given up on."""
    _reach(_INSTALLER)
    progress.step("official installer", 0, None)
    with tempfile.TemporaryDirectory(prefix="install-", dir=cache) as root:
        try:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-c", _INSTALL, root, dotted(version)],
                check=False,
                env=dict(environ),
                capture_output=True,
                timeout=_INSTALL_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise CannotLook(f"not done after {_INSTALL_SECONDS:.0f} s") from None
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise CannotLook(lines[-1][:300] if lines else f"exit status {done.returncode}")
        return adopt(Path(root) / "bin", environ, version)


def installer_answers() -> bool:
    """Whether the official installer can be reached from here, looked at for some seconds."""
    try:
        _reach(_INSTALLER)
    except CannotLook:
        return False
    return True


def _reach(url: str) -> None:
    """Raise CannotLook unless the server answers soon: the installer itself has no time limit."""
    problem: list[str] = [f"no answer from {url.split('/')[2]} in {_REACH_SECONDS:.0f} s"]

    def ask() -> None:
        try:
            urllib.request.urlopen(url, timeout=_REACH_SECONDS).close()  # noqa: S310 - our own https constant
            problem.clear()
        except (OSError, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            problem[:] = [f"{url.split('/')[2]} cannot be reached ({reason})"]

    # A thread that nobody waits for longer: getaddrinfo takes no time limit.
    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    asker.join(_REACH_SECONDS)
    if problem:
        raise CannotLook(problem[0])
