"""Batches of records through Route 53's HTTP API: refused as a whole by its rules, with its words."""

import boto3
import pytest
from botocore.exceptions import ClientError

from mtasts_sandbox import client

NAME = "x.example.com"


@pytest.fixture(scope="module")
def route53(tmp_path_factory):
    """boto3's client of a sandbox for all; each test has names of its own."""
    folder = tmp_path_factory.mktemp("route53")
    running, _ = client.up(folder, ephemeral=True)
    running.add_zone("example.com", "route53", "ZCOM")
    url = running.environment()["AWS_ENDPOINT_URL"]
    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
    yield boto3.client("route53", endpoint_url=url, region_name="us-east-1", **keys)
    client.down(folder)


def plain(name, kind, *values, ttl=300):
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}


def change(route53, *changes):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in changes]}
    return route53.change_resource_record_sets(HostedZoneId="ZCOM", ChangeBatch=batch)


def found(route53, name):
    listed = route53.list_resource_record_sets(HostedZoneId="ZCOM", StartRecordName=name)["ResourceRecordSets"]
    return [each for each in listed if each["Name"] == f"{name}."]


def test_changes_are_done_and_told(route53):
    """Created, put over, an alias, deleted; what is listed is what was put."""
    name = "a.example.com"
    done = change(route53, ("CREATE", plain(name, "TXT", '"one"', '"two" "parts"')))
    assert done["ChangeInfo"]["Status"] == "INSYNC"
    assert route53.get_change(Id=done["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    change(route53, ("UPSERT", plain(name, "TXT", '"one"', ttl=60)))
    assert found(route53, name) == [plain(f"{name}.", "TXT", '"one"', ttl=60)]
    target = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net.", "EvaluateTargetHealth": False}
    alias = {"Name": f"mta-sts.{name}", "Type": "A", "AliasTarget": target}
    change(route53, ("CREATE", alias), ("DELETE", plain(name, "TXT", '"one"', ttl=60)))
    assert found(route53, name) == []
    assert found(route53, f"mta-sts.{name}") == [alias | {"Name": f"mta-sts.{name}."}]


def test_an_address_becomes_a_cname_in_one_batch(route53):
    """The other type's record goes in the same batch, in whichever order; alone it is refused."""
    name = "b.example.com"
    address, led = plain(name, "A", "192.0.2.1"), plain(name, "CNAME", "org.pages.example")
    change(route53, ("CREATE", address))
    with pytest.raises(ClientError, match="not permitted as it conflicts with other records"):
        change(route53, ("CREATE", led))
    change(route53, ("CREATE", led), ("DELETE", address))
    assert [each["Type"] for each in found(route53, name)] == ["CNAME"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("CREATE", plain(NAME, "TXT", '"a"'))], "but it already exists"),
        ([("CREATE", plain(NAME, "CNAME", "a.example.com"))], "conflicts with other records"),
        ([("DELETE", plain(NAME, "A", "192.0.2.1"))], "but it was not found"),
        ([("DELETE", plain(NAME, "TXT", '"b"'))], "but the values do not match"),
        ([("DELETE", plain(NAME, "TXT", '"a"', ttl=61))], "but the values do not match"),
        ([("UPSERT", plain(NAME, "TXT", "unquoted"))], "should be enclosed in quotation marks"),
        ([("UPSERT", plain(NAME, "A", "a"))], "not a valid IP address"),
        ([("UPSERT", plain("a.example.org", "TXT", '"a"'))], "is not permitted in zone"),
        ([("UPSERT", {"Name": NAME, "Type": "TXT"})], "Expected exactly one of"),
        (
            [
                ("CREATE", plain("new.example.com", "TXT", '"a"')),
                ("DELETE", plain("none.example.com", "A", "192.0.2.1")),
            ],
            "but it was not found",
        ),
    ],
)
def test_what_is_refused_changes_nothing(route53, changes, message):
    """Also of a batch whose other half is fine."""
    change(route53, ("UPSERT", plain(NAME, "TXT", '"a"')))
    before = route53.list_resource_record_sets(HostedZoneId="ZCOM")["ResourceRecordSets"]
    with pytest.raises(ClientError, match=message):
        change(route53, *changes)
    assert route53.list_resource_record_sets(HostedZoneId="ZCOM")["ResourceRecordSets"] == before
