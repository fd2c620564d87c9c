"""Records of Route 53: what its API refuses, what replaces, and what the DNS then says."""

import pytest

from mtasts_sandbox.cloud.by_hand import set_records
from tests.mtasts_sandbox.cloud_stage import EngineSide, Refused, answer, on_cloud

TXT = {"zoneId": "ZCOM", "name": "_mta-sts.example.com", "type": "TXT", "ttl": 300, "records": ["v=STSv1; id=1;"]}


@on_cloud
async def test_a_txt_record_is_published_without_its_quotes(engine: EngineSide):
    """The provider quotes, the DNS joins: clients see the text as the program gave it; an update is in place."""
    record = await engine.create("record", **TXT)
    assert (record.id, record.state["fqdn"]) == ("ZCOM__mta-sts.example.com_TXT", "_mta-sts.example.com")
    assert answer(engine, "_mta-sts.example.com", "TXT") == (300, ("v=STSv1; id=1;",))
    assert await engine.diff(record, records=["v=STSv1; id=2;"]) == ({"records[0]": "UPDATE"}, [], False)
    await engine.update(record, records=["v=STSv1; id=2;"], ttl=60)
    assert answer(engine, "_mta-sts.example.com", "TXT") == (60, ("v=STSv1; id=2;",))


@on_cloud
async def test_a_long_txt_is_split_by_the_program(engine: EngineSide):
    """More than 255 octets in one string are refused; split with two quotes they are one text."""
    with pytest.raises(Refused, match=r"InvalidChangeBatch.*CharacterStringTooLong"):
        await engine.create("record", **TXT | {"records": ["x" * 256]})
    await engine.create("record", **TXT | {"records": ["x" * 255 + '""' + "y" * 10]})
    assert answer(engine, "_mta-sts.example.com", "TXT") == (300, ("x" * 255 + "y" * 10,))


@on_cloud
async def test_a_record_of_somebody_else_is_not_taken_over(engine: EngineSide):
    """Refused, and left as it was, unless allowOverwrite."""
    set_records(engine.cloud, "_mta-sts.example.com", "TXT", 60, ["v=STSv1; id=theirs;"])
    with pytest.raises(Refused, match=r"Tried to create resource record set .* but it already exists"):
        await engine.create("record", **TXT)
    assert answer(engine, "_mta-sts.example.com", "TXT") == (60, ("v=STSv1; id=theirs;",))
    await engine.create("record", **TXT, allowOverwrite=True)
    assert answer(engine, "_mta-sts.example.com", "TXT") == (300, ("v=STSv1; id=1;",))


@on_cloud
async def test_an_unknown_zone_and_a_name_outside_are_refused(engine: EngineSide):
    """A name that does not end in the zone is one in it, as the provider takes it; two labels deep is fine."""
    with pytest.raises(Refused, match="NoSuchHostedZone: No hosted zone found with ID: ZORG"):
        await engine.create("record", **TXT | {"zoneId": "ZORG"})
    await engine.create("record", **TXT | {"name": "_mta-sts.other.org."})
    assert answer(engine, "_mta-sts.other.org.example.com", "TXT") == (300, ("v=STSv1; id=1;",))


@on_cloud
async def test_what_replaces_a_record(engine: EngineSide):
    """Zone and name do; the type is changed in one batch, so that there is no moment without."""
    record = await engine.create("record", **TXT)
    assert (await engine.diff(record, zoneId="Z2"))[1] == ["zoneId"]
    assert (await engine.diff(record, name="x.example.com"))[1] == ["name"]
    assert await engine.diff(record, type="CNAME", records=["x.example.org"]) == (
        {"type": "UPDATE", "records[0]": "UPDATE"},
        [],
        False,
    )
    await engine.update(record, type="CNAME", records=["x.example.org"])
    assert answer(engine, "_mta-sts.example.com", "TXT") is None
    assert answer(engine, "_mta-sts.example.com", "CNAME") == (300, ("x.example.org",))


@on_cloud
async def test_a_cname_stands_alone(engine: EngineSide):
    """Not beside other records, not at the apex, and with one value."""
    cname = {"zoneId": "ZCOM", "type": "CNAME", "ttl": 60, "records": ["x.example.org"]}
    await engine.create("record", **TXT)
    with pytest.raises(Refused, match="conflicts with other records"):
        await engine.create("record", "c", **cname, name="_mta-sts.example.com")
    with pytest.raises(Refused, match="not permitted at apex"):
        await engine.create("record", "c", **cname, name="example.com")
    with pytest.raises(Refused, match="a CNAME record set has one value"):
        await engine.create("record", "c", **cname | {"records": ["a.test", "b.test"]}, name="c.example.com")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"ttl": None}, "all of `records,ttl` must be specified"),
        ({"records": None}, "exactly one of `aliases` and `records`"),
        ({"aliases": [{"name": "x", "zoneId": "Z", "evaluateTargetHealth": False}]}, "exactly one of"),
        ({"type": "TEXT"}, "expected type to be one of"),
        ({"type": "A", "records": ["127.0.0.256"]}, "ARRDATAIllegalIPv4Address"),
        ({"type": "AAAA", "records": ["127.0.0.1"]}, "ARRDATAIllegalIPv6Address"),
        ({"type": "MX", "records": ["mx1.example.com"]}, "MXRRDATANotTwoFields"),
        ({"type": "CNAME", "records": ["a..b"]}, "DomainLabelEmpty"),
        ({"records": ['say "x"']}, "InvalidCharacterString"),
        ({"weightedRoutingPolicies": [{"weight": 1}]}, "has no input 'weightedRoutingPolicies'"),
    ],
)
def test_what_route_53_or_its_provider_refuses(changes, part):
    """Each by its own words, and nothing is published."""

    @on_cloud
    async def refused(engine: EngineSide):
        inputs = {name: value for name, value in (TXT | changes).items() if value is not None}
        with pytest.raises(Refused) as error:
            await engine.create("record", **inputs)
        assert part in str(error.value)
        assert list(engine.cloud.names(engine.cloud.zone_of("example.com"))) == []

    refused()


@on_cloud
async def test_deleting_takes_what_is_there_now(engine: EngineSide):
    """As the real provider: whatever values the record has meanwhile; one that is gone is fine."""
    record = await engine.create("record", **TXT)
    set_records(engine.cloud, "_mta-sts.example.com", "TXT", 60, ["changed by hand"])
    await engine.delete(record)
    assert answer(engine, "_mta-sts.example.com", "TXT") is None
    await engine.delete(record)


@on_cloud
async def test_a_refresh_sees_drift(engine: EngineSide):
    """Values and TTL as they are now; a record that is gone is gone."""
    record = await engine.create("record", **TXT | {"records": ["b", "a"]})
    assert (await engine.read(record)).inputs["records"] == ["b", "a"]
    set_records(engine.cloud, "_mta-sts.example.com", "TXT", 60, ["by hand"])
    found = await engine.read(record)
    assert (found.inputs["records"], found.inputs["ttl"]) == (["by hand"], 60)
    set_records(engine.cloud, "_mta-sts.example.com", "TXT", 60, [])
    assert await engine.read(record) is None


@on_cloud
async def test_a_record_is_imported_by_zone_name_and_type(engine: EngineSide):
    """The id that the real provider takes, underscores in the name and all."""
    await engine.create("record", **TXT)
    found = await engine.import_("record", "ZCOM__mta-sts.example.com_TXT")
    assert found.inputs == {name: TXT[name] for name in ("zoneId", "name", "type", "ttl", "records")}
    with pytest.raises(Refused, match="import id is ZONEID_NAME_TYPE"):
        await engine.import_("record", "ZCOM")


@on_cloud
async def test_an_alias_answers_with_its_target(engine: EngineSide):
    """A and AAAA of a distribution, as long as it is there and enabled; of nothing else."""
    site = await engine.site("mta-sts.example.com")
    alias = {"name": site.state["domainName"], "zoneId": site.state["hostedZoneId"], "evaluateTargetHealth": False}
    inputs = {"zoneId": "ZCOM", "name": "mta-sts.example.com", "aliases": [alias]}
    a = await engine.create("record", "a", **inputs, type="A")
    await engine.create("record", "aaaa", **inputs, type="AAAA")
    assert answer(engine, "mta-sts.example.com", "A") == (60, ("127.0.0.1",))
    assert answer(engine, "mta-sts.example.com", "AAAA") == (60, ("::1",))
    assert await engine.diff(await engine.read(a)) == ({}, [], False)
    site = await engine.update(site, isIpv6Enabled=False)
    assert answer(engine, "mta-sts.example.com", "AAAA") is None
    await engine.update(site, enabled=False)
    assert answer(engine, "mta-sts.example.com", "A") is None
    for wrong in ({"name": "dnothere.cloudfront.net"}, {"zoneId": "ZOTHER"}):
        with pytest.raises(Refused, match="alias target name does not lie within the target zone"):
            await engine.create("record", "w", zoneId="ZCOM", name="w.example.com", type="A", aliases=[alias | wrong])
