"""Whether a state is whole, and which copy of it is the last good one."""

import errno
import gzip
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from mtasts_pulumi.engine import checkpoints
from mtasts_pulumi.engine.checkpoints import NotWholeError, copies, damage, keep, read_checkpoint, restore
from mtasts_pulumi.engine.state import read_file_backend


def state(hour: int, resources: int = 1) -> bytes:
    """A state as the engine writes it, of this hour."""
    found = [{"urn": f"urn:pulumi:dev::tiny::a:b:C::r{number}", "type": "a:b:C"} for number in range(resources)]
    manifest = {"time": f"2026-11-24T{hour:02}:00:00.123456789Z"}
    latest = {"manifest": manifest, "resources": found}
    return json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": latest}}).encode()


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """The engine's folder of a backend with one stack."""
    root = tmp_path / ".pulumi"
    for folder in ("stacks/tiny", "history/tiny/dev", "backups/tiny/dev"):
        (root / folder).mkdir(parents=True)
    (root / "stacks/tiny/dev.json").write_bytes(state(12))
    return root


def place(backend: Path) -> tuple[str, str, dict[str, str]]:
    """Project, stack and environment."""
    return "tiny", "organization/tiny/dev", {"PULUMI_BACKEND_URL": f"file://{backend.parent}"}


BROKEN = {
    "empty": (b"", "is empty"),
    "nul": (b"\0" * 700, "holds nothing but 700 NUL bytes"),
    "half": (state(12)[:-40], "is not JSON"),
    "tail of NUL": (state(12)[:-40] + b"\0" * 40, "is not JSON"),
    "not an object": (b"[]", "holds no checkpoint"),
    "no checkpoint": (b"{}", "holds no checkpoint"),
    "a text": (b'{"checkpoint": {"latest": "x"}}', "holds no list of resources"),
    "numbers": (b'{"checkpoint": {"latest": {"resources": [1]}}}', "holds no list of resources"),
    "no text": (b"\xff\xfe\x00", "is not JSON"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_damage(backend: Path, name: str) -> None:
    """Each way of being broken is named with the file."""
    content, why = BROKEN[name]
    file = backend / "stacks/tiny/dev.json"
    file.write_bytes(content)
    assert damage(*place(backend)).startswith(f"{file} {why}")


def test_whole_states_are_no_damage(backend: Path) -> None:
    """A state, one of a stack that nothing was published from, and a compressed one."""
    file = backend / "stacks/tiny/dev.json"
    assert damage(*place(backend)) == ""
    file.write_bytes(b'{"version": 3, "checkpoint": {"stack": "dev"}}')
    assert damage(*place(backend)) == ""
    file.unlink()
    file.with_name("dev.json.gz").write_bytes(gzip.compress(state(12)))
    assert damage(*place(backend)) == ""
    file.with_name("dev.json.gz").write_bytes(gzip.compress(state(12))[:-20])
    assert damage(*place(backend)).endswith("dev.json.gz ends in the middle")
    packed = gzip.compress(state(12))
    file.with_name("dev.json.gz").write_bytes(packed[:20] + b"\xff" * 40 + packed[60:])
    assert "dev.json.gz cannot be unpacked: " in damage(*place(backend))
    assert read_file_backend(*place(backend)) is None
    assert damage("tiny", "dev", {"PULUMI_BACKEND_URL": "s3://bucket"}) == ""


def test_gone_or_removed(backend: Path) -> None:
    """A state that vanished is damage; one of a stack that was emptied and removed is not, nor one never made."""
    file = backend / "stacks/tiny/dev.json"
    file.unlink()
    assert damage(*place(backend)) == ""
    (backend / "history/tiny/dev/dev-1.checkpoint.json").write_bytes(state(9))
    assert damage(*place(backend)) == f"{file} is gone"
    file.with_name("dev.json.bak").write_bytes(state(10, resources=0))
    assert damage(*place(backend)) == ""


def test_copies_newest_first(backend: Path) -> None:
    """By the time that stands in them, whoever made them; what is not whole is none."""
    (backend / "stacks/tiny/dev.json.bak").write_bytes(state(11))
    (backend / "history/tiny/dev/dev-1.checkpoint.json").write_bytes(state(8))
    (backend / "history/tiny/dev/dev-1.history.json").write_bytes(state(23))
    (backend / "backups/tiny/dev/dev.1.json").write_bytes(state(9))
    (backend / "backups/tiny/dev/dev.2.json").write_bytes(state(10)[:-9])
    keep(*place(backend))
    assert [copy.at.hour for copy in copies(*place(backend))] == [12, 11, 9, 8]


def test_own_copies_are_few(backend: Path) -> None:
    """One for each state that differs, the last five only, readable to nobody else."""
    file = backend / "stacks/tiny/dev.json"
    for hour in range(9):
        file.write_bytes(state(hour))
        keep(*place(backend))
        keep(*place(backend))
    folder = backend.parent / ".mtasts/states/tiny/dev"
    assert [read_checkpoint(file).at.hour for file in sorted(folder.iterdir())] == [4, 5, 6, 7, 8]
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["dev.json", "dev.json.gz"])
def test_restore(backend: Path, name: str) -> None:
    """The copy is in the place of the file, in its form, and the damaged one aside."""
    (backend / "stacks/tiny/dev.json").unlink()
    file = backend / "stacks/tiny" / name
    (backend / "backups/tiny/dev/dev.1.json").write_bytes(state(9, resources=3))
    file.write_bytes(b"")
    file.with_name(f"{name}.attrs").write_bytes(b"")
    aside = restore(copies(*place(backend))[0], *place(backend))
    assert (aside.read_bytes(), read_checkpoint(file).content) == (b"", state(9, resources=3))
    assert [left.name for left in file.parent.iterdir()] == [name]
    assert damage(*place(backend)) == ""


def test_no_room(backend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a run would have no room nothing is begun, and what was there is there still."""
    monkeypatch.setattr(checkpoints, "_SMALL_FILES", 1 << 60)
    with pytest.raises(CannotLook, match=r"no room for this run: .*nothing was touched"):
        keep(*place(backend))
    folder = backend.parent / ".mtasts/states/tiny/dev"
    assert [read_checkpoint(file).content for file in folder.iterdir()] == [state(12)]


@pytest.mark.parametrize("error", [errno.EOPNOTSUPP, errno.EINVAL])
def test_room_where_it_cannot_be_allocated(backend: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """A file system that cannot set room aside has it all the same: it is written."""

    def refused(*_: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "posix_fallocate", refused)
    keep(*place(backend))
    folder = backend.parent / ".mtasts/states/tiny/dev"
    assert [read_checkpoint(file).content for file in folder.iterdir()] == [state(12)]


@pytest.mark.parametrize("closed", ["stacks/tiny/dev.json", "stacks/tiny"])
def test_state_of_another_user(backend: Path, closed: str) -> None:
    """A state that this user may not read may be whole: it is no damage, and nothing takes its place."""
    (backend / "backups/tiny/dev/dev.1.json").write_bytes(state(9))
    (backend / closed).chmod(0)
    with as_nobody(backend), pytest.raises(CannotLook, match=r"^the state of stack .* cannot be read: Perm") as caught:
        damage(*place(backend))
    assert caught.value.hint == "run it as the user whose file that is; it may be whole"


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Not as root, who may read everything."""
    if os.geteuid() != 0:
        yield
        return
    for above in (folder, *folder.parents):
        if above.stat().st_uid == 0 and above.is_relative_to(tempfile.gettempdir()) and str(above) != "/tmp":
            above.chmod(above.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_read_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    """Said as the system says it."""
    with pytest.raises(NotWholeError, match="cannot be read: No such file"):
        read_checkpoint(tmp_path / "x.json")
