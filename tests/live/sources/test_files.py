"""Files, folders and archives: every item once, whatever it is wrapped in, and nothing harmful."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.errors import CannotLook
from mtasts.live.network import Network
from mtasts.live.sources import Item, SourceOptions, open_source
from mtasts.live.sources.unfold import unfold
from mtasts.live.store import open_store
from mtasts.protocol.report_mail import MAIL_BYTES_LIMIT
from tests.patience import PATIENCE

OPTIONS = SourceOptions(Network(), lambda name: "")
MAILS = [f"Subject: {n}\r\n\r\nFrom here on, {n}\r\n".encode() for n in range(3)]


def _mbox(mails: list[bytes], eol: bytes = b"\n") -> bytes:
    pieces = [b"From x@example.com Thu Jan  1 00:00:00 2026" + eol + mail.replace(b"\r\n", eol) + eol for mail in mails]
    return b"".join(pieces)


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _tar(members: dict[str, bytes], mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _unfold(data: bytes) -> list[Item]:
    return list(unfold(io.BytesIO(data), "f", "f"))


def _read(path: Path) -> list[tuple[str, bytes]]:
    return [(item.source.removeprefix(str(path)), item.data) for item in open_source(str(path), OPTIONS).items()]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    """Files in folders in folders; hidden files are not touched, links to folders not followed."""
    (tmp_path / "b").mkdir()
    for name, data in {"c.json": b"{3}", "a.eml": b"{1}", "b/x.json.gz": b"{2}", ".hidden": b"no"}.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    assert _read(tmp_path) == [("/a.eml", b"{1}"), ("/c.json", b"{3}"), ("/b/x.json.gz", b"{2}")]


def test_the_store_itself_is_no_source(tmp_path: Path) -> None:
    """`mtasts reports import .` in the project's folder does not read what it writes."""
    open_store(str(tmp_path / ".mtasts" / "reports"), create=True).close()
    (tmp_path / "a.json").write_bytes(b"{1}")
    assert _read(tmp_path) == [("/a.json", b"{1}")]


def test_a_maildir_gives_its_mails_only(tmp_path: Path) -> None:
    """New and seen ones and those of subfolders; neither the half-written ones nor the server's own files."""
    for folder in ("", ".Reports/"):
        for part in ("cur", "new", "tmp"):
            (tmp_path / folder / part).mkdir(parents=True)
    (tmp_path / "new" / "1.host").write_bytes(MAILS[0])
    (tmp_path / "cur" / "2.host:2,S").write_bytes(MAILS[1])
    (tmp_path / ".Reports" / "cur" / "3.host:2,").write_bytes(MAILS[2])
    (tmp_path / "tmp" / "half").write_bytes(b"half")
    (tmp_path / "dovecot-uidlist").write_bytes(b"3 V1")
    (tmp_path / ".Reports" / "maildirfolder").write_bytes(b"")
    assert sorted(data for _, data in _read(tmp_path)) == MAILS


@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_mbox_gives_each_mail_as_it_was(eol: bytes, pack: object, tmp_path: Path) -> None:
    """Split only at a From line after an empty one, plain and gzipped, with either line end."""
    assert callable(pack)
    path = tmp_path / "inbox"
    path.write_bytes(pack(_mbox(MAILS, eol)))
    expected = [(f"#{n}", mail.replace(b"\r\n", eol)) for n, mail in enumerate(MAILS, 1)]
    assert _read(path) == expected


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from([b"a: b\n\nx\n", b"a: b\n\n" + b"y" * 700_000 + b"\n", b"a:\n\n>From z\n"]), max_size=6)
)
def test_an_mbox_is_split_alike_wherever_its_chunks_end(mails: list[bytes]) -> None:
    """A separator across the edge of two reads is found."""
    found = [item.data for item in _unfold(_mbox(mails))] if mails else []
    assert found == mails


def test_archives_give_their_files(tmp_path: Path) -> None:
    """zip, tar, tar.gz, one in the other, an mbox inside; each item says where it lies."""
    inner = _zip({"in.json": b"{1}"})
    members = {"d/a.json": b"{2}", "z.zip": inner, "m.mbox": _mbox(MAILS[:1])}
    for name, data in {"t.tar": _tar(members), "t.tgz": _tar(members, "w:gz"), "t.zip": _zip(members)}.items():
        path = tmp_path / name
        path.write_bytes(data)
        expected = [("/d/a.json", b"{2}"), ("/z.zip/in.json", b"{1}"), ("/m.mbox#1", MAILS[0].replace(b"\r\n", b"\n"))]
        assert _read(path) == expected, name


def test_links_and_devices_in_a_tar_are_left_alone() -> None:
    """Only regular files are read, and nothing is written."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo("../../etc/passwd")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    assert _unfold(packed.getvalue()) == []


def test_what_is_too_big_or_too_deep_is_refused_and_the_rest_goes_on() -> None:
    """A member beyond the limit, an archive in four archives, a mail of 20 MB."""
    big = b"x" * (MAIL_BYTES_LIMIT + 1)
    problems = [(item.source, item.problem) for item in _unfold(_zip({"big": big, "ok.json": b"{}"}))]
    assert problems == [("f/big", f"has more than {MAIL_BYTES_LIMIT} bytes"), ("f/ok.json", "")]
    deep = _zip({"a": _zip({"b": _zip({"c": _zip({"d": b"{}"})})})})
    assert [item.problem for item in _unfold(deep)] == ["is an archive inside of 3 archives"]
    mails = [item.problem[:13] for item in _unfold(_mbox([b"a: b\n\n" + big + b"\n", b"a: b\n\nx\n"]))]
    assert mails == ["has more than", ""]


def test_an_archive_that_unpacks_to_far_more_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum over all members is bounded, not only each of them."""
    monkeypatch.setattr("mtasts.live.sources.unfold._ARCHIVE_FLOOR", 3_000_000)
    bomb = _zip({f"{n}.json": b"{" + b" " * 1_000_000 + b"}" for n in range(50)})
    assert len(bomb) < 60_000
    items = _unfold(bomb)
    assert len(items) < 20
    assert items[-1].problem == "unpacks to more than 200 times its size: the rest was left alone"


@settings(max_examples=200)
@given(
    st.sampled_from([_zip({"a": b"{1}", "b": b"{2}"}), _tar({"a": b"{1}"}), _tar({"a": b"{1}"}, "w:gz"), _mbox(MAILS)]),
    st.integers(0, 1200),
    st.binary(max_size=5),
    st.integers(0, 9),
)
def test_damaged_archives_never_crash(data: bytes, place: int, put: bytes, cut: int) -> None:
    """Whatever bytes change: items, some with a problem."""
    _unfold(data[:place] + put + data[place + cut :])


def test_a_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    """For a watch: new files and changed files."""
    source = open_source(str(tmp_path), OPTIONS)
    (tmp_path / "a.json").write_bytes(b"{1}")
    assert [item.data for item in source.items()] == [b"{1}"]
    assert list(source.items()) == []
    (tmp_path / "b.json").write_bytes(b"{2}")
    (tmp_path / "a.json").write_bytes(b"{1} ")
    assert [item.data for item in source.items()] == [b"{1} ", b"{2}"]


def test_weights_sum_up_to_the_size(tmp_path: Path) -> None:
    """So that progress ends at all of it."""
    (tmp_path / "m").write_bytes(_mbox(MAILS))
    (tmp_path / "a.json").write_bytes(b"{1}")
    source = open_source(str(tmp_path), OPTIONS)
    assert sum(item.weight for item in source.items()) == source.total() == len(_mbox(MAILS)) + 3


def test_a_file_that_cannot_be_read_is_an_item_with_a_problem(tmp_path: Path) -> None:
    """A dead link among others; a path that is not there is said at once."""
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
    (item,) = open_source(str(tmp_path), OPTIONS).items()
    assert (item.data, item.problem) == (b"", "cannot be read: No such file or directory")
    with pytest.raises(CannotLook, match="No such file or directory"):
        open_source(str(tmp_path / "none"), OPTIONS)
    with pytest.raises(CannotLook, match="no such kind of source"):
        open_source("pop3://example.com/", OPTIONS)


def test_a_pipe_that_is_named_is_read(tmp_path: Path) -> None:
    """As `mtasts reports import <(command)` does in a shell."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'wb').write({_zip({'a': b'{1}'})!r})"])
    assert [item.data for item in open_source(str(pipe), OPTIONS).items()] == [b"{1}"]
    assert writer.wait(PATIENCE) == 0


def test_fifos_do_not_hang_an_import(tmp_path: Path) -> None:
    """A folder may hold anything; only regular files are opened."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.json").write_bytes(b"{1}")
    script = (
        "import sys; from mtasts.live.sources import *; from mtasts.live.network import Network\n"
        f"print([i.data for i in open_source({str(tmp_path)!r}, SourceOptions(Network(), str)).items()])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=PATIENCE, check=True)
    assert done.stdout == b"[b'{1}']\n"
