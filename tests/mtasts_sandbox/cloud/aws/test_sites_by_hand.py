"""Policy hosts on CloudFront beside the engine, through boto3 and a TLS client: aliases, their moves, and strangers."""

import http.client
import ssl

import boto3
import dns.message
import dns.query
import pytest
from botocore.exceptions import ClientError

from mtasts.errors import CannotLook
from mtasts_sandbox import client
from tests.patience import PATIENCE

POLICY, OTHERS = b"version: STSv1\r\nmode: none\r\nmax_age: 60\r\n", b"version: STSv1\r\nmode: none\r\nmax_age: 61\r\n"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """One for all: each test has aliases of its own."""
    folder = tmp_path_factory.mktemp("sites")
    running, _ = client.up(folder, ephemeral=True)
    running.add_zones([("example.com", "route53", "ZCOM"), ("example.net", "cloudflare", "cfnet")])
    yield running
    client.down(folder)


def aws(sandbox, service):
    environment = sandbox.environment()
    keys = {
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
    }
    return boto3.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"], region_name="us-east-1", **keys)


def served(sandbox, host):
    """The policy at CloudFront's edge; None when it serves no such host."""
    context = ssl.create_default_context(cafile=str(sandbox.state_dir / "ca.pem"))
    connection = http.client.HTTPSConnection("127.0.0.1", sandbox.ports["https"], context=context, timeout=PATIENCE)
    connect = connection._context.wrap_socket
    connection._context.wrap_socket = lambda plain, **_: connect(plain, server_hostname=host)
    try:
        connection.request("GET", "/.well-known/mta-sts.txt", headers={"Host": host})
        return connection.getresponse().read()
    except ssl.SSLError:
        return None
    finally:
        connection.close()


def answers(sandbox, name, kind):
    query = dns.message.make_query(name, kind)
    response = dns.query.udp(query, "127.0.0.1", port=sandbox.ports["dns"], timeout=PATIENCE)
    return sorted(str(record) for rrset in response.answer for record in rrset)


def refusal(act, *args, **kwargs):
    """Code and message with which AWS refuses."""
    with pytest.raises(ClientError) as error:
        act(*args, **kwargs)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def second(sandbox, host):
    """Another distribution of this account whose certificate covers the host, without the alias: its id and name."""
    cloudfront = aws(sandbox, "cloudfront")
    id_, domain = sandbox.add_distribution(host, OTHERS)
    told = cloudfront.get_distribution_config(Id=id_)
    bare = told["DistributionConfig"] | {"Aliases": {"Quantity": 0}}
    cloudfront.update_distribution(Id=id_, IfMatch=told["ETag"], DistributionConfig=bare)
    return id_, domain


def test_one_of_this_account_is_all_there(sandbox):
    """Served at once; its bucket, certificate and distribution are told by their APIs, its record is in DNS."""
    host = "mta-sts.a.example.com"
    id_, domain = sandbox.add_distribution(host, POLICY, record="alias")
    assert served(sandbox, host) == POLICY
    assert answers(sandbox, host, "A") == ["127.0.0.1"]
    found = aws(sandbox, "cloudfront").get_distribution(Id=id_)["Distribution"]
    config = found["DistributionConfig"]
    assert (found["DomainName"], config["Aliases"]["Items"], config["Enabled"]) == (domain, [host], True)
    listed = aws(sandbox, "cloudfront").list_distributions()["DistributionList"]["Items"]
    assert id_ in [each["Id"] for each in listed]
    arn = config["ViewerCertificate"]["ACMCertificateArn"]
    certificate = aws(sandbox, "acm").describe_certificate(CertificateArn=arn)["Certificate"]
    assert certificate["Status"] == "ISSUED"
    validation = certificate["DomainValidationOptions"][0]["ResourceRecord"]
    assert answers(sandbox, validation["Name"], "CNAME") == [validation["Value"]]
    bucket = config["Origins"]["Items"][0]["DomainName"].partition(".s3.")[0]
    s3 = aws(sandbox, "s3")
    assert s3.get_object(Bucket=bucket, Key=".well-known/mta-sts.txt")["Body"].read() == POLICY
    s3.put_object(Bucket=bucket, Key=".well-known/mta-sts.txt", Body=OTHERS)
    assert served(sandbox, host) == OTHERS


def test_one_of_a_stranger_is_met_and_not_told_of(sandbox):
    """It serves; this account's APIs know nothing of it; the alias is taken."""
    host = "mta-sts.b.example.net"
    id_, domain = sandbox.add_distribution(host, POLICY, stranger=True, record="cname")
    assert served(sandbox, host) == POLICY
    assert f"{domain}." in answers(sandbox, host, "CNAME")
    cloudfront = aws(sandbox, "cloudfront")
    assert id_ not in [each["Id"] for each in cloudfront.list_distributions()["DistributionList"].get("Items", [])]
    assert refusal(cloudfront.get_distribution, Id=id_)[0] == "NoSuchDistribution"
    with pytest.raises(CannotLook, match="CNAMEAlreadyExists: One or more of the CNAMEs"):
        sandbox.add_distribution(host, OTHERS)
    with pytest.raises(CannotLook, match="has the alias"):
        sandbox.add_distribution(host, OTHERS, stranger=True)
    with pytest.raises(CannotLook, match="in no zone of Route 53"):
        sandbox.add_distribution("mta-sts.c.example.net", POLICY, record="alias")


def test_an_alias_moves_within_the_account(sandbox):
    """With the proof in DNS, in one step, and back again; the same once more changes nothing."""
    host = "mta-sts.d.example.com"
    target, target_name = second(sandbox, host)
    source, source_name = sandbox.add_distribution(host, POLICY)
    cloudfront = aws(sandbox, "cloudfront")
    move = {"TargetDistributionId": target, "Alias": host}
    assert refusal(cloudfront.associate_alias, **move) == (
        "IllegalUpdate",
        "Invalid or missing alias DNS TXT records.",
    )
    sandbox.set_records(f"_{host}", "TXT", ["v=STSv1; id=1;", target_name, source_name])
    before = sandbox.events()[-1]["seq"]
    for _ in range(2):
        cloudfront.associate_alias(**move)
        assert served(sandbox, host) == OTHERS
    assert [event["value"]["text"] for event in sandbox.events(before) if event["kind"] == "body"] == [OTHERS.decode()]
    assert "gone" not in [event["kind"] for event in sandbox.events(before)]
    config = cloudfront.get_distribution_config(Id=source)["DistributionConfig"]
    assert not config["Aliases"].get("Items")
    cloudfront.associate_alias(TargetDistributionId=source, Alias=host)
    assert served(sandbox, host) == POLICY


def test_an_alias_of_a_stranger_moves_only_when_disabled(sandbox):
    """Until then AWS refuses; who disables it takes the policy away meanwhile."""
    host = "mta-sts.e.example.com"
    target, name = second(sandbox, host)
    source, _ = sandbox.add_distribution(host, POLICY, stranger=True)
    cloudfront = aws(sandbox, "cloudfront")
    sandbox.set_records(f"_{host}", "TXT", [name])
    move = {"TargetDistributionId": target, "Alias": host}
    assert refusal(cloudfront.associate_alias, **move) == (
        "IllegalUpdate",
        "Alias move is not allowed since the source distribution is enabled.",
    )
    sandbox.switch_distribution(source, enabled=False)
    assert served(sandbox, host) is None
    cloudfront.associate_alias(**move)
    assert served(sandbox, host) == OTHERS
    assert refusal(cloudfront.associate_alias, TargetDistributionId=source, Alias=host)[0] == "NoSuchDistribution"
    sandbox.switch_distribution(source, enabled=True)
    assert served(sandbox, host) == OTHERS
    with pytest.raises(CannotLook, match="no distribution E1 in the sandbox"):
        sandbox.switch_distribution("E1", enabled=True)


def test_what_a_target_must_be(sandbox):
    """There, enabled, with a certificate for the alias."""
    host, other = "mta-sts.f.example.com", "mta-sts.g.example.com"
    target, name = second(sandbox, host)
    cloudfront = aws(sandbox, "cloudfront")
    for alias in (host, other):
        sandbox.set_records(f"_{alias}", "TXT", [name])
    assert refusal(cloudfront.associate_alias, TargetDistributionId="E1", Alias=host)[0] == "NoSuchDistribution"
    code, message = refusal(cloudfront.associate_alias, TargetDistributionId=target, Alias=other)
    assert (code, "certificate" in message) == ("IllegalUpdate", True)
    sandbox.switch_distribution(target, enabled=False)
    code, message = refusal(cloudfront.associate_alias, TargetDistributionId=target, Alias=host)
    assert (code, "not enabled" in message) == ("IllegalUpdate", True)


def test_who_holds_an_alias_is_told_in_part(sandbox):
    """Of every account, wildcards over it too, with the ends of the ids; only to who has a certificate for it."""
    host = "mta-sts.h.example.com"
    mine, _ = second(sandbox, host)
    exact, _ = sandbox.add_distribution(host, POLICY)
    wide, _ = sandbox.add_distribution("*.h.example.com", OTHERS, stranger=True)
    cloudfront = aws(sandbox, "cloudfront")
    told = cloudfront.list_conflicting_aliases(DistributionId=mine, Alias=host)["ConflictingAliasesList"]
    assert told["Quantity"] == 2
    assert [(each["Alias"], each["DistributionId"], each["AccountId"]) for each in told["Items"]] == [
        (host, "*" * 7 + exact[-7:], "******789012"),
        ("*.h.example.com", "*" * 7 + wide[-7:], "******112233"),
    ]
    asked = {"DistributionId": mine, "Alias": "mta-sts.example.com"}
    assert refusal(cloudfront.list_conflicting_aliases, **asked)[0] == "InvalidArgument"
    # The exact name wins over the wildcard, and leaves it to the wildcard when it goes.
    assert served(sandbox, host) == POLICY
    config = cloudfront.get_distribution_config(Id=exact)
    bare = config["DistributionConfig"] | {"Aliases": {"Quantity": 0}}
    stale = {"Id": exact, "IfMatch": "E0", "DistributionConfig": bare}
    assert refusal(cloudfront.update_distribution, **stale)[0] == "InvalidIfMatchVersion"
    cloudfront.update_distribution(**stale | {"IfMatch": config["ETag"]})
    events = sandbox.events()
    assert events[-1]["seq"] == len(events)


def test_it_all_survives_a_restart(sandbox):
    """A stranger's policy and certificate, who holds what, and that one is disabled."""
    host, own = "mta-sts.i.example.com", "mta-sts.j.example.com"
    sandbox.add_distribution(host, POLICY, stranger=True)
    sandbox.add_distribution(own, OTHERS)
    off, _ = sandbox.add_distribution("mta-sts.k.example.com", POLICY)
    sandbox.switch_distribution(off, enabled=False)
    before = sandbox.status()["distributions"]
    client.down(sandbox.state_dir)
    again, _ = client.up(sandbox.state_dir)
    assert again.status()["distributions"] == before
    assert (served(again, host), served(again, own)) == (POLICY, OTHERS)
    assert served(again, "mta-sts.k.example.com") is None
