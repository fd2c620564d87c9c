"""Finding the engine: which is taken, which is refused, and what is said when there is none."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from mtasts_pulumi.engine import find
from mtasts_pulumi.engine.build import module_folder
from mtasts_pulumi.engine.cache import adopt, cached_engine, installed, only_one
from mtasts_pulumi.engine.find import chosen_engine, find_engine, obtain
from mtasts_pulumi.engine.progress import Silent
from mtasts_pulumi.engine.version import OLDEST, SDK, VERSION, dotted, read_version, unfit
from tests.patience import PATIENCE


def fake_engine(folder: Path, says: str, name: str = "pulumi") -> Path:
    """A program that answers `version` with `says`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def environment(tmp_path: Path, **more: str) -> Mapping[str, str]:
    """Nothing on PATH, an empty HOME."""
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "empty"), **more}


def run_mtasts(arguments: list[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The command line, in a process of its own."""
    command = [sys.executable, "-m", "mtasts", *arguments]
    return subprocess.run(command, env=dict(environ), capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("3.259.1-alpha.x123+dirty", (3, 259, 1)),
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("pip 24.0.1 from /x (python 3.11)", (24, 0, 1)),
        ("", None),
        ("command not found", None),
        ("3.259", None),
    ],
)
def test_read_version(text: str, version: tuple[int, int, int] | None) -> None:
    """The first version number counts, whatever stands around it."""
    assert read_version(text) == version


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        (VERSION, True),
        (OLDEST, True),
        ((3, 273, 9), False),
        ((3, 999, 0), True),
        ((4, 0, 0), False),
        ((2, 300, 0), False),
    ],
)
def test_unfit(version: tuple[int, int, int], fits: bool) -> None:
    """From the oldest that fails an update whose hook fails, up to the next major version."""
    assert (unfit(version) is None) is fits


def test_versions_fit() -> None:
    """What is built is what the code says; one SDK is pinned and locked, of the same major version and not newer."""
    root = Path(__file__).parents[3]
    assert f"github.com/pulumi/pulumi/pkg/v3 v{dotted(VERSION)}" in (module_folder() / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{dotted(OLDEST)}" in (root / "tools/oldest_engine/go.mod").read_text()
    for settings in (root / "Pulumi.yaml", root / "mtasts/app/project/files/project/Pulumi.yaml"):
        assert f'requiredPulumiVersion: ">={dotted(OLDEST)}"' in settings.read_text()
    assert f'"pulumi=={dotted(SDK)}"' in (root / "components" / "pyproject.toml").read_text()
    assert re.search(rf"^pulumi=={re.escape(dotted(SDK))} ", (root / "requirements.lock").read_text(), re.MULTILINE)
    assert (VERSION[0], 0, 0) <= SDK <= VERSION


def test_the_installer_is_asked_for_our_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for the SDK's, which is another: what it brings would be refused, and the engine built for minutes.

    The SDK's own installing runs; where it would download the official script, one stands that leaves what was asked.
    """
    (tmp_path / "sitecustomize.py").write_text(
        "import os, stat\n"
        "from pulumi.automation import PulumiCommand\n"
        "def install(cls, root, version):\n"
        "    os.makedirs(f'{root}/bin')\n"
        "    with open(f'{root}/bin/pulumi', 'w') as file:\n"
        "        file.write(f'#!/bin/sh\\necho v{version}\\n')\n"
        "    os.chmod(f'{root}/bin/pulumi', 0o755)\n"
        "PulumiCommand._install_posix = classmethod(install)\n"
    )
    environ = environment(tmp_path, PATH="/usr/bin:/bin", PYTHONPATH=str(tmp_path))
    monkeypatch.setattr(find, "_reach", lambda _url: None)
    assert obtain(Silent(), environ) == cached_engine(environ)


def test_named_engine_wins(tmp_path: Path) -> None:
    """MTASTS_ENGINE goes before PATH and cache."""
    named = fake_engine(tmp_path / "named", "v3.300.1", "my-pulumi")
    fake_engine(tmp_path / "path", "v3.275.0")
    environ = environment(tmp_path, PATH=str(tmp_path / "path"), MTASTS_ENGINE=str(named))
    assert find_engine(environ=environ) == named


def test_path_before_cache(tmp_path: Path) -> None:
    """An engine that the user installed is used, not ours."""
    on_path = fake_engine(tmp_path / "path", "v3.275.0")
    environ = environment(tmp_path, PATH=str(tmp_path / "path"))
    fake_engine(cached_engine(environ).parent, f"v{dotted(VERSION)}")
    assert find_engine(environ=environ) == on_path


def test_cache_is_not_run_again(tmp_path: Path) -> None:
    """What lies in the cache was run before it got there; one start of it costs 0.1 s each time."""
    environ = environment(tmp_path)
    cached = fake_engine(cached_engine(environ).parent, "not a version")
    assert find_engine(environ=environ) == cached


@pytest.mark.parametrize("says", ["v3.237.0", "v4.1.0", "v2.25.0"])
def test_unfit_engine_is_refused(tmp_path: Path, says: str) -> None:
    """An engine of the user's that does not fit is told with both versions, and is not passed over in silence."""
    on_path = fake_engine(tmp_path / "path", says)
    environ = environment(tmp_path, PATH=str(tmp_path / "path"))
    fake_engine(cached_engine(environ).parent, f"v{dotted(VERSION)}")
    with pytest.raises(CannotLook) as refused:
        find_engine(environ=environ)
    assert str(on_path) in refused.value.message
    assert says[1:] in refused.value.message
    assert dotted(VERSION) in refused.value.message
    assert "mtasts engine --build" in refused.value.hint


@pytest.mark.parametrize("named", ["/nonexistent/pulumi", "."])
def test_named_engine_must_be_there(tmp_path: Path, named: str) -> None:
    """A wrong MTASTS_ENGINE is told; nothing else is tried."""
    with pytest.raises(CannotLook, match=re.escape(f"MTASTS_ENGINE names {named}, which is not a file")):
        chosen_engine(environment(tmp_path, MTASTS_ENGINE=named))


def test_engine_that_does_not_run(tmp_path: Path) -> None:
    """A file that cannot be run, or says nonsense, is told as such."""
    broken = tmp_path / "pulumi"
    broken.write_bytes(b"\x7fELF but no more")
    broken.chmod(0o755)
    with pytest.raises(CannotLook, match="does not run, or does not tell its version"):
        chosen_engine(environment(tmp_path, MTASTS_ENGINE=str(broken)))


def test_nothing_to_be_had(tmp_path: Path) -> None:
    """No engine and no network: one line that names each way and why it failed, exit code 2, no traceback.

    A proxy that refuses every connection stands for the missing network, for the installer, PyPI and Go alike.
    """
    refused = "http://127.0.0.1:9"
    environ = environment(
        tmp_path,
        PATH="/usr/bin:/bin",
        https_proxy=refused,
        HTTPS_PROXY=refused,
        http_proxy=refused,
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_RETRIES="0",
        UV_INDEX_URL="http://127.0.0.1:9/simple",
        GOPROXY="http://127.0.0.1:9",
        GOFLAGS="-mod=mod",
    )
    done = run_mtasts(["engine"], environ)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    line = next(line for line in done.stderr.splitlines() if line.startswith("mtasts: "))
    assert "none on PATH; none in" in line
    assert "official installer: get.pulumi.com" in line
    assert "build from Go modules: " in line


def test_path_only_looks(tmp_path: Path) -> None:
    """`mtasts engine --path` obtains nothing."""
    done = run_mtasts(["engine", "--path"], environment(tmp_path))
    assert done.returncode == 2
    assert "no Pulumi engine" in done.stderr
    assert not (tmp_path / "home").exists()


def test_path_prints_it(engine: Path, tmp_path: Path) -> None:
    """The path alone on stdout, to be used in scripts."""
    done = run_mtasts(["engine", "--path"], environment(tmp_path, MTASTS_ENGINE=str(engine)))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{engine}\n", "")


def test_adopt_refuses_another_version(tmp_path: Path) -> None:
    """What does not run as our version never gets the engine's name in the cache."""
    environ = environment(tmp_path)
    fake_engine(tmp_path / "new", "v3.1.0")
    with pytest.raises(CannotLook, match=re.escape(f"version 3.1.0, not {dotted(VERSION)}")):
        adopt(tmp_path / "new", environ)
    assert installed(environ) is None


def test_adopt_takes_language_hosts_along(tmp_path: Path) -> None:
    """The official installer brings more than one binary; the engine looks for them beside itself."""
    environ = environment(tmp_path)
    new = fake_engine(tmp_path / "new", f"v{dotted(VERSION)}")
    fake_engine(tmp_path / "new", "x", "pulumi-language-python")
    engine = adopt(new.parent, environ)
    assert engine == cached_engine(environ) == installed(environ)
    assert sorted(file.name for file in engine.parent.iterdir()) == ["pulumi", "pulumi-language-python"]


def test_the_second_waits_for_the_first(tmp_path: Path) -> None:
    """Two that need the engine at once: one obtains it, the other waits, says so, and goes on."""
    environ = environment(tmp_path)
    held, release, said, order = threading.Event(), threading.Event(), [], []

    class Talking(Silent):
        def say(self, text: str) -> None:
            said.append(text)
            release.set()

    def first() -> None:
        with only_one(environ, Silent()):
            held.set()
            release.wait(PATIENCE)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    held.wait(PATIENCE)
    with only_one(environ, Talking()):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]
    assert said[0].startswith("another process is obtaining the engine; waiting")


def test_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where the cache folder should be: one clear line with the way out."""
    (tmp_path / "cache").write_text("")
    environ = environment(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    with pytest.raises(CannotLook, match="cannot be written") as refused, only_one(environ, Silent()):
        pass
    assert "XDG_CACHE_HOME" in refused.value.hint


def test_relative_cache_home_is_ignored(tmp_path: Path) -> None:
    """As the XDG base directory specification wants."""
    environ = environment(tmp_path, XDG_CACHE_HOME="relative")
    assert cached_engine(environ) == tmp_path / f"home/.cache/mtasts/engine/{dotted(VERSION)}/pulumi"


def test_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    """A build that is stopped leaves no engine, and its `go` is stopped with it."""
    fake = tmp_path / "bin"
    fake_engine(fake, "", "go").write_text(
        "#!/bin/sh\ncase $1 in version) echo go version go1.99.0 x/y;; list) echo a;;\n"
        f"build) echo $$ > {tmp_path}/pid; echo a >&2; exec sleep {PATIENCE};; esac\n"
    )
    refused = "http://127.0.0.1:9"
    environ = environment(tmp_path, PATH=f"{fake}:/usr/bin:/bin", https_proxy=refused)
    process = subprocess.Popen(
        [sys.executable, "-m", "mtasts", "engine", "--build"], env=dict(environ), stderr=subprocess.PIPE, text=True
    )
    # It has heard its `go`: one that has only just been started may be missed, or still be starting.
    assert any("linking 1/1" in line for line in process.stderr)
    pid = int((tmp_path / "pid").read_text())
    process.send_signal(signal.SIGINT)
    stderr = process.stderr.read()
    assert process.wait(PATIENCE) == 130
    assert "Traceback" not in stderr
    assert installed(environ) is None
    assert not Path(f"/proc/{pid}").exists()
