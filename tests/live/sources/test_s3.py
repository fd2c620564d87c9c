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
