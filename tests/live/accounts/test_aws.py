"""An AWS account's record sets, distributions, certificates and objects, asked of the sandbox's API by boto3."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from mtasts.adoption.survey import AliasHolder, PolicyObject
from mtasts.errors import CannotLook, Refused
from mtasts.live.accounts import aws
from mtasts_sandbox.cloud.aws.api import AwsApi
from tests.mtasts_sandbox.cloud_stage import EngineSide, on_cloud

HOST = "mta-sts.example.com"


async def asking(engine: EngineSide, look: Callable[[Callable[[str], Any]], None]) -> None:
    """Runs `look` in a thread; it gets what makes a client of a service."""
    api = AwsApi(engine.cloud)
    await api.start(0)
    environ = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{api.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    try:
        await asyncio.to_thread(look, lambda service: aws.client(service, environ))
    finally:
        await api.close()


@on_cloud
async def test_what_serves_a_policy_host(engine: EngineSide) -> None:
    """Its distribution with origin and object, its certificate, its record sets; nothing of another host."""
    site = await engine.site(HOST)
    (bucket,) = {origin["domainName"].partition(".")[0] for origin in site.inputs["origins"]}
    await engine.create("object", bucket=bucket, key=".well-known/mta-sts.txt", content="version: STSv1\r\n")
    alias = {"name": site.state["domainName"], "zoneId": site.state["hostedZoneId"], "evaluateTargetHealth": False}
    await engine.create("record", zoneId="ZCOM", name=HOST, type="A", aliases=[alias])
    text = 'v=STSv1; ""id=1;'
    await engine.create("record", zoneId="ZCOM", name="_mta-sts.example.com", type="TXT", ttl=60, records=[text])

    def look(at: Callable[[str], Any]) -> None:
        (holder,) = aws.alias_holders(HOST, at("cloudfront"))
        assert (holder.id, holder.host, holder.aliases) == (site.id, site.state["domainName"], (HOST,))
        assert aws.alias_holders("mta-sts.example.org", at("cloudfront")) == ()

        (certificate,) = aws.certificates(HOST, at("acm"))
        assert (certificate.status, certificate.names) == ("ISSUED", (HOST,))
        assert aws.certificates("mta-sts.example.org", at("acm")) == ()

        same = PolicyObject(bucket, ".well-known/mta-sts.txt", same=True)
        assert aws.policy_object(holder, b"version: STSv1\r\n", at("s3")) == same
        assert aws.policy_object(holder, b"another", at("s3")).same is False

        (host,) = aws.record_sets("ZCOM", HOST, at("route53"))
        assert (host.kind, host.alias, host.ttl, host.id) == ("A", site.state["domainName"], None, f"ZCOM_{HOST}_A")
        (txt,) = aws.record_sets("ZCOM", "_mta-sts.example.com", at("route53"))
        assert (txt.values, txt.ttl) == (("v=STSv1; id=1;",), 60)
        assert aws.record_sets("ZCOM", "_smtp._tls.example.com", at("route53")) == ()

        with pytest.raises(CannotLook, match=r"Route 53 zone ZNONE: AWS refuses: NoSuchHostedZone"):
            aws.record_sets("ZNONE", HOST, at("route53"))

    await asking(engine, look)


def test_without_credentials_there_is_no_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """The caller says that the account is not seen."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert aws.client("cloudfront", {}) is None
    with pytest.raises(CannotLook, match=r"cloudfront: .*nobody"):
        aws.client("cloudfront", {}, profile="nobody")


def test_a_list_without_end_is_given_up() -> None:
    """A server that always says there is more does not keep anybody."""
    asked = []

    def distributions(**_: str) -> dict[str, Any]:
        asked.append(1)
        return {"DistributionList": {"Items": [], "IsTruncated": True, "NextMarker": "again"}}

    with pytest.raises(CannotLook, match="too many"):
        aws.alias_holders(HOST, SimpleNamespace(list_distributions=distributions))
    assert len(asked) == aws.PAGES_LIMIT


@pytest.mark.parametrize(
    ("origin", "key"),
    [
        ("bucket-1.s3.eu-central-1.amazonaws.com", ".well-known/mta-sts.txt"),
        ("bucket-1.s3.amazonaws.com/example.com", "example.com/.well-known/mta-sts.txt"),
        ("bucket-1.s3-website-eu-west-1.amazonaws.com", ".well-known/mta-sts.txt"),
        ("web.example.com", None),
        ("bucket-1.s3.amazonaws.com.example", None),
    ],
)
def test_the_bucket_of_an_origin(origin: str, key: str | None) -> None:
    """By its host name; a web server of somebody's own is no bucket."""
    asked = []

    def get_object(**named: str) -> dict[str, Any]:
        asked.append((named["Bucket"], named["Key"]))
        return {"Body": SimpleNamespace(read=lambda _: b"x")}

    aws.policy_object(
        AliasHolder("E1", "d1.cloudfront.net", (), (origin,)), b"x", SimpleNamespace(get_object=get_object)
    )
    assert asked == ([("bucket-1", key)] if key else [])


def test_a_wildcard_alias_stands_for_any_number_of_labels() -> None:
    """CloudFront's rule, unlike a certificate's."""
    every = [{"Id": "E1", "DomainName": "d1.cloudfront.net", "Aliases": {"Items": ["*.EXAMPLE.com"]}},
             {"Id": "E2", "DomainName": "d2.cloudfront.net", "Aliases": {"Items": ["*.sts.example.com"]}}]  # fmt: skip
    client = SimpleNamespace(list_distributions=lambda: {"DistributionList": {"Items": every}})

    assert [each.id for each in aws.alias_holders("mta-sts.a.example.com", client)] == ["E1"]


@on_cloud
async def test_whose_credentials_these_are(engine: EngineSide) -> None:
    """Every identity may ask; a zone tells its name, and one that is not there is a refusal."""

    def look(at: Callable[[str], Any]) -> None:
        caller = aws.caller(at("sts"))
        assert (caller.account, caller.arn.startswith("arn:aws:")) == ("123456789012", True)
        assert aws.hosted_zone("ZCOM", at("route53")) == ("example.com", False)
        with pytest.raises(Refused, match="NoSuchHostedZone"):
            aws.hosted_zone("ZNONE", at("route53"))

    await asking(engine, look)
