"""Certificates: issued when their validation records are in DNS, and not before."""

import asyncio

import pytest
from cryptography import x509

from mtasts_sandbox.cloud.by_hand import set_records
from mtasts_sandbox.cloud.context import Quotas
from tests.mtasts_sandbox.cloud_stage import UNKNOWN, EngineSide, Refused, on_cloud, play
from tests.patience import PATIENCE

HOST = "mta-sts.example.com"
REQUEST = {"domainName": "mta-sts.example.com", "validationMethod": "DNS", "region": "us-east-1"}


@on_cloud
async def test_a_requested_certificate_is_pending(engine: EngineSide):
    """With a CNAME for each name, dots at the ends, the same for the same name each time."""
    certificate = await engine.create(
        "certificate", **REQUEST, subjectAlternativeNames=["mta-sts.example.net", "*.example.com"]
    )
    options = certificate.state["domainValidationOptions"]
    assert [each["domainName"] for each in options] == ["mta-sts.example.com", "mta-sts.example.net", "*.example.com"]
    for option in options:
        assert option["resourceRecordType"] == "CNAME"
        assert option["resourceRecordName"].startswith("_")
        assert option["resourceRecordName"].endswith("." + option["domainName"].removeprefix("*.") + ".")
        assert option["resourceRecordValue"].endswith(".acm-validations.aws.")
    assert certificate.state["status"] == "PENDING_VALIDATION"
    again = await engine.create("certificate", "again", **REQUEST)
    assert again.id != certificate.id
    assert again.state["domainValidationOptions"] == options[:1]


@on_cloud
async def test_validation_waits_for_the_records_and_then_says_which_are_missing(engine: EngineSide):
    """One of two is not enough; the one that lacks is named with its value."""
    certificate = await engine.create("certificate", **REQUEST, subjectAlternativeNames=["mta-sts.example.net"])
    first, second = certificate.state["domainValidationOptions"]
    set_records(engine.cloud, first["resourceRecordName"], "CNAME", 60, [first["resourceRecordValue"]])
    with pytest.raises(Refused) as refused:
        await engine.create("validation", certificateArn=certificate.id)
    expected = f"not found in the sandbox's DNS: {second['resourceRecordName']} CNAME {second['resourceRecordValue']}"
    assert str(refused.value).endswith(expected)
    assert (await engine.read(certificate)).state["status"] == "PENDING_VALIDATION"
    set_records(engine.cloud, second["resourceRecordName"], "CNAME", 60, ["wrong.example.com."])
    with pytest.raises(Refused, match="not found in the sandbox's DNS: " + second["resourceRecordName"]):
        await engine.create("validation", certificateArn=certificate.id)
    set_records(engine.cloud, second["resourceRecordName"], "CNAME", 60, [second["resourceRecordValue"]])
    validation = await engine.create("validation", certificateArn=certificate.id)
    assert validation.id
    issued = await engine.read(certificate)
    assert issued.state["status"] == "ISSUED"
    assert issued.state["notAfter"] > issued.state["notBefore"] > ""
    assert await engine.diff(issued) == ({}, [], False)


@on_cloud
async def test_validation_ends_as_soon_as_the_records_are_there(engine: EngineSide):
    """It polls: records that come while it waits are seen."""
    certificate = await engine.create("certificate", **REQUEST)
    (option,) = certificate.state["domainValidationOptions"]
    engine.faults.set("validation-wait", PATIENCE)
    looked, validate = asyncio.Event(), engine.cloud.acm.validate

    def look(arn: str) -> list[tuple[str, str]]:
        looked.set()
        return validate(arn)

    engine.cloud.acm.validate = look
    waiting = asyncio.create_task(engine.create("validation", certificateArn=certificate.id))
    await looked.wait()
    assert not waiting.done()
    set_records(engine.cloud, option["resourceRecordName"], "CNAME", 60, [option["resourceRecordValue"]])
    assert (await waiting).id


@pytest.mark.parametrize(
    ("name", "records", "issued"),
    [
        ("mta-sts.example.com", {}, True),
        ("mta-sts.example.com", {"example.com": ['0 issue "letsencrypt.org"']}, False),
        ("mta-sts.example.com", {"example.com": ['0 issue "letsencrypt.org"', '0 issue "amazonaws.com"']}, True),
        ("mta-sts.example.com", {"example.com": ['0 issue ";"']}, False),
        ("mta-sts.example.com", {HOST: ['0 issue "amazon.com"'], "example.com": ['0 issue ";"']}, True),
        ("mta-sts.example.com", {HOST: ['0 issue ";"'], "example.com": ['0 issue "amazon.com"']}, False),
        ("mta-sts.example.com", {"example.com": ['0 issuewild ";"', '0 iodef "mailto:a@example.com"']}, True),
        ("*.example.com", {"example.com": ['0 issue "amazon.com"', '0 issuewild ";"']}, False),
        ("mta-sts.example.com", {"example.com": ['128 unknown "x"']}, False),
    ],
)  # fmt: skip
def test_caa_decides_who_may_issue(name, records, issued):
    """As ACM: FAILED with CAA_ERROR, in the provider's words, and not tried again when the records are better."""

    @on_cloud
    async def asked(engine: EngineSide):
        for owner, values in records.items():
            set_records(engine.cloud, owner, "CAA", 60, values)
        certificate = await engine.create("certificate", **REQUEST | {"domainName": name})
        (option,) = certificate.state["domainValidationOptions"]
        set_records(engine.cloud, option["resourceRecordName"], "CNAME", 60, [option["resourceRecordValue"]])
        if issued:
            assert (await engine.create("validation", certificateArn=certificate.id)).id
            return
        failed = "to be issued: unexpected state 'FAILED', wanted target 'ISSUED'. last error: CAA_ERROR"
        for _ in range(2):
            with pytest.raises(Refused, match=failed):
                await engine.create("validation", certificateArn=certificate.id)
            assert (await engine.read(certificate)).state["status"] == "FAILED"
            for owner in records:
                set_records(engine.cloud, owner, "CAA", 60, [])

    asked()


@on_cloud
async def test_validation_checks_the_names_of_the_records_it_is_given(engine: EngineSide):
    """As the provider does before it waits; and the certificate must be in its region."""
    certificate = await engine.create("certificate", **REQUEST)
    record = certificate.state["domainValidationOptions"][0]["resourceRecordName"]
    with pytest.raises(Refused, match="missing mta-sts.example.com DNS validation record: " + record):
        await engine.create("validation", certificateArn=certificate.id, validationRecordFqdns=["x.example.com"])
    with pytest.raises(Refused, match="Could not find certificate"):
        await engine.create("validation", certificateArn=certificate.id, region="eu-west-1")


@on_cloud
async def test_the_certificate_holds_its_names(engine: EngineSide):
    """A real one, of the sandbox's authority, with every name in it."""
    certificate = await engine.issued("mta-sts.example.com", "mta-sts.b.example.com")
    leaf = x509.load_pem_x509_certificate(engine.cloud.acm.get(certificate.id)["chain"].encode())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["mta-sts.example.com", "mta-sts.b.example.com"]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"domainName": "mta-sts.example.com."}, "cannot end with a period"),
        ({"subjectAlternativeNames": ["b.example.com."]}, "cannot end with a period"),
        ({"validationMethod": "EMAIL"}, "expected validationMethod to be one of"),
        ({"validationMethod": None}, "Missing required property 'validationMethod'"),
        ({"privateKey": "x"}, "has no input 'privateKey'"),
        ({"domainName": "x" * 60 + ".example.com"}, "no more than 64 characters"),
        ({"subjectAlternativeNames": ["a..b"]}, "is not valid"),
        ({"subjectAlternativeNames": [f"n{i}.example.com" for i in range(10)]}, "LimitExceededException"),
    ],
)
def test_what_acm_or_its_provider_refuses(changes, part):
    """Each in its words; ten names are the quota, the first one counted."""

    @on_cloud
    async def refused(engine: EngineSide):
        inputs = {name: value for name, value in (REQUEST | changes).items() if value is not None}
        with pytest.raises(Refused) as error:
            await engine.create("certificate", **inputs)
        assert part in str(error.value)

    refused()


def test_the_quota_of_names_can_be_raised():
    """As AWS does on request: exactly to the number, and one name twice counts once."""

    async def raised(engine: EngineSide):
        names = [f"n{i}.example.com" for i in range(99)]
        certificate = await engine.create("certificate", **REQUEST, subjectAlternativeNames=[*names, names[0]])
        assert len(certificate.state["domainValidationOptions"]) == 100
        with pytest.raises(Refused, match="LimitExceededException"):
            await engine.create("certificate", "more", **REQUEST, subjectAlternativeNames=[*names, "x.example.com"])

    play(raised, Quotas(names_per_certificate=100))


@on_cloud
async def test_what_replaces_a_certificate(engine: EngineSide):
    """Names, method and region; the order of the names does not matter; tags change in place."""
    sans = ["mta-sts.example.net", "mta-sts.b.example.com"]
    certificate = await engine.create("certificate", **REQUEST, subjectAlternativeNames=sans)
    assert await engine.diff(certificate, subjectAlternativeNames=sans[::-1]) == ({}, [], False)
    assert (await engine.diff(certificate, subjectAlternativeNames=sans[:1]))[1] == ["subjectAlternativeNames"]
    assert (await engine.diff(certificate, domainName="x.example.com"))[1] == ["domainName"]
    assert (await engine.diff(certificate, region="eu-west-1"))[1] == ["region"]
    assert await engine.diff(certificate, tags={"a": "b"}) == ({"tags": "ADD"}, [], False)
    assert (await engine.update(certificate, tags={"a": "b"})).state["tagsAll"] == {"a": "b"}


@on_cloud
async def test_validation_options_are_unknown_in_a_preview(engine: EngineSide):
    """A program must not build on their number before the first run."""
    planned = await engine.preview_create("certificate", **REQUEST)
    assert (planned["domainValidationOptions"], planned["arn"]) == (UNKNOWN, UNKNOWN)


@on_cloud
async def test_a_certificate_in_use_is_not_deleted(engine: EngineSide):
    """Only when no distribution shows it any more; its validation is then gone, too."""
    site = await engine.site("mta-sts.example.com")
    arn = site.inputs["viewerCertificate"]["acmCertificateArn"]
    certificate = await engine.import_("certificate", arn)
    assert certificate.inputs["domainName"] == "mta-sts.example.com"
    with pytest.raises(Refused, match="ResourceInUseException.*is in use by " + site.state["arn"]):
        await engine.delete(certificate)
    await engine.delete(site)
    await engine.delete(certificate)
    assert await engine.read(certificate) is None
