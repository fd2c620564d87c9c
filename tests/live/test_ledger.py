"""The policy bucket's versions, read over real HTTP from an S3 server, become the publications they were."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from mtasts.errors import CannotLook
from mtasts.live.ledger import clock_problem, read_ledger
from mtasts.policy.published_names import policy_key
from tests.fakes.s3_server import new_bucket, s3_server

TESTING = "version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmax_age: 86400\r\n"
ENFORCE = TESTING.replace("testing", "enforce")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a server that lives as long as this module's tests."""
    with s3_server():
        import boto3

        yield boto3.client("s3")


class Bucket:
    """A versioned bucket, filled as the components fill it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.name = new_bucket()
        client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

    def put(self, domain: str, text: str, name: str | None, ttl: str = "", **more: Any) -> datetime:
        metadata = ({} if name is None else {"mta-sts-id": name}) | ({"mta-sts-ttl": ttl} if ttl else {})
        self.client.put_object(Bucket=self.name, Key=policy_key(domain), Body=text.encode(), Metadata=metadata, **more)
        at: datetime = self.client.head_object(Bucket=self.name, Key=policy_key(domain))["LastModified"]
        return at.astimezone(UTC)

    def delete(self, domain: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=policy_key(domain))

    def read(self, *domains: str, **more: Any) -> dict[str, list[tuple[str, str, bool]]]:
        """Id, text and whether it is over, oldest first, of each domain."""
        found = read_ledger(f"s3://{self.name}", domains or None, **more)
        return {name: [(p.id, p.text, p.until is not None) for p in served] for name, served in found.items()}


@pytest.fixture
def bucket(client: Any) -> Bucket:
    """An empty one for each test."""
    return Bucket(client)


def test_each_text_with_its_id_and_times(bucket: Bucket) -> None:
    """Oldest first; one ends when the next begins; the last goes on; the TTL is the one handed in."""
    first = bucket.put("example.com", TESTING, "a1")
    time.sleep(1.1)  # S3 keeps whole seconds
    second = bucket.put("example.com", ENFORCE, "b2")

    found = read_ledger(f"s3://{bucket.name}", ["example.com"], ttls={"example.com": 300})

    assert [(p.id, p.text, p.since, p.until, p.ttl) for p in found["example.com"]] == [
        ("a1", TESTING, first, second, timedelta(seconds=300)),
        ("b2", ENFORCE, second, None, timedelta(seconds=300)),
    ]
    assert first < second


def test_a_lowered_ttl_still_counts(bucket: Bucket) -> None:
    """Resolvers keep a record for the TTL it had when they asked, so the largest that a text had is the ledger's."""
    bucket.put("example.com", TESTING, "a1", ttl="86400")
    bucket.put("example.com", TESTING, "a1", ttl="300")
    time.sleep(1.1)
    bucket.put("example.com", ENFORCE, "b2", ttl="300")

    found = read_ledger(f"s3://{bucket.name}", ["example.com"], ttls={"example.com": 300})

    assert [(p.id, p.ttl) for p in found["example.com"]] == [
        ("a1", timedelta(seconds=86400)),
        ("b2", timedelta(seconds=300)),
    ]


@pytest.mark.parametrize("ttl", ["", "-1", "1e9", "300s", "9" * 400], ids=["none", "negative", "float", "unit", "huge"])
def test_a_ttl_that_is_none_counts_as_none(bucket: Bucket, ttl: str) -> None:
    """Metadata can be written by anyone who may write to the bucket."""
    bucket.put("example.com", TESTING, "a1", ttl=ttl)

    [found] = read_ledger(f"s3://{bucket.name}", ttls={"example.com": 300})["example.com"]

    assert found.ttl == timedelta(seconds=300)


def test_versions_of_one_second_keep_their_order(bucket: Bucket) -> None:
    """S3 tells whole seconds only: what was put last is served, whatever the clock says."""
    texts = [TESTING.replace("86400", str(86400 + number)) for number in range(8)]
    for number, text in enumerate(texts):
        bucket.put("example.com", text, f"id{number}")

    assert [(name, over) for name, _, over in bucket.read()["example.com"]] == [
        *((f"id{number}", True) for number in range(7)),
        ("id7", False),
    ]


def test_other_headers_are_no_new_publication(bucket: Bucket) -> None:
    """The components may change Cache-Control; text and id stay, so nothing was published anew."""
    bucket.put("example.com", TESTING, "a1")
    bucket.put("example.com", TESTING, "a1", CacheControl="max-age=30")

    assert bucket.read() == {"example.com": [("a1", TESTING, False)]}


def test_a_text_that_returns_is_a_publication_of_its_own(bucket: Bucket) -> None:
    """testing -> enforce -> testing: three ids, three publications."""
    for name, text in (("a1", TESTING), ("b2", ENFORCE), ("c3", TESTING)):
        bucket.put("example.com", text, name)

    assert bucket.read()["example.com"] == [("a1", TESTING, True), ("b2", ENFORCE, True), ("c3", TESTING, False)]


def test_a_deletion_ends_the_publication(bucket: Bucket) -> None:
    """A delete marker is the end; what is put afterwards begins anew."""
    bucket.put("example.com", TESTING, "a1")
    bucket.delete("example.com")
    assert bucket.read() == {"example.com": [("a1", TESTING, True)]}

    bucket.put("example.com", TESTING, "a1")
    assert bucket.read() == {"example.com": [("a1", TESTING, True), ("a1", TESTING, False)]}


def test_only_the_asked_domains(bucket: Bucket) -> None:
    """Names that begin alike, and keys that are no policy, are left out; a domain without a ledger is not there."""
    bucket.put("example.com", TESTING, "a1")
    bucket.put("example.com.example", TESTING, "b2")
    bucket.client.put_object(Bucket=bucket.name, Key=f"{policy_key('example.com')}.bak", Body=b"x")
    bucket.client.put_object(Bucket=bucket.name, Key="mta-sts.example.com/readme", Body=b"x")

    assert bucket.read("example.com", "example.net") == {"example.com": [("a1", TESTING, False)]}
    assert set(bucket.read()) == {"example.com", "example.com.example"}


def test_many_domains_by_name(bucket: Bucket) -> None:
    """A fleet is listed as a whole and still gives only what was asked for."""
    names = [f"d{number}.example.com" for number in range(60)]
    for name in names:
        bucket.put(name, TESTING, "a1")

    assert set(bucket.read(*names[:55])) == set(names[:55])


def test_foreign_bytes_do_no_harm(bucket: Bucket) -> None:
    """An object that somebody else put there: no id, no UTF-8, far too long. It is read, bounded, never a crash."""
    key = policy_key("example.com")
    bucket.client.put_object(Bucket=bucket.name, Key=key, Body=b"\xff\x00" * 200_000)

    (found,) = read_ledger(f"s3://{bucket.name}")["example.com"]

    assert found.id == ""
    assert len(found.text) <= 2**16 + 1


def test_what_cannot_be_read_is_said(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such bucket, a prefix, no server: one line, and never half a ledger."""
    with pytest.raises(CannotLook, match="NoSuchBucket"):
        read_ledger(f"s3://{bucket.name}-gone")
    with pytest.raises(CannotLook, match="whole bucket"):
        read_ledger(f"s3://{bucket.name}/prefix")
    monkeypatch.setitem(os.environ, "AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(CannotLook):
        read_ledger(f"s3://{bucket.name}", endpoint_url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("Sat, 14 Mar 2026 10:00:00 GMT", None),
        ("Sat, 14 Mar 2026 09:55:00 GMT", None),
        ("Sat, 14 Mar 2026 09:54:59 GMT", "this machine's clock is 5 minutes ahead"),
        ("Sat, 14 Mar 2026 10:05:01 GMT", "this machine's clock is 5 minutes behind"),
        ("Thu, 12 Mar 2026 10:00:00 GMT", "this machine's clock is 2880 minutes ahead"),
        ("Sat, 14 Mar 2026 10:00:00 -0000", None),
        ("", None),
        ("tomorrow", None),
        ("Sat, 99 Mar 99999999 10:00:00 GMT", None),
    ],
)
def test_the_clock_must_be_that_of_s3(told: str, problem: str | None) -> None:
    """Five minutes either way; a server that tells no time is no reason to refuse."""
    assert clock_problem(datetime(2026, 3, 14, 10, tzinfo=UTC), told) == problem


def test_no_ledger_by_a_wrong_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every date would be wrong, so nothing is read; said in one line with the way out."""

    class Yesterday(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", formatdate(time.time() - 86400, usegmt=True))
            self.end_headers()
            self.wfile.write(b"<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Yesterday)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        with pytest.raises(CannotLook, match="clock is 1440 minutes ahead") as refused:
            read_ledger("s3://policies", ["example.com"])
        assert "set the clock" in str(refused.value.hint)
    finally:
        server.shutdown()
        server.server_close()
