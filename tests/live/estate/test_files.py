"""The files of a source: bounded, in order, and nothing that waits or leads elsewhere."""

import os

import pytest

from mtasts.errors import CannotLook
from mtasts.live.estate import files
from mtasts.live.estate.files import files_of, read_file


def test_a_folder_s_files_by_name_and_depth(tmp_path):
    deep = tmp_path
    for number in range(files.DEPTH_LIMIT + 2):
        deep = deep / f"d{number}"
        deep.mkdir()
        (deep / "a.yaml").write_text("")
    (tmp_path / "b.yaml").write_text("")
    (tmp_path / "c.txt").write_text("")
    found = files_of(tmp_path, "files", ".yaml")
    assert found[0] == tmp_path / "b.yaml"
    assert len(found) == files.DEPTH_LIMIT + 1


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FILES_LIMIT", 3)
    for number in range(4):
        (tmp_path / str(number)).write_text("")
    with pytest.raises(CannotLook, match="more than 3 files"):
        files_of(tmp_path, "files")


def test_what_is_no_file_is_refused(tmp_path):
    """A pipe would wait for a writer."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CannotLook, match="neither a file nor a folder"):
        files_of(tmp_path / "pipe", "files")
    with pytest.raises(CannotLook, match="has no file"):
        files_of(tmp_path, "files")
    assert read_file(tmp_path / "pipe") == ""


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BYTES_LIMIT", 10)
    (tmp_path / "a").write_text("x" * 11)
    with pytest.raises(CannotLook, match="larger than"):
        read_file(tmp_path / "a")


def test_any_bytes_are_text(tmp_path):
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa\n")
    (tmp_path / "b").write_bytes(b"caf\xe9")
    assert (read_file(tmp_path / "a"), read_file(tmp_path / "b")) == ("a\n", "café")
