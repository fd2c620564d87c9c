"""Who may do what with a store: its owner alone, whatever the umask; and where it can only be read it is read."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from mtasts.cli.main import main
from mtasts.errors import CannotLook
from mtasts.live.store import open_store
from mtasts.live.store.access import FILE, connect_to_read
from tests.live.store.reports import body, incoming
from tests.patience import PATIENCE

LOG = FILE + "-wal"


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}


@pytest.mark.parametrize("mask", [0, 0o022])
def test_all_of_a_store_is_its_owners_alone(mask: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file, what SQLite writes beside it, and what is taken out of quarantine."""
    store, out = tmp_path / "store", tmp_path / "out"
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"{")
    with _umask(mask):
        with open_store(str(store), create=True) as opened:
            opened.add(incoming(body()))
            assert _modes(store) == {FILE: 0o600, LOG: 0o600, FILE + "-shm": 0o600}
        assert main(["reports", "import", str(broken), "--store", str(store)]) == 1
        for _ in range(2):
            assert main(["reports", "quarantine", "--store", str(store), "--out", str(out)]) == 0
    assert store.stat().st_mode & 0o777 == out.stat().st_mode & 0o777 == 0o700
    assert set(_modes(store).values()) | set(_modes(out).values()) == {0o600}
    assert "open to other users" not in capsys.readouterr().err


def test_a_store_that_others_may_read_is_told_and_the_remedy_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not narrowed unasked: a group may be meant to read it."""
    store, report = tmp_path / "a store", tmp_path / "r.json"
    report.write_bytes(body())
    words = ["reports", "import", str(report), "--store", str(store)]
    assert main(words) == 0
    (store / FILE).chmod(0o644)
    capsys.readouterr()
    assert main(words) == 0
    (note,) = [line for line in capsys.readouterr().err.splitlines() if "open to other users" in line]
    assert (store / FILE).stat().st_mode & 0o777 == 0o644
    subprocess.run(note.rpartition("not meant: ")[2], shell=True, check=True)
    assert main(words) == 0
    assert "open to other users" not in capsys.readouterr().err


def _read_only(store: Path, *commands: str) -> subprocess.CompletedProcess[str]:
    """Run commands of `mtasts reports` where the store's folder is mounted read-only."""
    mapping = [] if os.geteuid() == 0 else ["--map-root-user"]
    mount = f"mount --bind '{store}' '{store}' && mount -o remount,ro,bind '{store}'"
    lines = [f"'{sys.executable}' -m mtasts {command}; echo \"code $?\"" for command in commands]
    script = "\n".join([f"set -e; {mount}; set +e", *lines])
    return subprocess.run(
        ["unshare", *mapping, "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one report in its file, and a second one that only the -wal has, as a killed writer leaves it."""
    writing, left = tmp_path / "writing", tmp_path / "left"
    with open_store(str(writing), create=True) as opened:
        opened.add(incoming(body("1")))
    with open_store(str(writing)) as opened:
        opened.add(incoming(body("2", day=2)))
        shutil.copytree(writing, left)
    return left


@pytest.mark.needs("namespaces")
def test_a_store_on_a_read_only_mount_answers_every_question(store: Path, tmp_path: Path) -> None:
    """Summary, explanation, pages, metrics and readiness; who would write is refused in one line."""
    span = "--since 2026-03-01 --until 2026-03-03"
    (tmp_path / "r.json").write_bytes(body("3"))
    before = {path.name: path.read_bytes() for path in store.iterdir()}
    done = _read_only(
        store,
        f"reports summary example.com --store '{store}' {span}",
        f"reports html --store '{store}' --out '{tmp_path}/pages' {span}",
        f"reports metrics --store '{store}' {span}",
        f"reports quarantine --store '{store}'",
        f"reports import '{tmp_path}/r.json' --store '{store}'",
        f"reports expire --keep-days 1 --store '{store}'",
    )
    codes = [line for line in done.stdout.splitlines() if line.startswith("code ")]
    assert codes == ["code 0"] * 4 + ["code 2"] * 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("cannot open the store to write") == 1
    assert "it can only be read from here" in done.stderr
    assert {path.name: path.read_bytes() for path in store.iterdir()} == before


@pytest.mark.parametrize("kept", [(FILE,), (FILE, LOG), (FILE, LOG, FILE + "-shm")], ids=["file", "wal", "wal-and-shm"])
def test_what_is_in_the_log_is_read_too(
    kept: tuple[str, ...], store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file alone, one with a -wal that nobody took over, and one beside a writer; nothing is left behind."""
    for path in store.iterdir():
        if path.name not in kept:
            path.unlink()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr("mtasts.live.store.schema.may_be_written", lambda path: False)
    with open_store(str(store)) as opened:
        found = [one.report.report_id for one in opened.window("example.com", date.min, date.max)]
    assert found == ["1", "2"][: len(kept)]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_connection_to_read_changes_nothing(store: Path) -> None:
    """Whatever the mode of the file: root may write anything."""
    before = (store / FILE).read_bytes()
    database = connect_to_read(store / FILE)
    with pytest.raises(Exception, match="readonly"):
        database.execute("DELETE FROM raw")
    database.close()
    assert (store / FILE).read_bytes() == before


def test_an_older_layout_is_brought_up_to_date_where_it_may_be_written(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere the message names the command, and that works."""
    (store / LOG).unlink()
    with contextlib.closing(sqlite3.connect(store / FILE)) as database:
        database.execute("PRAGMA user_version = 1")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with monkeypatch.context() as patch:
        for module in ("schema", "folder"):
            patch.setattr(f"mtasts.live.store.{module}.may_be_written", lambda path: False)
        with pytest.raises(CannotLook, match="older layout, and cannot be written") as error:
            open_store(str(store))
        assert f"`mtasts reports reindex --store {store}`" in error.value.hint
    assert main(["reports", "reindex", "--store", str(store)]) == 0
    with open_store(str(store)) as opened:
        assert opened.domains() == ["example.com"]
