"""TXT values put beside those of a record set of Route 53, and taken away again."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from mtasts.errors import CannotLook
from mtasts.live import route53
from tests.fakes.s3_server import s3_server

NAME = "_mta-sts.shop.example"
RECORD = '"v=STSv1; id=20240101000000Z;"'
OURS, OLD = "d111111abcdef8.cloudfront.net", "d222222abcdef8.cloudfront.net"


@pytest.fixture(scope="module")
def aws() -> Iterator[Any]:
    """Route 53, by a server that judges changes as its API does."""
    with s3_server():
        import boto3

        yield boto3.client("route53")


def _zone(client: Any, *values: str) -> str:
    made = client.create_hosted_zone(Name="shop.example", CallerReference=os.urandom(8).hex())["HostedZone"]
    zone = made["Id"].rpartition("/")[2]
    if values:
        records = [{"Value": value} for value in values]
        kept = {"Name": NAME, "Type": "TXT", "TTL": 1800, "ResourceRecords": records}
        changes = [{"Action": "CREATE", "ResourceRecordSet": kept}]
        client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return zone


def _there(client: Any, zone: str) -> tuple[int, set[str]] | None:
    sets = client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    found = next((each for each in sets if each["Name"] == f"{NAME}."), None)
    return found and (found["TTL"], {each["Value"] for each in found["ResourceRecords"]})


def test_route53_values_beside_the_record_and_away_again(aws: Any) -> None:
    """The record set keeps its TTL and its other values, and a second call finds nothing to do."""
    zone = _zone(aws, RECORD, '"somebody else"')

    for _ in range(2):
        route53.put_texts(zone, NAME, [OURS, OLD], [], os.environ)
    assert _there(aws, zone) == (1800, {RECORD, '"somebody else"', f'"{OURS}"', f'"{OLD}"'})

    for _ in range(2):
        route53.put_texts(zone, NAME, [], [OURS, OLD], os.environ)
    assert _there(aws, zone) == (1800, {RECORD, '"somebody else"'})


def test_route53_where_nothing_stands(aws: Any) -> None:
    """A set of its own, which goes as a whole; a neighbour's set is not taken for it."""
    zone = _zone(aws)

    route53.put_texts(zone, NAME, [OURS], [], os.environ)
    assert _there(aws, zone) == (60, {f'"{OURS}"'})

    route53.put_texts(zone, "_a.shop.example", [], [OURS], os.environ)
    assert _there(aws, zone) == (60, {f'"{OURS}"'})

    route53.put_texts(zone, NAME, [], [OURS], os.environ)
    assert _there(aws, zone) is None


def test_route53_says_why_not(aws: Any) -> None:
    """AWS's own words, in one line."""
    with pytest.raises(CannotLook, match=f"Route 53: TXT {NAME} in zone Z404: AWS refuses: NoSuchHostedZone"):
        route53.put_texts("Z404", NAME, [OURS], [], os.environ)
