"""`mtasts demo`: the whole road on the real engine, and nothing left of it, however it ends."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mtasts_sandbox import client, demo
from tests.installation.installed import lay_out
from tests.patience import PATIENCE
from tests.signals import with_sigint

MTASTS = Path(sys.executable).with_name("mtasts")


def environment(folder: Path, engine: Path) -> Mapping[str, str]:
    """An empty HOME, a temporary folder of its own so that what is left can be seen, and a project.

    The project is somebody's: another program, no examples, no settings of a stack, and a domain that is not finished.
    """
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    project = folder / "project"
    (project / "policies" / "staging").mkdir(parents=True)
    (project / "policies" / "staging" / "own.example.yaml").write_text("mode: not yet")
    (project / "Pulumi.yaml").write_text("name: another\nruntime: python\n")
    (project / "__main__.py").write_text("raise SystemExit('the program of another project')")
    return {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "MTASTS_ENGINE": str(engine),
    }


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a socket's must fit in 108 bytes, and the demo makes one in its temporary folder."""
    with tempfile.TemporaryDirectory(prefix="demo-") as made:
        yield Path(made)


def start(folder: Path, engine: Path, **more: str) -> subprocess.Popen[str]:
    """Begin a demo."""
    variables = {**environment(folder, engine), **more}
    return subprocess.Popen(
        [str(MTASTS), "demo"],
        cwd=folder / "project",
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_of(folder: Path) -> list[str]:
    """Processes that name the folder, and files of the demo still in it."""
    mark = str(folder).encode()
    own = {str(os.getpid()), str(os.getppid())}
    running = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and process.name not in own and mark in (process / "environ").read_bytes():
                running.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return running + [file.name for file in (folder / "tmp").glob("mtasts-demo-*")]


def test_demo(folder: Path, engine: Path) -> None:
    """Two domains are published, one is flipped: what a sender sees before and after, the id, and the order.

    By what a wheel installs, in a folder of another project: neither is the checkout there, nor is that program run.
    """
    process = start(folder, engine, PYTHONPATH=str(lay_out(folder / "wheel")))
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    before, after = re.findall(r"v=STSv1; id=([0-9]{14}[0-9a-f]+);", out.split("╰")[0])
    assert before != after
    assert "mode: testing" in out
    assert "mode: enforce" in out
    assert out.count("the id belongs to this very text") == 2
    change = out.rpartition("the change: what became visible")[2]
    assert re.search(rf"policy text of id {after}.*TXT v=STSv1; id={after};", change, re.DOTALL)
    assert "example.net: unchanged" in out
    assert "Body first, then the TXT" in out
    assert "now in example.com.yaml: mode: testing -> mode: enforce" in err
    assert left_of(folder) == []
    project = folder / "project"
    assert sorted(path.name for path in project.iterdir()) == ["Pulumi.yaml", "__main__.py", "policies"]
    assert (project / "policies" / "staging" / "own.example.yaml").read_text() == "mode: not yet"
    assert not (folder / "home" / ".local").exists()


@pytest.mark.parametrize(("said", "which"), [("starting the sandbox", signal.SIGINT), ("publishing", signal.SIGTERM)])
def test_interrupted_demo(folder: Path, engine: Path, said: str, which: signal.Signals) -> None:
    """Ctrl-C or SIGTERM at any time: exit 130, no traceback, nothing left running or lying about."""
    process = start(folder, engine)
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(said):
            break
    time.sleep(0.8)
    process.send_signal(which)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, (lines, err)
    assert out == ""
    assert "Traceback" not in err
    assert left_of(folder) == []


def test_a_second_ctrl_c_ends_no_clean_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while the sandbox is being stopped after the first: that is done to its end all the same."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    stopped = []

    def down(state: Path) -> bool:
        signal.raise_signal(signal.SIGINT)
        stopped.append(stop(state))
        return stopped[0]

    stop = client.down
    monkeypatch.setattr(client, "down", down)
    with with_sigint(), pytest.raises(KeyboardInterrupt), demo._sandbox(lambda _: None):
        signal.raise_signal(signal.SIGINT)
    assert stopped == [True]
    assert not list(folder.iterdir())
