"""When a domain may go, read from a real bucket over HTTP; what cannot be read holds it."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from mtasts.live.project import Project
from mtasts.policy.published_names import policy_key
from mtasts_pulumi.engine.removal import Leaving, LedgerDates, NotRemoved
from tests.fakes.s3_server import new_bucket, s3_server

ENFORCE = "version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmax_age: 86400\r\n"
NONE = "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"
GONE = Leaving("example.com", "b2", 300)


@pytest.fixture(scope="module")
def s3():
    with s3_server():
        yield boto3.client("s3")


@pytest.fixture
def bucket(s3):
    name = new_bucket()
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def dates(tmp_path):
    """The dates of a stack in a file backend, of which one update ended well."""
    history = tmp_path / ".pulumi" / "history" / "mtasts" / "prod"
    history.mkdir(parents=True)
    ended = int((datetime.now(UTC) + timedelta(minutes=1)).timestamp())
    record = {"kind": "update", "result": "succeeded", "endTime": ended}
    (history / "prod-1.history.json").write_text(json.dumps(record))
    environ = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}

    def made(*early):
        return LedgerDates(Project(tmp_path, "mtasts"), "prod", environ, {}, frozenset(early))

    return made


def put(s3, bucket, text, name):
    s3.put_object(Bucket=bucket, Key=policy_key("example.com"), Body=text.encode(), Metadata={"mta-sts-id": name})


def test_what_senders_hold_holds_the_domain(s3, bucket, dates):
    """Enforce is no end; none after it waits for the date of enforce, which the engine's history tells."""
    put(s3, bucket, ENFORCE, "a1")
    assert "what is published is a1 (enforce, max_age 1 day), not mode none" in dates().refusal(GONE, bucket)
    time.sleep(1.1)  # S3 keeps whole seconds
    put(s3, bucket, NONE, "b2")
    reason = dates().refusal(GONE, bucket)
    assert reason.startswith("senders may hold a1 (enforce, max_age 1 day) until ")
    assert "or later" not in reason


def test_mode_none_alone_binds_nobody(s3, bucket, dates):
    """A domain that never published anything else goes at once."""
    put(s3, bucket, NONE, "b2")
    assert dates().refusal(GONE, bucket) is None


def test_a_record_that_names_another_text(s3, bucket, dates):
    """None was written, but the TXT of the state names what was before it."""
    put(s3, bucket, ENFORCE, "a1")
    time.sleep(1.1)
    put(s3, bucket, NONE, "b2")
    reason = dates().refusal(Leaving("example.com", "a1", 300), bucket)
    assert reason == "the TXT record names a1, not b2 of mode none"


def test_what_is_not_known_holds_the_domain(bucket, dates, tmp_path):
    """An empty ledger beside a TXT, a bucket that is not there, a history that nobody can be asked for."""
    assert "no publication is known" in dates().refusal(GONE, bucket)
    missing = dates().refusal(GONE, "no-such-bucket-of-ours")
    assert "its ledger cannot be read" in missing
    assert "NoSuchBucket" in missing
    elsewhere = {"PULUMI_BACKEND_URL": "s3://state", "PATH": "", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    unknown = LedgerDates(Project(tmp_path, "mtasts"), "prod", elsewhere, {})
    assert "no Pulumi engine here" in unknown.refusal(GONE, bucket)


def test_who_is_asked_to_go_early_goes(bucket, dates, monkeypatch):
    """The hook raises with the reason and the way past it; the way past it only warns."""
    said = []
    monkeypatch.setattr("pulumi.log.warn", said.append)

    async def where():
        return bucket

    with pytest.raises(NotRemoved, match=r"^example.com: not removed: no publication is known.* MTASTS_REMOVE_BEFORE_"):
        asyncio.run(dates("example.net").may_go(GONE, where))
    assert said == []
    asyncio.run(dates("example.com").may_go(GONE, where))
    assert len(said) == 1
    assert said[0].startswith("example.com: removed all the same, as asked: no publication is known")
