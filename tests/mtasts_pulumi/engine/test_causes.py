"""What the clouds' errors mean: every row of the table, by the very words of the sandbox's providers."""

import copy
from collections.abc import Awaitable, Callable

import pytest

from mtasts_pulumi.engine.causes import CAUSES, Cause, cause_of, record_of, service_words
from mtasts_pulumi.engine.failures import problems
from mtasts_sandbox.cloud.by_hand import set_records
from mtasts_sandbox.refusals import REFUSALS
from tests.mtasts_sandbox.cloud_stage import QUOTAS, EngineSide, Refused, distribution_inputs, play

NET = {"zoneId": "cfnet", "ttl": 300.0}
COM = {"zoneId": "ZCOM", "ttl": 300}
TXT = {"type": "TXT", "content": '"v=STSv1; id=1;"'}
BARE = distribution_inputs("b.s3.us-east-1.amazonaws.com", None, [])


async def refused(call: Awaitable) -> str:
    with pytest.raises(Refused) as caught:
        await call
    return str(caught.value)


async def taken_address(engine: EngineSide) -> str:
    await engine.create("dns", **NET, name="mta-sts.example.net", type="A", content="192.0.2.1")
    return await refused(engine.create("dns", **NET, name="mta-sts.example.net", type="CNAME", content="d1.example"))


async def taken_alias(engine: EngineSide) -> str:
    await engine.create("dns", **NET, name="mta-sts.example.net", type="CNAME", content="d1.example")
    return await refused(engine.create("dns", **NET, name="mta-sts.example.net", type="A", content="192.0.2.1"))


async def identical(engine: EngineSide) -> str:
    await engine.create("dns", **NET, name="_mta-sts.example.net", **TXT)
    return await refused(engine.create("dns", **NET, name="_mta-sts.example.net", **TXT))


async def gone(engine: EngineSide) -> str:
    record = await engine.create("dns", **NET, name="_mta-sts.example.net", **TXT)
    engine.cloud.cloudflare.delete(record.id)
    engine.cloud.commit()
    return await refused(engine.update(record, ttl=600.0))


async def no_cloudflare_zone(engine: EngineSide) -> str:
    return await refused(engine.create("dns", zoneId="nowhere", ttl=300.0, name="a.example.net", **TXT))


def fault(name: str, kind: str) -> Callable[[EngineSide], Awaitable[str]]:
    async def provoke(engine: EngineSide) -> str:
        engine.faults.set(name, where=f"{'cloudflare' if kind == 'dns' else 'aws'}:*")
        if kind == "dns":
            return await refused(engine.create("dns", **NET, name="_mta-sts.example.net", **TXT))
        return await refused(engine.create("record", **COM, name="_mta-sts.example.com", type="TXT", records=["a"]))

    provoke.__name__ = f"{name} {kind}"
    return provoke


async def taken_record(engine: EngineSide) -> str:
    await engine.create("record", **COM, name="_mta-sts.example.com", type="TXT", records=["other"])
    return await refused(engine.create("record", **COM, name="_mta-sts.example.com", type="TXT", records=["ours"]))


async def beside_an_alias(engine: EngineSide) -> str:
    await engine.create("record", **COM, name="_mta-sts.example.com", type="CNAME", records=["other.example"])
    return await refused(engine.create("record", **COM, name="_mta-sts.example.com", type="TXT", records=["ours"]))


async def of_another_zone(engine: EngineSide) -> str:
    return await refused(engine.create("dns", **NET, name="_mta-sts.example.com", **TXT))


async def gone_from_route53(engine: EngineSide) -> str:
    record = await engine.create("record", **COM, name="_mta-sts.example.com", type="TXT", records=["ours"])
    engine.cloud.route53.change("ZCOM", None, engine.cloud.route53.get("ZCOM", "_mta-sts.example.com", "TXT"))
    engine.cloud.commit()
    return await refused(engine.update(record, records=["new"]))


async def no_hosted_zone(engine: EngineSide) -> str:
    return await refused(engine.create("record", zoneId="ZNONE", ttl=300, name="a", type="TXT", records=["a"]))


async def alias_in_use(engine: EngineSide) -> str:
    site = await engine.site("mta-sts.example.com")
    return await refused(engine.create("distribution", "second", **copy.deepcopy(site.inputs)))


async def quota_of_the_account(engine: EngineSide) -> str:
    for number in range(QUOTAS.distributions["distributionsPerAccount"]):
        await engine.create("distribution", f"d{number}", **BARE)
    return await refused(engine.create("distribution", "more", **BARE))


async def quota_of_a_function(engine: EngineSide) -> str:
    function = await engine.create("function", code="function handler(event) {}", runtime="cloudfront-js-2.0")
    association = [{"eventType": "viewer-request", "functionArn": function.state["arn"]}]
    behavior = BARE["defaultCacheBehavior"] | {"functionAssociations": association}
    for number in range(QUOTAS.distributions["distributionsPerFunction"]):
        await engine.create("distribution", f"d{number}", **BARE | {"defaultCacheBehavior": behavior})
    return await refused(engine.create("distribution", "more", **BARE | {"defaultCacheBehavior": behavior}))


async def quota_of_names(engine: EngineSide) -> str:
    names = [f"mta-sts.d{number}.example.com" for number in range(11)]
    return await refused(
        engine.create(
            "certificate",
            domainName=names[0],
            subjectAlternativeNames=names[1:],
            validationMethod="DNS",
            region="us-east-1",
        )
    )


async def quota_of_policies(engine: EngineSide) -> str:
    nosniff = {"contentTypeOptions": {"override": True}}
    for number in range(2):
        await engine.create("headers", f"h{number}", securityHeadersConfig=nosniff)
    return await refused(engine.create("headers", "more", securityHeadersConfig=nosniff))


async def no_certificate(engine: EngineSide) -> str:
    inputs = distribution_inputs("b.s3.us-east-1.amazonaws.com", "arn:aws:acm:us-east-1:1:certificate/x", ["a.example"])
    return await refused(engine.create("distribution", **inputs))


async def never_issued(engine: EngineSide) -> str:
    certificate = await engine.create(
        "certificate", domainName="mta-sts.example.com", validationMethod="DNS", region="us-east-1"
    )
    return await refused(engine.create("validation", certificateArn=certificate.id, region="us-east-1"))


async def forbidden_by_caa(engine: EngineSide) -> str:
    set_records(engine.cloud, "example.com", "CAA", 60, ['0 issue "letsencrypt.org"'])
    certificate = await engine.create(
        "certificate", domainName="mta-sts.example.com", validationMethod="DNS", region="us-east-1"
    )
    (option,) = certificate.state["domainValidationOptions"]
    set_records(engine.cloud, option["resourceRecordName"], "CNAME", 60, [option["resourceRecordValue"]])
    return await refused(engine.create("validation", certificateArn=certificate.id, region="us-east-1"))


async def no_bucket(engine: EngineSide) -> str:
    return await refused(engine.create("object", bucket="no-such-bucket", key="a", content="a"))


async def failed_inside(engine: EngineSide) -> str:
    engine.faults.set("provider-error", 1, "aws:*")
    return await refused(engine.create("bucket"))


PROVOKED = (
    (taken_address, "mta-sts.example.net has an A, AAAA or CNAME record already"),
    (taken_alias, "has a CNAME record already"),
    (identical, "has this very record already"),
    (gone, "was changed or deleted by hand"),
    (no_cloudflare_zone, "its DNS zone is not there, or these credentials do not reach it"),
    (fault("access-denied", "dns"), "Cloudflare does not accept these credentials"),
    (fault("bad-credentials", "dns"), "Cloudflare does not accept these credentials"),
    (fault("expired-credentials", "dns"), "Cloudflare does not accept these credentials"),
    (fault("throttled", "dns"), "Cloudflare was asked too often"),
    (fault("api-unreachable", "dns"), "API cannot be reached"),
    (taken_record, "is there already, and is not ours"),
    (beside_an_alias, "has another record, and a CNAME stands alone"),
    (of_another_zone, "does not belong into its zone"),
    (gone_from_route53, "was changed or deleted by hand"),
    (no_hosted_zone, "its DNS zone is not there"),
    (alias_in_use, "another CloudFront distribution has the host name, exactly"),
    (quota_of_the_account, "a quota of CloudFront distributions is used up"),
    (quota_of_a_function, "a quota of CloudFront distributions is used up"),
    (quota_of_names, "more names than the account's quota"),
    (quota_of_policies, "a quota of the AWS account is used up"),
    (no_certificate, "CloudFront does not take the certificate"),
    (forbidden_by_caa, "CAA records did not let Amazon issue"),
    (never_issued, "ACM did not see the validation record"),
    (fault("access-denied", "record"), "these AWS credentials may not do that"),
    (fault("expired-credentials", "record"), "the AWS credentials have expired"),
    (fault("bad-credentials", "record"), "AWS does not accept these credentials"),
    (fault("throttled", "record"), "AWS was asked too often"),
    (fault("api-unreachable", "record"), "API cannot be reached"),
    (no_bucket, "the policy bucket was deleted by hand"),
    (failed_inside, "the service itself failed"),
)


def test_each_row_is_met_and_told_with_its_way_out():
    """What it is, what the service said and its code, and what to do: one line each; and no row is only believed."""
    met, faults = [], set()
    for provoke, says in PROVOKED:
        said: list[str] = []

        async def act(engine: EngineSide, provoke=provoke, said=said) -> None:
            said.append(await provoke(engine))
            faults.update(fault.name for fault in engine.faults.active())

        play(act)
        met.append(judge(provoke.__name__, said[0], says))
    assert [cause.says for cause in CAUSES if cause not in met] == []
    assert faults >= {kind.name for kind in REFUSALS}


def judge(name: str, said: str, says: str) -> Cause:
    cause = cause_of(said)
    assert cause is not None, (name, said)
    (problem,) = problems(
        [(urn_of("example.net-host-cname"), f"1 error occurred:\n\t* {said}\n")], {}, destroying=False
    )
    assert problem.message.startswith("example.net-host-cname: "), name
    assert says.replace("{record}", "mta-sts.example.net") in problem.message, name
    assert problem.hint == cause.out, name
    assert service_words(said)[:60] in problem.message, name
    assert len(problem.message) < 450, name
    assert problem.message.isprintable(), name
    return cause


def urn_of(name: str) -> str:
    return f"urn:pulumi:prod::mtasts::mtasts:index:PolicyHost$cloudflare:index/dnsRecord:DnsRecord::{name}"


def test_what_is_about_the_asker_is_told_once():
    """Wrong credentials fail every resource of a run; the line counts them."""
    denied = "creating X: operation error S3: Y, https response error StatusCode: 403, api error AccessDenied: no"
    errors = [(urn_of(f"d{number}.example-host-a"), f"{denied} d{number}") for number in range(100)]
    (problem,) = problems(errors, {}, destroying=False)
    assert problem.message == (
        "d0.example-host-a: these AWS credentials may not do that (AccessDenied: no d0); the same for 99 more"
    )


def test_what_a_hook_saw_is_told_for_each_domain():
    """A policy host that refuses connections is no API out of reach, and each domain has its own line."""
    seen = 'before hook "read-back-served" failed: {0}: the new policy was not seen within 5 s: connection refused'
    errors = [(urn_of(f"{domain}-mta-sts"), seen.format(domain)) for domain in ("a.example", "b.example")]
    assert [problem.message[:30] for problem in problems(errors, {}, destroying=False)] == [
        "a.example-mta-sts: not publish",
        "b.example-mta-sts: not publish",
    ]


@pytest.mark.parametrize(
    ("resource", "record"),
    [
        ("example.com-mta-sts", "_mta-sts.example.com"),
        ("example.com-tls-rpt", "_smtp._tls.example.com"),
        ("example.com-host-a", "mta-sts.example.com"),
        ("example.com-host-aaaa", "mta-sts.example.com"),
        ("example.com-host-cname", "mta-sts.example.com"),
        ("shared-distribution", "shared-distribution"),
        ("-mta-sts", "-mta-sts"),
        ("", ""),
    ],
)
def test_a_resource_by_the_name_that_people_know(resource, record):
    """The name in DNS, where it is a record of ours."""
    assert record_of(resource) == record


@pytest.mark.parametrize("text", ["boom", "", "{record}", "code 81053 of somebody else", "x" * 100_000])
def test_what_is_not_known_is_not_guessed(text):
    """No row fits, and the text is passed on."""
    assert cause_of(text) is None


def test_what_a_service_says_cannot_steer_the_terminal():
    """Escaped, in our words and beside them, and never a format of ours."""
    hostile = 'POST: 400 {"errors":[{"code":81053,"message":"\x1b[2J{record} {0} \u202e' + "y" * 9000 + '"}]}'
    for text in (hostile, "\x1b]0;title\x07 {record} {0}"):
        (problem,) = problems([(urn_of("example.com-mta-sts"), text)], {}, destroying=False)
        assert problem.message.isprintable()
        assert "{record} {0}" in problem.message
        assert len(problem.message) < 450
