"""Whose a lock is, and when it may be cleared."""

import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mtasts.engine.locks import Lock, read_locks, stale

_SAID = """error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete ...
  file:///var/my%20state/.pulumi/locks/organization/tiny/dev/f9e8.json?no_tmp_dir=true: created by root@build7 (pid 952) at 2026-11-24T07:53:14Z
  s3://bucket/.pulumi/locks/organization/tiny/dev/aa.json: created by ci runner@a.example (pid 7) at 2026-11-24T08:53:14+01:00
"""  # noqa: E501 - as the engine prints it


def lock(pid: int, *, host: str = "", at: datetime | None = None, url: str = "file:///x.json") -> Lock:
    """A lock on a file, of this machine unless said otherwise, taken now."""
    return Lock(url, "someone", host or socket.gethostname(), pid, at or datetime.now(UTC))


def gone_pid() -> int:
    """The number of a process that ran and is over."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_read_locks() -> None:
    """Every lock that the engine names, with holder, time and file."""
    first, second = read_locks(_SAID)
    assert (first.user, first.host, first.pid) == ("root", "build7", 952)
    assert first.file == Path("/var/my state/.pulumi/locks/organization/tiny/dev/f9e8.json")
    assert first.holder == "root@build7 (pid 952) since 2026-11-24 07:53:14Z"
    assert (second.user, second.host, second.pid, second.file) == ("ci runner", "a.example", 7, None)
    assert second.at == first.at


@pytest.mark.parametrize(
    "text", ["", "the stack is locked", "  x.json: created by", "x.json: created by a@b (pid x) at y"]
)
def test_read_locks_of_nothing(text: str) -> None:
    """A text of another form names no lock, so nothing can be cleared by mistake."""
    assert read_locks(text) == ()


def test_holder_gone() -> None:
    """Of this machine, and no such process: stale."""
    assert stale(lock(gone_pid()), {})


def test_holder_over_but_never_cleared_away() -> None:
    """Killed in a container whose first process clears nobody away: its number is taken, but it runs no more."""
    process = subprocess.Popen(["sleep", "60"])
    taken = lock(process.pid)
    assert not stale(taken, {})
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # over, and left as it is
    assert stale(taken, {})
    process.wait()


def test_holder_runs() -> None:
    """The process is there: not stale."""
    assert not stale(lock(os.getpid()), {})


def test_number_used_again() -> None:
    """A process younger than the lock cannot be the one that took it."""
    assert stale(lock(os.getpid(), at=datetime.now(UTC) - timedelta(days=400)), {})


def test_other_machine() -> None:
    """Nothing is known about processes elsewhere."""
    assert not stale(lock(gone_pid(), host="elsewhere.example"), {})


def test_container_with_shared_backend() -> None:
    """Containers may share a host name with other process numbers: only a local file's lock is judged there."""
    container = {"KUBERNETES_SERVICE_HOST": "192.0.2.1"}
    assert not stale(lock(gone_pid(), url="s3://bucket/x.json"), container)
    assert stale(lock(gone_pid()), container)
