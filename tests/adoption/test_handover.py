"""Records handed to other tools: forms that those tools read, with the providers' own ids."""

import yaml

from mtasts.adoption.handover import Handed, octodns, pulumi, terraform

ROUTE53, CLOUDFLARE = "aws:route53/record:Record", "cloudflare:index/dnsRecord:DnsRecord"
TXT = Handed(
    "shop.example",
    ROUTE53,
    "Z1_ _mta-sts.shop.example_TXT".replace(" ", ""),
    {"zoneId": "Z1", "name": "_mta-sts.shop.example", "type": "TXT", "ttl": 300.0, "records": ["v=STSv1; id=1;"]},
)
ALIAS = {"name": "d111.cloudfront.net", "zoneId": "Z2", "evaluateTargetHealth": False}
HOSTS = [
    Handed(
        "shop.example",
        ROUTE53,
        f"Z1_mta-sts.shop.example_{kind}",
        {"zoneId": "Z1", "name": "mta-sts.shop.example", "type": kind, "aliases": [ALIAS]},
    )
    for kind in ("A", "AAAA")
]
PROOF = Handed(
    "shop.example",
    CLOUDFLARE,
    "id1",
    {
        "zoneId": "f" * 32,
        "name": "_abc.mta-sts.shop.example",
        "type": "CNAME",
        "content": "_def.acm-validations.aws",
        "ttl": 300,
        "proxied": False,
        "comment": 'a "${comment}" %{of} ours',
    },
)
REPORTS = Handed(
    "shop.example",
    CLOUDFLARE,
    "id2",
    {
        "zoneId": "f" * 32,
        "name": "_smtp._tls.shop.example",
        "type": "TXT",
        "content": '"v=TLSRPTv1; rua=mailto:it\'s@shop.example"',
        "ttl": 300,
    },
)


def test_what_a_record_says():
    """In the words of DNS, whichever provider has it."""
    assert (TXT.kind, TXT.name, TXT.value, TXT.ttl) == ("TXT", "_mta-sts.shop.example", "v=STSv1; id=1;", 300)
    assert [(one.kind, one.value, one.ttl) for one in HOSTS] == [
        ("A", "d111.cloudfront.net", 0),
        ("AAAA", "d111.cloudfront.net", 0),
    ]
    assert (PROOF.value, PROOF.import_id) == ("_def.acm-validations.aws", f"{'f' * 32}/id1")
    assert REPORTS.value == "v=TLSRPTv1; rua=mailto:it's@shop.example"
    assert Handed("shop.example", "other:dns:Record", "1", {}).provider == ""


def test_terraform_imports_each_and_changes_none():
    """The ids are those of the provider's import; no template begins in a text of ours."""
    text = terraform([TXT, *HOSTS, PROOF])
    assert 'import {\n  to = aws_route53_record.shop_example_mta_sts\n  id = "Z1__mta-sts.shop.example_TXT"\n}' in text
    assert 'records = ["v=STSv1; id=1;"]' in text
    assert 'resource "aws_route53_record" "shop_example_policy_host_aaaa" {' in text
    assert (
        '  alias {\n    name = "d111.cloudfront.net"\n    zone_id = "Z2"\n    evaluate_target_health = false\n  }'
        in text
    )
    assert f'id = "{"f" * 32}/id1"' in text
    assert r'comment = "a \"$${comment}\" %%{of} ours"' in text
    assert 'content = "\\"v=TLSRPTv1;' in terraform([REPORTS])
    assert terraform([Handed("shop.example", "other:dns:Record", "1", {})]) == ""


def test_pulumi_imports_each():
    """One command a record, as one line of a shell."""
    assert pulumi([TXT, PROOF]).splitlines() == [
        f"pulumi import {ROUTE53} shop-example-mta-sts Z1__mta-sts.shop.example_TXT",
        f"pulumi import {CLOUDFLARE} shop-example-validation {'f' * 32}/id1",
    ]


def test_octodns_has_each_name_once_and_no_bare_semicolon():
    """octoDNS refuses a semicolon that is not escaped, or sees a change for ever."""
    zone = yaml.safe_load(octodns("shop.example", [TXT, *HOSTS, PROOF, REPORTS]))
    assert zone["_mta-sts"] == {"type": "TXT", "ttl": 300, "value": r"v=STSv1\; id=1\;"}
    assert zone["_smtp._tls"]["value"] == r"v=TLSRPTv1\; rua=mailto:it's@shop.example"
    assert zone["_abc.mta-sts"] == {"type": "CNAME", "ttl": 300, "value": "_def.acm-validations.aws."}
    assert zone["mta-sts"]["type"] == "Route53Provider/ALIAS"
    assert [value["type"] for value in zone["mta-sts"]["values"]] == ["A", "AAAA"]
    assert {value["name"] for value in zone["mta-sts"]["values"]} == {"d111.cloudfront.net."}
