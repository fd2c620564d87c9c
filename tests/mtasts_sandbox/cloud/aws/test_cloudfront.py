"""Distributions and what belongs to them: refused as CloudFront refuses, and what the edge then gets to serve."""

import copy

import pytest

from mtasts_sandbox.cloud.aws import sites_by_hand
from tests.mtasts_sandbox.cloud_stage import EngineSide, Refused, distribution_inputs, on_cloud

CODE = "function handler(event) { return event.request; }"
OAC = {"originAccessControlOriginType": "s3", "signingBehavior": "always", "signingProtocol": "sigv4"}
NOSNIFF = {"contentTypeOptions": {"override": True}}


def with_behavior(site, **changes):
    return site.inputs["defaultCacheBehavior"] | changes


@on_cloud
async def test_a_distribution_serves_its_aliases_and_its_own_name(engine: EngineSide):
    """With its certificate, and nothing under another name."""
    site = await engine.site("mta-sts.example.com", "mta-sts.b.example.com")
    domain = site.state["domainName"]
    assert domain.startswith("d")
    assert domain.endswith(".cloudfront.net")
    assert (site.state["hostedZoneId"], site.state["status"]) == ("Z2FDTNDATAQYW2", "Deployed")
    for host in ("mta-sts.example.com", "mta-sts.b.example.com", domain):
        served = engine.cloud.site(host)
        assert served.host == host
        assert served.certificate_pem.startswith("-----BEGIN CERTIFICATE-----")
        assert (served.viewer_protocol, served.minimum_tls, served.ipv6) == ("https-only", "TLSv1.2_2021", True)
    assert engine.cloud.site("mta-sts.example.org") is None
    assert sorted(engine.cloud.hosts()) == sorted(["mta-sts.example.com", "mta-sts.b.example.com", domain])
    zone = engine.cloud.zone_of(domain)
    assert (zone.name, engine.cloud.rrset(zone, domain, "A").values) == ("cloudfront.net", ("127.0.0.1",))


@on_cloud
async def test_a_wildcard_alias_covers_every_name_below_it(engine: EngineSide):
    """CloudFront's rule, other than a certificate's: a deeper name is served, under a certificate that is not its."""
    await engine.site("*.example.com")
    assert engine.cloud.site("mta-sts.example.com") is not None
    assert engine.cloud.site("example.com") is None
    assert engine.cloud.site("a.b.example.com") is not None


@on_cloud
async def test_an_update_changes_what_is_served(engine: EngineSide):
    """Aliases come and go with it; disabled it serves nothing; all in place."""
    site = await engine.site("mta-sts.example.com", "mta-sts.b.example.com")
    assert await engine.diff(site, aliases=["mta-sts.b.example.com", "mta-sts.example.com"]) == ({}, [], False)
    assert await engine.diff(site, aliases=["mta-sts.example.com"]) == (
        {"aliases[0]": "UPDATE", "aliases[1]": "DELETE"},
        [],
        False,
    )
    after = await engine.update(site, aliases=["mta-sts.example.com"])
    assert engine.cloud.site("mta-sts.b.example.com") is None
    assert after.state["etag"] != site.state["etag"]
    await engine.update(after, enabled=False)
    assert engine.cloud.site("mta-sts.example.com") is None


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("NoSuchOrigin", {"defaultCacheBehavior": {"targetOriginId": "other"}}),
        (
            "NoSuchOriginAccessControl",
            {"origins": [{"domainName": "x", "originId": "s3", "originAccessControlId": "E"}]},
        ),
        ("NoSuchResponseHeadersPolicy", {"defaultCacheBehavior": {"responseHeadersPolicyId": "E"}}),
        (
            "NoSuchFunctionExists",
            {
                "defaultCacheBehavior": {
                    "functionAssociations": [
                        {
                            "eventType": "viewer-request",
                            "functionArn": "arn:aws:cloudfront::123456789012:function/gone",
                        }
                    ]
                }
            },
        ),
        ("InvalidViewerCertificate", {"aliases": ["mta-sts.c.example.com"]}),
        (
            "InvalidViewerCertificate",
            {"viewerCertificate": {"acmCertificateArn": "arn:aws:acm:us-east-1:1:certificate/x"}},
        ),
        ("TooManyDistributionCNAMEs", {"aliases": [f"n{i}.example.com" for i in range(101)]}),
    ],
)
def test_what_cloudfront_refuses(code, change):
    """By its own error code, and the distribution stays as it was."""

    @on_cloud
    async def refused(engine: EngineSide):
        site = await engine.site("mta-sts.example.com")
        before = engine.cloud.site("mta-sts.example.com")
        inputs = copy.deepcopy(site.inputs)
        for name, value in change.items():
            inputs[name] = {**inputs[name], **value} if isinstance(value, dict) else value
        with pytest.raises(Refused, match=f"api error {code}: "):
            await engine.update(site, **inputs)
        assert engine.cloud.site("mta-sts.example.com") == before

    refused()


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        (
            "defaultCacheBehavior.cachePolicyId",
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "expected defaultCacheBehavior.cache",
        ),
        ("defaultCacheBehavior.viewerProtocolPolicy", "https", "to be one of ['allow-all', 'https-only'"),
        ("viewerCertificate.minimumProtocolVersion", "TLSv1.2", "to be one of"),
        ("viewerCertificate.sslSupportMethod", None, "must be given with acmCertificateArn"),
        ("viewerCertificate.cloudfrontDefaultCertificate", True, "exactly one of"),
        ("restrictions.geoRestriction", None, "Missing required property 'restrictions.geoRestriction'"),
        ("customErrorResponses", [{"errorCode": 403}], "has no input 'customErrorResponses'"),
    ],
)
def test_what_the_provider_refuses(path, value, part):
    """Before it asks, with the path of the input."""

    @on_cloud
    async def refused(engine: EngineSide):
        inputs = distribution_inputs("b.s3.us-east-1.amazonaws.com", "arn", [])
        *parents, last = path.split(".")
        inner = inputs
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
        with pytest.raises(Refused) as error:
            await engine.create("distribution", **inputs)
        assert part in str(error.value)

    refused()


@on_cloud
async def test_an_alias_belongs_to_one_distribution(engine: EngineSide):
    """CNAMEAlreadyExists for the second, until the first lets it go."""
    site = await engine.site("mta-sts.example.com", "mta-sts.b.example.com")
    inputs = copy.deepcopy(site.inputs) | {"aliases": ["mta-sts.example.com"]}
    with pytest.raises(
        Refused, match="CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated"
    ):
        await engine.create("distribution", "second", **inputs)
    await engine.delete(site)
    await engine.create("distribution", "second", **inputs)


@on_cloud
async def test_an_alias_that_was_moved_is_seen_and_keeps_no_update_from_going_on(engine: EngineSide):
    """Read has it at its new place; the program that comes to ask for the same changes nothing in the cloud."""
    target = await engine.site("mta-sts.example.com", "mta-sts.b.example.com", name="target")
    target = await engine.update(target, aliases=["mta-sts.b.example.com"])
    source = await engine.create("distribution", "source", **target.inputs | {"aliases": ["mta-sts.example.com"]})
    await engine.create(
        "record", zoneId="ZCOM", name="_mta-sts", type="TXT", ttl=60, records=[target.state["domainName"]]
    )
    engine.cloud.aliases.associate("mta-sts.example.com", target.id)
    engine.cloud.commit()
    assert (await engine.read(source)).inputs["aliases"] == []
    both = ["mta-sts.b.example.com", "mta-sts.example.com"]
    assert sorted((await engine.read(target)).inputs["aliases"]) == both
    after = await engine.update(target, aliases=both)
    assert await engine.diff(after) == ({}, [], False)
    with pytest.raises(Refused, match="CNAMEAlreadyExists"):
        await engine.update(source, comment="with the alias that it lost")
    await engine.update(source, aliases=[], comment="without")


@on_cloud
async def test_a_strangers_distribution_is_not_there_for_the_provider(engine: EngineSide):
    """It cannot be imported, and does not count against the account's quota."""
    for number in range(5):
        id_, _ = sites_by_hand.make(engine.cloud, f"mta-sts.s{number}.example.com", b"x", own=False)
        assert await engine.import_("distribution", id_) is None
    await engine.site("mta-sts.example.com")


@on_cloud
async def test_aliases_need_a_certificate_that_is_issued_in_us_east_1(engine: EngineSide):
    """None, a pending one and one of another region are refused, each with the reason."""
    origin = "b.s3.us-east-1.amazonaws.com"
    name = "mta-sts.example.com"
    with pytest.raises(Refused, match="you must attach a trusted certificate"):
        await engine.create("distribution", **distribution_inputs(origin, None, [name]))
    for region, part in (("us-east-1", "its status is PENDING_VALIDATION"), ("eu-west-1", "isn't in us-east-1 region")):
        pending = await engine.create("certificate", domainName=name, validationMethod="DNS", region=region)
        with pytest.raises(Refused, match=part):
            await engine.create("distribution", **distribution_inputs(origin, pending.id, [name]))


@on_cloud
async def test_a_distribution_without_certificate_has_none_to_show(engine: EngineSide):
    """Its own name is CloudFront's certificate's business, which the sandbox has not."""
    site = await engine.create("distribution", **distribution_inputs("b.s3.us-east-1.amazonaws.com", None, []))
    assert engine.cloud.site(site.state["domainName"]).certificate_pem is None


@on_cloud
async def test_the_number_of_distributions_is_limited(engine: EngineSide):
    """By the account's quota (here 5)."""
    inputs = distribution_inputs("b.s3.us-east-1.amazonaws.com", None, [])
    for number in range(5):
        await engine.create("distribution", f"d{number}", **inputs)
    with pytest.raises(Refused, match="TooManyDistributions"):
        await engine.create("distribution", "one-more", **inputs)


@on_cloud
async def test_retain_on_delete_only_disables(engine: EngineSide):
    """As the provider does."""
    site = await engine.update(await engine.site("mta-sts.example.com"), retainOnDelete=True)
    await engine.delete(site)
    assert engine.cloud.site("mta-sts.example.com") is None
    assert engine.cloud.cloudfront.distributions[site.id]["inputs"]["enabled"] is False


@on_cloud
async def test_a_function_runs_as_published(engine: EngineSide):
    """A development stage that is not published is not served, nor may it be associated."""
    site = await engine.site("mta-sts.example.com")
    function = await engine.create("function", code=CODE, runtime="cloudfront-js-2.0", publish=False)
    assert (function.state["status"], function.state["liveStageEtag"]) == ("UNPUBLISHED", "")
    association = [{"eventType": "viewer-request", "functionArn": function.state["arn"]}]
    with pytest.raises(Refused, match=r"InvalidFunctionAssociation: .*not published"):
        await engine.update(site, defaultCacheBehavior=with_behavior(site, functionAssociations=association))
    function = await engine.update(function, publish=True)
    site = await engine.update(site, defaultCacheBehavior=with_behavior(site, functionAssociations=association))
    assert engine.cloud.site("mta-sts.example.com").function_code == CODE
    assert await engine.diff(function, code="new") == ({"code": "UPDATE"}, [], False)
    await engine.update(function, code="new", publish=False)
    assert engine.cloud.site("mta-sts.example.com").function_code == CODE
    await engine.update(function, code="new")
    assert engine.cloud.site("mta-sts.example.com").function_code == "new"


@on_cloud
async def test_functions_have_limits(engine: EngineSide):
    """10 KB, one name, known runtimes and events; another name replaces."""
    function = await engine.create("function", code="x" * 10_240, runtime="cloudfront-js-2.0", name="f")
    with pytest.raises(Refused, match="FunctionSizeLimitExceeded: 10241 bytes"):
        await engine.update(function, code="x" * 10_241)
    with pytest.raises(Refused, match="FunctionAlreadyExists"):
        await engine.create("function", "again", code=CODE, runtime="cloudfront-js-2.0", name="f")
    with pytest.raises(Refused, match="expected runtime to be one of"):
        await engine.create("function", code=CODE, runtime="nodejs20.x")
    assert await engine.diff(function, name="g") == ({"name": "UPDATE_REPLACE"}, ["name"], False)


@on_cloud
async def test_headers_of_a_policy(engine: EngineSide):
    """Each header as CloudFront writes it; an update is seen at once."""
    site = await engine.site("mta-sts.example.com")
    policy = await engine.create(
        "headers",
        securityHeadersConfig={
            **NOSNIFF,
            "strictTransportSecurity": {
                "accessControlMaxAgeSec": 31_536_000,
                "includeSubdomains": True,
                "override": True,
            },
            "frameOptions": {"frameOption": "DENY", "override": True},
            "referrerPolicy": {"referrerPolicy": "no-referrer", "override": True},
            "contentSecurityPolicy": {"contentSecurityPolicy": "default-src 'none'", "override": True},
            "xssProtection": {"protection": True, "modeBlock": True, "override": True},
        },
        customHeadersConfig={"items": [{"header": "X-A", "value": "b", "override": True}]},
    )
    behavior = with_behavior(site, responseHeadersPolicyId=policy.id)
    await engine.update(site, defaultCacheBehavior=behavior)
    assert engine.cloud.site("mta-sts.example.com").headers == {
        "X-A": "b",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'",
        "X-XSS-Protection": "1; mode=block",
    }
    await engine.update(policy, securityHeadersConfig=NOSNIFF, customHeadersConfig=None)
    assert engine.cloud.site("mta-sts.example.com").headers == {"X-Content-Type-Options": "nosniff"}


@on_cloud
async def test_headers_policies_have_limits(engine: EngineSide):
    """A quota (here 2), one name, and at least one header."""
    with pytest.raises(Refused, match="must set at least one header"):
        await engine.create("headers")
    await engine.create("headers", "a", name="one", securityHeadersConfig=NOSNIFF)
    with pytest.raises(Refused, match="ResponseHeadersPolicyAlreadyExists"):
        await engine.create("headers", "b", name="one", securityHeadersConfig=NOSNIFF)
    await engine.create("headers", "b", securityHeadersConfig=NOSNIFF)
    with pytest.raises(Refused, match="TooManyResponseHeadersPolicies"):
        await engine.create("headers", "c", securityHeadersConfig=NOSNIFF)


@on_cloud
async def test_what_is_in_use_is_not_deleted(engine: EngineSide):
    """Control, function and headers policy outlive the distribution that uses them."""
    site = await engine.site("mta-sts.example.com")
    function = await engine.create("function", code=CODE, runtime="cloudfront-js-2.0")
    headers = await engine.create("headers", securityHeadersConfig=NOSNIFF)
    association = [{"eventType": "viewer-request", "functionArn": function.state["arn"]}]
    behavior = with_behavior(site, functionAssociations=association, responseHeadersPolicyId=headers.id)
    site = await engine.update(site, defaultCacheBehavior=behavior)
    control = await engine.import_("oac", site.inputs["origins"][0]["originAccessControlId"])
    for thing, code in (
        (function, "FunctionInUse"),
        (headers, "ResponseHeadersPolicyInUse"),
        (control, "OriginAccessControlInUse"),
    ):
        with pytest.raises(Refused, match=code):
            await engine.delete(thing)
    await engine.delete(site)
    for thing in (function, headers, control):
        await engine.delete(thing)
        assert await engine.read(thing) is None
        await engine.delete(thing)


@on_cloud
async def test_an_unsigned_origin_is_not_read(engine: EngineSide):
    """Without an origin access control, or with one that never signs, S3 does not know who asks."""
    control = await engine.create("oac", **OAC | {"signingBehavior": "never"})
    bucket = await engine.create("bucket")
    await engine.create("object", bucket=bucket.id, key="k", content="x")
    inputs = distribution_inputs(bucket.state["bucketRegionalDomainName"], None, [])
    site = await engine.create("distribution", **inputs)
    policy = (
        '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},'
        f' "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{bucket.id}/*"}}]}}'
    )
    await engine.create("policy", bucket=bucket.id, policy=policy)
    host = site.state["domainName"]
    assert engine.cloud.read_object(bucket.id, "k", host) is None
    signed = copy.deepcopy(inputs["origins"])
    signed[0]["originAccessControlId"] = control.id
    site = await engine.update(site, origins=signed)
    assert engine.cloud.read_object(bucket.id, "k", host) is None
    await engine.update(control, signingBehavior="always")
    assert engine.cloud.read_object(bucket.id, "k", host).body == b"x"


@on_cloud
async def test_a_control_has_a_name_of_its_own(engine: EngineSide):
    """Automatic and unique; a second of a given name is refused."""
    first, second = await engine.create("oac", "one", **OAC), await engine.create("oac", "two", **OAC)
    assert first.inputs["name"].startswith("one-")
    assert second.inputs["name"].startswith("two-")
    with pytest.raises(Refused, match="OriginAccessControlAlreadyExists"):
        await engine.create("oac", "three", **OAC, name=first.inputs["name"])


@on_cloud
async def test_what_distributions_share_has_quotas(engine: EngineSide):
    """One control, function or headers policy is used by so many (here 3); a user that stays may be changed."""
    control = await engine.create(
        "oac", originAccessControlOriginType="s3", signingBehavior="always", signingProtocol="sigv4"
    )
    function = await engine.create("function", code=CODE, runtime="cloudfront-js-2.0")
    headers = await engine.create("headers", securityHeadersConfig=NOSNIFF)
    bare = distribution_inputs("b.s3.us-east-1.amazonaws.com", None, [])
    behavior = bare["defaultCacheBehavior"]
    association = [{"eventType": "viewer-request", "functionArn": function.state["arn"]}]
    for code, change in {
        "OriginAccessControl": {"origins": [bare["origins"][0] | {"originAccessControlId": control.id}]},
        "FunctionAssociations": {"defaultCacheBehavior": behavior | {"functionAssociations": association}},
        "ResponseHeadersPolicy": {"defaultCacheBehavior": behavior | {"responseHeadersPolicyId": headers.id}},
    }.items():
        users = [await engine.create("distribution", f"d{number}", **bare | change) for number in range(3)]
        with pytest.raises(Refused, match=rf"api error TooManyDistributions\w+{code}: The maximum number"):
            await engine.create("distribution", "one-more", **bare | change)
        await engine.update(users[0], comment="changed")
        for user in users:
            await engine.delete(user)
