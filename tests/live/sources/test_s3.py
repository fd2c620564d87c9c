"""An S3 prefix as a source: everything once, resumed by time, objects untouched."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from mtasts.errors import CannotLook
from mtasts.live.network import Network
from mtasts.live.sources import SourceOptions, open_source
from mtasts.live.sources.contract import Item, Source
from tests.fakes.s3_server import new_bucket, s3_server


@pytest.fixture(scope="module", autouse=True)
def s3() -> Iterator[str]:
    """An S3 server; the environment names it."""
    with s3_server() as url:
        yield url


@pytest.fixture
def bucket() -> str:
    """Three mails of a rule, an archive, and what belongs to somebody else."""
    name = new_bucket()
    put(name, "in/", b"")
    for number in range(3):
        put(name, f"in/mail{number}", f"Subject: {number}\r\n\r\n".encode())
    put(name, "in/old.json.gz", gzip.compress(b"{1}", mtime=0))
    put(name, "other/x", b"no")
    return name


def put(bucket: str, key: str, body: bytes) -> None:
    """Write an object."""
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def _open(bucket: str, marks: dict[str, str], *, everything: bool = False) -> Source:
    return open_source(f"s3://{bucket}/in/", SourceOptions(Network(), lambda name: marks.get(name, ""), everything))


def _take(source: Source, marks: dict[str, str], again: str = "") -> list[Item]:
    taken = []
    for item in source.items():
        taken.append(item)
        source.took(item, again=item.token == again)
        note = source.progress()
        assert note
        marks[note[0]] = note[1]
    return taken


def _later(marks: dict[str, str], hours: int) -> None:
    """As if the last run had seen an object so much later."""
    (name,) = marks
    note: dict[str, Any] = json.loads(marks[name])
    note["newest"] = (datetime.fromisoformat(note["newest"]) + timedelta(hours=hours)).isoformat()
    marks[name] = json.dumps(note)


def test_all_objects_under_the_prefix_come_once(bucket: str) -> None:
    """Mails and files, no folders; a second look brings only what is new or changed."""
    marks: dict[str, str] = {}
    source = _open(bucket, marks)
    assert source.total() == 4
    found = {item.source: item.data for item in _take(source, marks)}
    assert found[f"s3://{bucket}/in/mail1"] == b"Subject: 1\r\n\r\n"
    assert found[f"s3://{bucket}/in/old.json.gz"] == gzip.compress(b"{1}", mtime=0)
    assert len(found) == 4
    assert list(source.items()) == []
    put(bucket, "in/mail3", b"new")
    put(bucket, "in/mail0", b"changed")
    assert sorted(item.data for item in _take(source, marks)) == [b"changed", b"new"]
    assert boto3.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 7


def test_the_next_run_reads_what_is_newer_and_a_margin(bucket: str) -> None:
    """Objects of the last hour come again, older ones do not; `--all` reads them too."""
    marks: dict[str, str] = {}
    assert len(_take(_open(bucket, marks), marks)) == 4
    assert len(_take(_open(bucket, marks), marks)) == 4
    _later(marks, 2)
    assert _take(_open(bucket, marks), marks) == []
    assert len(_take(_open(bucket, marks, everything=True), {})) == 4


def test_an_object_that_could_not_be_judged_comes_again(bucket: str) -> None:
    """However old it is by then; once judged, it stays away."""
    marks: dict[str, str] = {}
    _take(_open(bucket, marks), marks, again="in/mail1")
    _later(marks, 2)
    assert [item.token for item in _take(_open(bucket, marks), marks)] == ["in/mail1"]
    assert _take(_open(bucket, marks), marks) == []


def test_what_could_not_be_judged_comes_after_what_is_new(bucket: str) -> None:
    """It may be slow again: a heap of such mails holds up no report, and is not waited for without end."""
    marks: dict[str, str] = {}
    _take(_open(bucket, marks), marks, again="in/mail1")
    put(bucket, "in/new", b"Subject: new\r\n\r\n")
    came = [item.token for item in _take(_open(bucket, marks), marks, again="in/mail1")]
    # S3 tells whole seconds: objects of one second come in the order of their names.
    assert "in/new" in came[:-1]
    assert came[-1] == "in/mail1"

    _later(marks, 2)
    (name,) = marks
    note = json.loads(marks[name])
    assert list(note["again"]) == ["in/mail1"]
    note["again"]["in/mail1"] -= 8
    marks[name] = json.dumps(note)
    assert [item.token for item in _take(_open(bucket, marks), marks, again="in/mail1")] == ["in/mail1"]
    assert _take(_open(bucket, marks), marks) == []


def test_notes_of_earlier_versions_are_read(bucket: str) -> None:
    """They list what is to come again, without days."""
    marks: dict[str, str] = {}
    _take(_open(bucket, marks), marks)
    _later(marks, 2)
    (name,) = marks
    marks[name] = json.dumps({**json.loads(marks[name]), "again": ["in/mail2"]})
    assert [item.token for item in _take(_open(bucket, marks), marks)] == ["in/mail2"]


def test_one_mail_of_an_archive_brings_it_again(bucket: str) -> None:
    """Whatever became of the mails behind it."""
    mail = b"From x Sun Mar  8 10:00:00 2026\nSubject: x\n\nx\n\n"
    put(bucket, "in/a.mbox", mail * 2)
    marks: dict[str, str] = {}
    source = _open(bucket, marks)
    held = [item for item in source.items() if item.token == "in/a.mbox"]
    for item, again in zip(held, (True, False), strict=True):
        source.took(item, again=again)
    name, note = source.progress() or ("", "")
    marks[name] = note
    _later(marks, 2)
    assert [item.token for item in _take(_open(bucket, marks), marks)] == ["in/a.mbox"] * 2


def test_an_object_that_cannot_be_had_holds_up_no_other(bucket: str) -> None:
    """One that was removed since the listing is passed over, one that S3 has archived is set aside with the reason."""
    client = boto3.client("s3")
    client.put_object(Bucket=bucket, Key="in/ice", Body=b"Subject: x\r\n\r\n", StorageClass="GLACIER")
    items = _open(bucket, {}).items()
    first = next(items)
    client.delete_object(Bucket=bucket, Key="in/mail2")
    every = [first, *items]
    assert {item.token for item in every if not item.problem} == {"in/mail0", "in/mail1", "in/old.json.gz"}
    assert [item.token for item in every if "archived by S3" in item.problem] == ["in/ice"]


def test_a_broken_note_starts_from_the_beginning(bucket: str) -> None:
    """It costs time and no more."""
    marks: dict[str, str] = {}
    _take(_open(bucket, marks), marks)
    (name,) = marks
    for note in ("{", "[]", '{"newest": "x"}'):
        assert len(_take(_open(bucket, {name: note}), {})) == 4


def test_what_goes_wrong_is_said_in_one_line(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such bucket, no name, no server."""
    options = SourceOptions(Network(), lambda name: "")
    with pytest.raises(CannotLook, match="S3 refuses: 404"):
        open_source("s3://no-such-bucket-anywhere/x", options)
    with pytest.raises(CannotLook, match="is not s3://BUCKET/PREFIX"):
        open_source("s3://", options)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(CannotLook, match="Could not connect"):
        open_source(f"s3://{bucket}/in/", options)
