"""Whose a lock is, and that it is cleared only when its process is provably gone."""

import json
import os
import socket
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mtasts.processes import process_status
from mtasts_pulumi.engine.holders import Fate, Here, Holder, forget, here, keep_holder, read_holders, type_of
from mtasts_pulumi.engine.locks import Lock, fate, read_lock_file, read_locks

_SAID = """error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete ...
  file:///var/my%20state/.pulumi/locks/organization/tiny/dev/f9e8.json?no_tmp_dir=true: created by root@build7 (pid 952) at 2026-11-24T07:53:14Z
  s3://bucket/.pulumi/locks/organization/tiny/dev/aa.json: created by ci runner@a.example (pid 7) at 2026-11-24T08:53:14+01:00
"""  # noqa: E501 - as the engine prints it
_FIRST = "pid:[4026531836]"
_NOW = datetime.now(UTC)


def lock(pid: int, *, host: str = "", at: datetime = _NOW, url: str = "file:///x.json") -> Lock:
    """A lock on a file, of this machine unless said otherwise, taken now."""
    return Lock(url, "someone", host or socket.gethostname(), pid, at)


@pytest.fixture
def around(tmp_path: Path) -> Here:
    """What this process knows of itself."""
    found = here(tmp_path)
    assert found is not None
    return found


def holder_of(pid: int, around: Here, **changes: object) -> Holder:
    """A process as it is kept, that runs now."""
    status = process_status(pid)
    made = Holder(
        pid,
        status.ticks if status else 1,
        around.namespace,
        around.boot,
        around.machine,
        socket.gethostname(),
        _NOW.timestamp(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


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


@pytest.mark.parametrize("content", [b"", b"\0" * 80, b"[]", b'{"pid": "7"', b'{"pid": [], "timestamp": 9}', None])
def test_read_lock_file_that_is_broken(content: bytes | None, tmp_path: Path) -> None:
    """A lock that cannot be read is one all the same, of somebody, and of nobody that is known to be gone."""
    file = tmp_path / "a b.json"
    if content is not None:
        file.write_bytes(content)
    read = read_lock_file(file)
    assert (read.file, read.pid, read.at) == (file, 0, None)
    assert "somebody" in read.holder


def test_read_lock_file(tmp_path: Path) -> None:
    """What the engine wrote; a name cannot draw on the terminal."""
    file = tmp_path / "l.json"
    told = {"pid": 7, "username": "ci\x1b[2J", "hostname": "build", "timestamp": "2026-11-24T07:53:14.5Z"}
    file.write_text(json.dumps(told))
    read = read_lock_file(file)
    assert (read.pid, read.host) == (7, "build")
    assert "\x1b" not in read.holder


def test_holder_gone(around: Here) -> None:
    """In this name space, and no such process: gone."""
    pid = gone_pid()
    assert fate(lock(pid), [holder_of(pid, around)], around) is Fate.GONE


def test_holder_that_nobody_kept(around: Here) -> None:
    """Plain `pulumi`, or an older `mtasts`: host name and number say nothing, also when no such process runs here."""
    assert fate(lock(gone_pid()), [], around) is Fate.UNTOLD
    assert fate(lock(gone_pid(), url="s3://bucket/x.json"), [], around) is Fate.UNTOLD
    assert fate(lock(gone_pid()), [], None) is Fate.UNTOLD


def test_holder_over_but_never_cleared_away(around: Here) -> None:
    """Killed in a container whose first process clears nobody away: its number is taken, but it runs no more."""
    process = subprocess.Popen(["sleep", "60"])
    known = [holder_of(process.pid, around)]
    assert fate(lock(process.pid), known, around) is Fate.RUNS
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # over, and left as it is
    assert fate(lock(process.pid), known, around) is Fate.GONE
    process.wait()


def test_number_used_again(around: Here) -> None:
    """The number runs, but as a process that started at another time."""
    known = holder_of(os.getpid(), around)
    assert fate(lock(os.getpid()), [known], around) is Fate.RUNS
    assert fate(lock(os.getpid()), [replace(known, started=known.started - 1)], around) is Fate.GONE


def test_same_name_and_number_in_another_container(around: Here) -> None:
    """Two containers called the same, each with its process 7: nobody can look from one into the other."""
    pid = gone_pid()
    other = holder_of(pid, around, namespace="pid:[4026532999]")
    assert fate(lock(pid), [other], around) is Fate.OTHER_NAMESPACE
    # One of them is gone, the other one perhaps not: either may hold it.
    assert fate(lock(pid), [holder_of(pid, around), other], around) is Fate.OTHER_NAMESPACE


@pytest.mark.parametrize(
    ("namespace", "machine", "own_disk", "expected"),
    [
        (_FIRST, "same", True, Fate.GONE),
        (_FIRST, "same", False, Fate.OTHER_BOOT),  # NFS: two machines made of one image
        (_FIRST, "other", True, Fate.OTHER_BOOT),
        (_FIRST, "", True, Fate.OTHER_BOOT),
        ("pid:[4026532999]", "same", True, Fate.OTHER_BOOT),  # a container, which may have another boot's number
    ],
)
def test_another_boot(namespace: str, machine: str, own_disk: bool, expected: Fate) -> None:
    """Gone with the boot only where it is certainly this machine that was started again."""
    now = Here(namespace, "boot-2", "same" if machine else "", own_disk)
    before = Holder(os.getpid(), 5, namespace, "boot-1", machine, socket.gethostname(), _NOW.timestamp())
    assert fate(lock(os.getpid()), [before], now) is expected


@pytest.mark.parametrize("seconds", [-3600, -3, 61, 86400])
def test_lock_of_another_time(seconds: int, around: Here) -> None:
    """A lock that was not taken at the engine's start is of another process with its number."""
    pid = gone_pid()
    later = lock(pid, at=_NOW + timedelta(seconds=seconds))
    assert fate(later, [holder_of(pid, around)], around) is Fate.UNTOLD


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/me", "ext4"),
        ("/mnt/zürich/state", "nfs4"),  # shared, and not the disk below it
        ("/mnt/zürich", "nfs4"),
        ("/mnt/zürichsee", "ext4"),
        ("/mnt/two words/state", "nfs"),
        ("/mnt/back\\slash/state", "cifs"),
    ],
)
def test_file_system_of_a_folder(path: str, expected: str) -> None:
    """By the mount point above it, whatever its name is made of; one that nobody can read stops nothing."""
    mounts = (
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "2 1 0:2 / /mnt/zürich rw - nfs4 nas:/state rw\n"
        "3 1 0:3 / /mnt/two\\040words rw shared:1 - nfs nas:/words rw\n"
        "4 1 0:4 / /mnt/back\\134slash rw - cifs //nas/x rw\n"
    ).encode() + b"5 1 0:5 / /mnt/\xff\xfe rw - tmpfs none rw\n"
    assert type_of(path.encode(), mounts) == expected


def test_other_machine(around: Here) -> None:
    """Nothing is known about processes elsewhere."""
    pid = gone_pid()
    assert fate(lock(pid, host="elsewhere.example"), [holder_of(pid, around)], around) is Fate.UNTOLD


def test_kept(tmp_path: Path, around: Here) -> None:
    """Written down as it is; what is torn or forged is nobody."""
    folder = tmp_path / ".mtasts" / "running" / "project" / "stack"
    keep_holder(folder, os.getpid())
    ((file, found),) = read_holders(folder).items()
    assert found == replace(holder_of(os.getpid(), around), at=found.at)
    assert around.fate(found) is Fate.RUNS
    for number, broken in enumerate(("", "{", "[]", "7", '{"pid": 1}', json.dumps({"pid": "x"}))):
        (folder / f"{number}.json").write_text(broken)
    assert read_holders(folder) == {file: found}
    forget([file])
    assert read_holders(folder) == {}


def test_kept_where_it_cannot_be(tmp_path: Path) -> None:
    """A disk that is full or read-only stops no run: then only the engine's own lock tells."""
    (tmp_path / ".mtasts").write_text("")
    folder = tmp_path / ".mtasts" / "running" / "project" / "stack"
    keep_holder(folder, os.getpid())
    assert read_holders(folder) == {}
    gone = tmp_path / "gone" / ".mtasts" / "running" / "project" / "stack"
    keep_holder(gone, os.getpid())
    assert not (tmp_path / "gone").exists()
