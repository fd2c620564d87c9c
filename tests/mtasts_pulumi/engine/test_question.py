"""A question to the engine ends in the time that it is given, and nothing stays behind."""

import subprocess
import time
from pathlib import Path

import pytest

from mtasts.processes import process_status
from mtasts_pulumi.engine.question import ask
from tests.patience import PATIENCE

# It hangs with a child that holds its output open, as an engine does with its plugins.
HANGS = 'sleep 3600 & echo $! > "$1.part"; mv "$1.part" "$1"; wait'


def test_what_is_printed():
    """Both streams and the exit code; nothing to read on its input."""
    done = ask(["sh", "-c", "cat; echo out; echo err >&2; exit 3"], PATIENCE)

    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 3)


def test_one_that_hangs_is_killed_with_its_children(tmp_path: Path):
    """The more time a busy machine needs to start it, the longer we wait for it to hang."""
    started, seconds = tmp_path / "started", 1.0
    while not started.exists():
        with pytest.raises(subprocess.TimeoutExpired):
            ask(["sh", "-c", HANGS, "sh", str(started)], seconds)
        seconds *= 2

    child, end = int(started.read_text()), time.monotonic() + PATIENCE
    while lives(child):
        assert time.monotonic() < end, "its child is still there"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    status = process_status(pid)
    return status is not None and not status.ended
