"""Import: each resource type that the components register, read by the id alone, as its provider's page says."""

import hashlib
import json

import pytest

from mtasts_sandbox.cloud.registry import RESOURCES
from tests.mtasts_sandbox.cloud_stage import TYPES, EngineSide, Refused, Thing, on_cloud

HOST = "mta-sts.example.com"
TEXT = "version: STSv1\r\nmode: none\r\nmax_age: 60\r\n"
LONG = "v=TLSRPTv1; rua=" + ",".join(f"mailto:{n}@reports.example.com" for n in range(12))
NET = {"zoneId": "cfnet", "ttl": 300}
COM = {"zoneId": "ZCOM"}


async def publish(engine: EngineSide) -> dict[str, Thing]:
    """One thing of each type, with inputs as the components give them, by the words of IMPORTS."""
    site = await engine.site(HOST, "mta-sts.b.example.com")
    bucket = site.inputs["origins"][0]["domainName"].partition(".")[0]
    function = await engine.create(
        "function", name="one-path", code="function handler(e) { return e.request; }", runtime="cloudfront-js-2.0"
    )
    nosniff = {"contentTypeOptions": {"override": True}}
    headers = await engine.create("headers", comment="ours", name="h", securityHeadersConfig=nosniff)
    behavior = site.inputs["defaultCacheBehavior"] | {
        "functionAssociations": [{"eventType": "viewer-request", "functionArn": function.state["arn"]}],
        "responseHeadersPolicyId": headers.id,
    }
    site = await engine.update(site, defaultCacheBehavior=behavior, comment="ours", retainOnDelete=False)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": site.state["arn"]}},
    }
    on_bucket = {"bucket": bucket}
    alias = {"name": site.state["domainName"], "zoneId": site.state["hostedZoneId"], "evaluateTargetHealth": False}
    arn = site.inputs["viewerCertificate"]["acmCertificateArn"]
    certificate = await engine.import_("certificate", arn)
    assert certificate is not None
    return {
        "bucket": Thing("bucket", "it", bucket, {"bucket": bucket, "forceDestroy": False}, {}),
        "versioning": await engine.create("versioning", **on_bucket, versioningConfiguration={"status": "Enabled"}),
        "access": await engine.create("access", **on_bucket, blockPublicAcls=True, blockPublicPolicy=True),
        "ownership": await engine.create("ownership", **on_bucket, rule={"objectOwnership": "BucketOwnerEnforced"}),
        "policy": await engine.create("policy", **on_bucket, policy=json.dumps({"Statement": [statement]})),
        "object": await engine.create(
            "object",
            **on_bucket,
            key=f"{HOST}/.well-known/mta-sts.txt",
            content=TEXT,
            contentType="text/plain",
            metadata={"mta-sts-id": "1"},
        ),
        "oac": await engine.import_("oac", site.inputs["origins"][0]["originAccessControlId"]),
        "function": function,
        "headers": headers,
        "distribution": site,
        "certificate": Thing(
            "certificate",
            "it",
            arn,
            {
                "domainName": HOST,
                "subjectAlternativeNames": ["mta-sts.b.example.com"],
                "validationMethod": "DNS",
                "region": "us-east-1",
            },
            {},
        ),
        "A alias": await engine.create("record", **COM, name=HOST, type="A", aliases=[alias]),
        "AAAA alias": await engine.create("record", **COM, name=HOST, type="AAAA", aliases=[alias]),
        "TXT": await engine.create(
            "record", **COM, name="_mta-sts.example.com", type="TXT", ttl=300, records=["v=STSv1; id=1;"]
        ),
        "long TXT": await engine.create(
            "record",
            **COM,
            name="_smtp._tls.example.com",
            type="TXT",
            ttl=300,
            records=[f'{LONG[:255]}""{LONG[255:]}'],
        ),
        "CNAME": await engine.create(
            "record", **COM, name="www.example.com", type="CNAME", ttl=300, records=["example.com"]
        ),
        "dns TXT": await engine.create(
            "dns", **NET, name="_mta-sts.example.net", type="TXT", content='"v=STSv1; id=1;"', comment="ours"
        ),
        "dns CNAME": await engine.create(
            "dns", **NET, name="mta-sts.example.net", type="CNAME", content="d1.cloudfront.net", proxied=False
        ),
    }


# What -> the id that an import gives (of the thing: `{id}`, `{bucket}`), and what the program's own inputs then change.
IMPORTS = {
    "bucket": ("{id}", {}),
    "versioning": ("{id}", {}),
    "access": ("{id}", {"ignorePublicAcls": "DELETE", "restrictPublicBuckets": "DELETE"}),
    "ownership": ("{id}", {}),
    "policy": ("{id}", {}),
    "object": ("{id}", {"content": "ADD", "forceDestroy": "ADD"}),
    "oac": ("{id}", {}),
    "function": ("one-path", {"publish": "ADD"}),
    "headers": ("{id}", {}),
    "distribution": ("{id}", {}),
    "certificate": ("{id}", {}),
    "A alias": ("ZCOM_mta-sts.example.com_A", {}),
    "AAAA alias": ("ZCOM_mta-sts.example.com_AAAA", {}),
    "TXT": ("ZCOM__mta-sts.example.com_TXT", {}),
    "long TXT": ("ZCOM__smtp._tls.example.com_TXT", {}),
    "CNAME": ("ZCOM_www.example.com_CNAME", {}),
    "dns TXT": ("cfnet/{id}", {}),
    "dns CNAME": ("cfnet/{id}", {}),
}


@on_cloud
async def test_what_the_program_made_is_imported_as_it_says_it(engine: EngineSide):
    """Inputs that its own check takes; the program then changes what no provider can read back, and nothing else."""
    found = {}
    for what, thing in (await publish(engine)).items():
        imported = await engine.import_(thing.kind, IMPORTS[what][0].format(id=thing.id))
        assert imported is not None, what
        assert imported.id == thing.id, what
        await engine.check(thing.kind, "it", imported.inputs)
        changes, replaced, _ = await engine.diff_to(imported, thing.inputs)
        found[what] = (changes, replaced)
    assert found == {what: (changes, []) for what, (_, changes) in IMPORTS.items()}


def test_each_type_that_can_be_imported_is():
    """All but the validation, whose provider has no import, and the encryption that no component registers; IAM's are
    in aws/test_iam.py."""
    kinds = {what.split()[-1] if what.startswith(("A", "TXT")) else what for what in IMPORTS}
    tokens = {TYPES["record"], TYPES["dns"]} | {TYPES[kind] for kind in kinds if kind in TYPES}
    left = {"ServerSideEncryptionConfiguration", "CertificateValidation"}
    assert {t for t in RESOURCES if not t.endswith(tuple(left)) and not t.startswith("aws:iam/")} == tokens


@on_cloud
async def test_what_is_not_there_is_not_imported(engine: EngineSide):
    """The engine is told that there is no such thing; an id of another form is refused."""
    for kind, id_ in (
        ("bucket", "none"),
        ("policy", "none"),
        ("object", "none/key"),
        ("oac", "E1"),
        ("function", "none"),
        ("headers", "1"),
        ("distribution", "E1"),
        ("certificate", "arn:aws:acm:us-east-1:123456789012:certificate/none"),
        ("record", "ZCOM_none.example.com_TXT"),
        ("record", "ZNONE_none.example.com_TXT"),
        ("dns", "cfnet/none"),
    ):
        assert await engine.import_(kind, id_) is None, kind
    made = await engine.create("dns", **NET, name="a.example.net", type="TXT", content='"x"')
    assert await engine.import_("dns", f"other/{made.id}") is None
    for kind, id_, message in (
        ("record", "ZCOM", "ZONEID_NAME_TYPE"),
        ("dns", made.id, "<zone_id>/<dns_record_id>"),
        ("dns", "cfnet/", "<zone_id>/<dns_record_id>"),
        ("validation", "2026-01-01", "doesn't support import"),
    ):
        with pytest.raises(Refused, match=message):
            await engine.import_(kind, id_)


@on_cloud
async def test_an_object_is_imported_by_its_url_too(engine: EngineSide):
    """S3's own form of an address; the id is bucket and key. A new content is a new version, at once."""
    bucket = await engine.create("bucket")
    made = await engine.create("object", bucket=bucket.id, key="a/b", content="x")
    imported = await engine.import_("object", f"s3://{bucket.id}/a/b")
    assert imported is not None
    assert imported.id == made.id
    changed = await engine.update(imported, content="y")
    assert changed.state["etag"] == hashlib.md5(b"y", usedforsecurity=False).hexdigest()


@on_cloud
async def test_an_imported_record_changes_in_place(engine: EngineSide):
    """Strings that another tool cut otherwise, another type, an address that becomes an alias: one batch each."""
    site = await engine.site(HOST)
    alias = {"name": site.state["domainName"], "zoneId": site.state["hostedZoneId"], "evaluateTargetHealth": False}
    cut = f'{LONG[:100]}" "{LONG[100:300]}" "{LONG[300:]}'
    name = "_smtp._tls.example.com"
    await engine.create("record", **COM, name=name, type="TXT", ttl=300, records=[cut])
    imported = await engine.import_("record", f"ZCOM_{name}_TXT")
    assert imported is not None
    assert imported.inputs["records"] == [cut]
    assert (await engine.diff(imported, records=[f'{LONG[:255]}""{LONG[255:]}']))[0] == {"records[0]": "UPDATE"}
    await engine.create("record", **COM, name=HOST, type="CNAME", ttl=300, records=["org.pages.example"])
    imported = await engine.import_("record", f"ZCOM_{HOST}_CNAME")
    assert await engine.diff(imported, name=f"{HOST}.") == ({}, [], False)
    assert imported is not None
    with pytest.raises(Refused, match="is not permitted as it conflicts with other records"):
        await engine.create("record", **COM, name=HOST, type="AAAA", aliases=[alias])
    changed = await engine.update(imported, type="A", records=None, ttl=None, aliases=[alias])
    assert changed.state["fqdn"] == HOST
    await engine.create("record", **COM, name=HOST, type="AAAA", aliases=[alias])
    with pytest.raises(Refused, match="conflicts with other records"):
        await engine.update(changed, type="CNAME", aliases=None, ttl=60, records=["org.pages.example"])
