"""Objects read from S3, over real HTTP."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mtasts.cli.options.probes import add_evidence_arguments, evidence_of
from mtasts.errors import CannotLook
from mtasts.live.s3 import read_object
from mtasts.verify.probe_file import render_probe_file
from tests.fakes.s3_server import new_bucket, s3_server

PROBES = render_probe_file(datetime(2026, 11, 20, 10, tzinfo=UTC), True, []).encode()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_server():
        import boto3

        name = new_bucket()
        boto3.client("s3").put_object(Bucket=name, Key="mail/probes.json", Body=PROBES)
        yield name


def test_an_object_is_read_up_to_a_limit(bucket: str) -> None:
    """What is longer is cut, so that the caller can tell."""
    assert read_object(f"s3://{bucket}/mail/probes.json", 1000) == PROBES
    assert read_object(f"s3://{bucket}/mail/probes.json", 10) == PROBES[:10]


@pytest.mark.parametrize(
    ("location", "says"),
    [("s3://{bucket}", "is not s3://BUCKET/KEY"), ("s3://{bucket}/other.json", "S3 refuses: NoSuchKey")],
)
def test_what_cannot_be_read_is_one_line(bucket: str, location: str, says: str) -> None:
    """No key, and no such object."""
    with pytest.raises(CannotLook) as caught:
        read_object(location.format(bucket=bucket), 10)
    assert says in caught.value.message


def test_probe_evidence_may_lie_in_s3(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose port 25 is open leaves it there for pipelines whose port is not."""
    monkeypatch.delenv("MTASTS_PROBE_KEYS", raising=False)
    parser = ArgumentParser()
    add_evidence_arguments(parser)
    words = ["--probe-evidence", f"s3://{bucket}/mail/probes.json", "--unsigned-probes"]
    evidence = evidence_of(parser.parse_args(words))

    assert evidence is not None
    assert evidence.made_at is not None
    assert (evidence.made_at.isoformat(), evidence.source) == (
        "2026-11-20T10:00:00+00:00",
        "probes.json (signature not checked)",
    )
