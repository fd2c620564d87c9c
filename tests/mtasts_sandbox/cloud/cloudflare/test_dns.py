"""Records of Cloudflare: what its API refuses, what replaces, and what the DNS then says."""

import pytest

from tests.mtasts_sandbox.cloud_stage import EngineSide, Refused, answer, on_cloud

CF_TXT = {
    "zoneId": "cfnet",
    "name": "_mta-sts.example.net",
    "type": "TXT",
    "ttl": 300,
    "content": '"v=STSv1; id=1;"',
}


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


@on_cloud
async def test_an_address_becomes_a_cname_only_where_it_is_alone(engine: EngineSide):
    """The type changes in place, both ways; a second address at the name, of either family, stands in the way."""
    host = {"zoneId": "cfnet", "name": "mta-sts.example.net", "ttl": 300}
    first = await engine.create("dns", "a", **host, type="A", content="192.0.2.7")
    second = await engine.create("dns", "b", **host, type="AAAA", content="2001:db8::7")
    with pytest.raises(Refused, match='"code":81053'):
        await engine.update(first, type="CNAME", content="d1.cloudfront.net")
    await engine.delete(second)
    second = await engine.create("dns", "b", **host, type="A", content="192.0.2.8")
    with pytest.raises(Refused, match='"code":81053'):
        await engine.update(first, type="CNAME", content="d1.cloudfront.net")
    with pytest.raises(Refused, match='"code":81058'):
        await engine.update(first, content="192.0.2.8")
    await engine.delete(second)
    led = await engine.update(first, type="CNAME", content="d1.cloudfront.net")
    assert (led.id, answer(engine, host["name"], "CNAME")) == (first.id, (300, ("d1.cloudfront.net.",)))
    with pytest.raises(Refused, match='"code":81054'):
        await engine.create("dns", "c", **host, type="A", content="192.0.2.7")
    back = await engine.update(led, type="A", content="192.0.2.7")
    assert (back.id, answer(engine, host["name"], "A")) == (first.id, (300, ("192.0.2.7",)))


@on_cloud
async def test_two_texts_of_one_name_are_two_records(engine: EngineSide):
    """What DNS then says of an MTA-STS record is no policy; only the same text once more is refused."""
    await engine.create("dns", "a", **CF_TXT)
    await engine.create("dns", "b", **CF_TXT | {"content": '"v=STSv1; id=2;"'})
    assert answer(engine, CF_TXT["name"], "TXT") == (300, ("v=STSv1; id=1;", "v=STSv1; id=2;"))
    with pytest.raises(Refused, match='"code":81058'):
        await engine.create("dns", "c", **CF_TXT)
