"""Records of both DNS providers: what their APIs refuse, what replaces, and what the DNS then says."""

import pytest

from mtasts.errors import CannotLook
from mtasts_sandbox.cloud.by_hand import set_records
from tests.sandbox.cloud_stage import EngineSide, Refused, on_cloud

TXT = {"zoneId": "ZCOM", "name": "_mta-sts.example.com", "type": "TXT", "ttl": 300, "records": ["v=STSv1; id=1;"]}
CF_TXT = {
    "zoneId": "cfnet",
    "name": "_mta-sts.example.net",
    "type": "TXT",
    "ttl": 300,
    "content": '"v=STSv1; id=1;"',
}


def answer(engine: EngineSide, name: str, kind: str):
    zone = engine.cloud.zone_of(name)
    found = engine.cloud.rrset(zone, name, kind)
    return (found.ttl, found.values) if found else None


# Route 53


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


# Cloudflare


@on_cloud
async def test_cloudflare_keeps_a_quoted_txt(engine: EngineSide):
    """Content in quotes as given, the text without in DNS; name, type and content change in place."""
    record = await engine.create("dns", **CF_TXT)
    assert len(record.id) == 32
    assert record.state["content"] == '"v=STSv1; id=1;"'
    assert answer(engine, "_mta-sts.example.net", "TXT") == (300, ("v=STSv1; id=1;",))
    assert await engine.diff(record, content='"v=STSv1; id=2;"') == ({"content": "UPDATE"}, [], False)
    assert (await engine.diff(record, name="x.example.net"))[1] == []
    assert (await engine.diff(record, zoneId="other")) == ({"zoneId": "UPDATE_REPLACE"}, ["zoneId"], False)
    after = await engine.update(record, name="x.example.net", content='"v=STSv1; id=2;"')
    assert after.id == record.id
    assert answer(engine, "_mta-sts.example.net", "TXT") is None
    assert answer(engine, "x.example.net", "TXT") == (300, ("v=STSv1; id=2;",))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"content": "v=STSv1; id=1;"}, '"code":9207'),
        ({"zoneId": "nowhere"}, '"code":7003'),
        ({"name": "_mta-sts"}, '"code":9005'),
        ({"name": "_mta-sts.example.com"}, '"code":9005'),
        ({"ttl": 59}, '"code":9021'),
        ({"ttl": 86_401}, '"code":9021'),
        ({"proxied": True, "ttl": 1}, '"code":9004'),
        ({"type": "CNAME", "content": "x.example.com", "proxied": True}, '"code":9021'),
        ({"type": "CNAME", "content": "x.example.com."}, '"code":9007'),
        ({"type": "A", "content": "::1"}, '"code":9005'),
        ({"type": "MX", "content": "mx1.example.net"}, '"code":9100'),
        ({"type": "SPF"}, "expected type to be one of"),
        ({"content": None}, '"code":1004'),
        ({"settings": {"flattenCname": True}}, "has no input 'settings'"),
    ],
)
def test_what_cloudflare_refuses(changes, part):
    """Each with the code of its API, and nothing is published."""

    @on_cloud
    async def refused(engine: EngineSide):
        inputs = {name: value for name, value in (CF_TXT | changes).items() if value is not None}
        with pytest.raises(Refused) as error:
            await engine.create("dns", **inputs)
        assert part in str(error.value)
        assert list(engine.cloud.names(engine.cloud.zone_of("example.net"))) == []

    refused()


@on_cloud
async def test_cloudflare_neighbours(engine: EngineSide):
    """The same record twice is refused; two TXT of one name are not; a CNAME keeps addresses away and nothing else."""
    await engine.create("dns", **CF_TXT)
    with pytest.raises(Refused, match='"code":81058,"message":"An identical record already exists'):
        await engine.create("dns", "again", **CF_TXT)
    await engine.create("dns", "second", **CF_TXT | {"content": '"v=STSv1; id=2;"'})
    assert answer(engine, "_mta-sts.example.net", "TXT") == (300, ("v=STSv1; id=1;", "v=STSv1; id=2;"))
    cname = {"zoneId": "cfnet", "type": "CNAME", "ttl": 60, "content": "x.example.org", "name": "c.example.net"}
    await engine.create("dns", "c", **cname)
    with pytest.raises(Refused, match='"code":81053'):
        await engine.create("dns", "c2", **cname | {"content": "y.example.org"})
    with pytest.raises(Refused, match='"code":81054'):
        await engine.create("dns", "a", **cname | {"type": "A", "content": "192.0.2.1"})
    await engine.create("dns", "t", **CF_TXT | {"name": "c.example.net"})
    await engine.create("dns", "apex", **cname | {"name": "example.net"})
    await engine.create("dns", "apex-txt", **CF_TXT | {"name": "example.net"})
    assert answer(engine, "c.example.net", "CNAME") == (60, ("x.example.org.",))


@on_cloud
async def test_a_proxied_name_answers_with_an_address_of_nobody(engine: EngineSide):
    """Cloudflare would end TLS itself: clients must not reach our edge through it."""
    inputs = {"zoneId": "cfnet", "type": "CNAME", "ttl": 1, "content": "x.example.org", "proxied": True}
    await engine.create("dns", **inputs, name="mta-sts.example.net")
    assert answer(engine, "mta-sts.example.net", "CNAME") is None
    assert answer(engine, "mta-sts.example.net", "A") == (300, ("192.0.2.1",))


@on_cloud
async def test_cloudflare_drift_and_deletion(engine: EngineSide):
    """A refresh finds what was changed; an update of what is gone says so; a deletion of it is fine."""
    record = await engine.create("dns", **CF_TXT)
    engine.cloud.cloudflare.update(record.id, CF_TXT | {"content": '"by hand"'})
    found = await engine.read(record)
    assert found.inputs["content"] == '"by hand"'
    assert (await engine.import_("dns", f"cfnet/{record.id}")).inputs["name"] == "_mta-sts.example.net"
    await engine.delete(record)
    assert await engine.read(record) is None
    await engine.delete(record)
    with pytest.raises(Refused, match=r'404 Not Found .*"code":81044'):
        await engine.update(record, ttl=60)


# Both, by hand


@on_cloud
async def test_records_by_hand(engine: EngineSide):
    """Exactly these in either provider's zone; none deletes; long and quoted texts survive; wrong ones are told."""
    text = 'a "quoted" \\ text ' + "x" * 300
    for name in ("h.example.com", "h.example.net"):
        set_records(engine.cloud, name, "TXT", 120, [text])
        assert answer(engine, name, "TXT") == (120, (text,))
        set_records(engine.cloud, name, "TXT", 120, [])
        assert answer(engine, name, "TXT") is None
        set_records(engine.cloud, name, "MX", 60, ["10 mx1.example.com.", "20 mx2.example.com."])
        assert answer(engine, name, "MX") == (60, ("10 mx1.example.com.", "20 mx2.example.com."))
    for name, kind, values, part in (
        ("h.example.org", "A", ["192.0.2.1"], "no zone of the sandbox holds h.example.org"),
        ("d1.cloudfront.net", "A", ["192.0.2.1"], "no zone of the sandbox holds"),
        ("h.example.com", "LOC", ["x"], "not LOC"),
        ("h.example.net", "A", ["x"], "must be a valid IPv4 address"),
    ):
        with pytest.raises(CannotLook, match=part):
            set_records(engine.cloud, name, kind, 60, values)


@on_cloud
async def test_a_zone_may_be_widened(engine: EngineSide):
    """Policies may first name only a sub-domain of a zone, later the zone's own name: its records stay."""
    for package, first in (("route53", "mail.example.org"), ("cloudflare", "mail.example.edu")):
        top = first.removeprefix("mail.")
        engine.cloud.add_zone(first, package, "zone1")
        engine.cloud.commit()
        set_records(engine.cloud, f"t.{first}", "TXT", 60, ["x"])
        engine.cloud.add_zone(top, package, "zone1")
        engine.cloud.commit()
        assert answer(engine, f"t.{first}", "TXT") == (60, ("x",))
        assert engine.cloud.zone_of(first).name == top
        set_records(engine.cloud, f"t.{top}", "TXT", 60, ["y"])
        assert answer(engine, f"t.{top}", "TXT") == (60, ("y",))
        engine.cloud.add_zone("other.test", package, "zone1")
        engine.cloud.commit()
        assert engine.cloud.zone_of("other.test") is None
