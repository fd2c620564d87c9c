"""The policy pack, asked by the real engine: of our own stack, and of one that somebody else wrote.

pulumi-policy is installed without what it depends on, which is here already, protobuf newer than it asks for.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtasts.changes.stack_rules import RULES
from tests.patience import PATIENCE

WHEEL = Path(__file__).with_name("pulumi-policy.txt")

# Everything wrong at once: first publication in enforce, no TLS-RPT, a wide pattern, a TTL of a week, two texts in one
# record, an id with a dash, a text without a version, a bucket that is not closed, a web site of S3, TLS 1.0.
THEIRS = """
import pulumi_aws as aws

BODY = "version: STSv1\\nmode: enforce\\nmx: *.example.com\\nmax_age: 604800\\n"
bucket = aws.s3.Bucket("site", bucket="mta-sts-of-example-com")
aws.s3.BucketObjectv2("body", bucket=bucket.bucket, key=".well-known/mta-sts.txt", content=BODY)
aws.s3.BucketObjectv2("old", bucket=bucket.bucket, key="old/.well-known/mta-sts.txt", content="mode: testing")
aws.cloudfront.Distribution(
    "web",
    enabled=True,
    aliases=["mta-sts.example.com"],
    origins=[{"origin_id": "site", "domain_name": "mta-sts-of-example-com.s3-website.eu-central-1.amazonaws.com"}],
    default_cache_behavior={
        "target_origin_id": "site",
        "viewer_protocol_policy": "https-only",
        "cache_policy_id": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
    },
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={
        "acm_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0000",
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1",
    },
)
aws.route53.Record(
    "announcement",
    zone_id="Z0123456789EXAMPLECOM",
    name="_mta-sts.example.com",
    type="TXT",
    ttl=604800,
    records=["v=STSv1; id=2026-01;", "v=STSv1; id=20260101;"],
)
"""


@pytest.fixture(scope="session")
def pack(tmp_path_factory) -> Path:
    """The command, with pulumi-policy beside it."""
    folder = tmp_path_factory.mktemp("pack")
    uv = shutil.which("uv")
    install = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    subprocess.run(
        [*install, "--quiet", "--no-deps", "--require-hashes", "--target", str(folder / "site"), "-r", str(WHEEL)],
        check=True,
        timeout=PATIENCE,
    )
    pack = folder / "mtasts-policy-pack"
    pack.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}/site" exec {Path(sys.executable).with_name(pack.name)}\n')
    pack.chmod(0o755)
    return pack


def asks_the_pack(stage, pack: Path, levels=None) -> None:
    """All runs of the stage from here on. `levels`: the pack's configuration."""
    stage.environment["PULUMI_OPTION_POLICY_PACK"] = str(pack)
    if levels:
        config = stage.policies.parent / "levels.json"
        config.write_text(json.dumps(levels))
        stage.environment["PULUMI_OPTION_POLICY_PACK_CONFIG"] = str(config)


def their_project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: theirs\nruntime: python\n")
    (folder / "Pulumi.staging.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    (folder / "__main__.py").write_text(THEIRS)
    return folder


@pytest.mark.engines
def test_our_own_stack_passes(published, pack):
    """Mandatory, all of it: nothing to do, the way to enforce, the way back."""
    asks_the_pack(published, pack, {"all": "mandatory"})
    again = published.up()
    published.edit("example.com", mode="enforce")
    enforcing = published.up()
    published.edit("example.com", mode="none")
    back = published.up()

    for done in (again, enforcing, back):
        assert done.code == 0, done.err
        assert done.json["problems"] == []
    assert b"mode: none" in published.body("example.com")


@pytest.mark.engines
def test_a_stack_of_somebody_else(stage, pack, tmp_path):
    """Advisory, the run goes on; mandatory, it is refused before anything is made. Every rule speaks once at least."""
    project = their_project(tmp_path / "theirs")
    asks_the_pack(stage, pack)
    advised = stage.mtasts(*stage.words("preview"), "--project", str(project))
    asks_the_pack(stage, pack, {"all": "mandatory"})
    refused = stage.mtasts(*stage.words("up"), "--project", str(project))

    assert advised.code == 0, advised.err
    assert [rule.code for rule in RULES if f"policy {rule.code}: " not in advised.err] == []
    assert refused.code == 1, refused.err
    assert "body: refused by policy first-mode" in refused.err
    assert "the first publication is enforce" in refused.err
    assert "hint: publish mode testing first" in refused.err
    assert stage.txts("_mta-sts.example.com") == []
    assert refused.json["changes"] == {}
