"""Cloudflare Workers: who answers for a proxied name, the records of custom domains, and Cloudflare's HTTP API."""

import json

import pytest

from mtasts_sandbox.cloud.by_hand import Marks, set_records
from mtasts_sandbox.cloud.cloudflare.api import answer as ask
from mtasts_sandbox.cloud.cloudflare.dns import CloudflareError
from mtasts_sandbox.cloud.cloudflare.workers import ACCOUNT_ID
from tests.mtasts_sandbox.cloud_stage import EngineSide, Refused, answer, on_cloud

HOST = "mta-sts.example.net"
POLICY = b"version: STSv1\r\nmode: none\r\nmax_age: 60\r\n"
PROXIED = Marks(proxied=True)


def got(engine: EngineSide, path: str, method: str = "GET", **body):
    """Status and result, or error code, of one request to the API."""
    status, _, text = ask(engine.cloud, method, f"/client/v4{path}", json.dumps(body).encode())
    told = json.loads(text)
    return status, (told["result"] if told["success"] else told["errors"][0]["code"])


@on_cloud
async def test_a_route_answers_for_a_proxied_name(engine: EngineSide):
    """Only then does the name lead to the edge; with the route it ends again."""
    set_records(engine.cloud, HOST, "A", 300, ["192.0.2.7"], PROXIED)
    assert answer(engine, HOST, "A") == (300, ("192.0.2.1",))
    engine.cloud.workers.put("sts", POLICY, [f"{HOST}/*"])
    assert answer(engine, HOST, "A") == (300, ("127.0.63.1",))
    assert answer(engine, HOST, "AAAA") is None
    worker = engine.cloud.worker(HOST)
    assert (worker.policy, worker.certificate_names) == (POLICY, ("example.net", "*.example.net"))
    set_records(engine.cloud, HOST, "A", 300, ["127.0.0.9"])
    assert answer(engine, HOST, "A") == (300, ("127.0.63.1",))  # an edit by hand leaves it proxied
    assert engine.cloud.workers.remove("sts")
    assert not engine.cloud.workers.remove("sts")
    assert answer(engine, HOST, "A") == (300, ("192.0.2.1",))


@pytest.mark.parametrize(
    ("pattern", "host", "caught"),
    [
        ("mta-sts.example.net/*", HOST, True),
        ("https://mta-sts.example.net/.well-known/mta-sts.txt", HOST, True),
        ("*.example.net/*", HOST, True),
        ("*example.net/.well-known/*", HOST, True),
        ("*example.net/*", "example.net", True),
        ("*.example.net/*", "example.net", False),
        ("mta-sts.example.net/", HOST, False),
        ("mta-sts.example.net/api/*", HOST, False),
        ("www.example.net/*", HOST, False),
    ],
)
def test_what_a_pattern_catches(pattern, host, caught):
    """An asterisk at the begin of the host and at the end of the path."""

    @on_cloud
    async def played(engine: EngineSide):
        engine.cloud.workers.put("sts", POLICY, [pattern])
        assert (engine.cloud.worker(host) is not None) is caught

    played()


@on_cloud
async def test_the_more_specific_route_wins(engine: EngineSide):
    """One for the host before one for all hosts; a custom domain before both."""
    engine.cloud.workers.put("all", b"all", ["*.example.net/*"])
    engine.cloud.workers.put("one", b"one", [f"{HOST}/*"])
    assert engine.cloud.worker(HOST).script == "one"
    engine.cloud.workers.put("own", b"own", domains=[HOST])
    assert engine.cloud.worker(HOST).script == "own"
    assert engine.cloud.worker(HOST).certificate_names == (HOST,)


@on_cloud
async def test_the_record_of_a_custom_domain_is_not_ours_to_change(engine: EngineSide):
    """It is read only for the provider and for the API, and goes with the domain."""
    engine.cloud.workers.put("sts", POLICY, domains=[HOST])
    engine.cloud.commit()
    ((status, (record,)),) = [got(engine, f"/zones/cfnet/dns_records?name={HOST}")]
    assert (status, record["type"], record["content"], record["proxied"]) == (200, "AAAA", "100::", True)
    assert record["meta"] == {"read_only": True}
    assert answer(engine, HOST, "A") == (300, ("127.0.63.1",))
    path = f"/zones/cfnet/dns_records/{record['id']}"
    assert got(engine, path, "DELETE") == (403, 1043)
    assert got(engine, path, "PATCH", content="100::1") == (403, 1043)
    with pytest.raises(Refused, match=r'400 Bad Request .*"code":81053'):
        await engine.create("dns", zoneId="cfnet", name=HOST, type="CNAME", ttl=300, content="d1.cloudfront.net")
    imported = await engine.import_("dns", f"cfnet/{record['id']}")
    with pytest.raises(Refused, match=r'403 Forbidden .*"code":1043'):
        await engine.update(imported, type="CNAME", content="d1.cloudfront.net")
    with pytest.raises(Refused, match=r'403 Forbidden .*"code":1043'):
        await engine.delete(imported)
    engine.cloud.workers.put("sts", POLICY, domains=[HOST])
    assert got(engine, path)[1]["id"] == record["id"]
    engine.cloud.workers.remove("sts")
    assert answer(engine, HOST, "A") is None


@on_cloud
async def test_a_custom_domain_needs_a_free_name(engine: EngineSide):
    """A name with an address or a CNAME is refused, in the API's words; one beside a TXT is fine."""
    set_records(engine.cloud, HOST, "TXT", 300, ["x"])
    engine.cloud.workers.put("sts", POLICY, domains=[HOST])
    engine.cloud.workers.remove("sts")
    set_records(engine.cloud, HOST, "CNAME", 300, ["org.pages.example"])
    with pytest.raises(CloudflareError, match="already has externally managed DNS records") as error:
        engine.cloud.workers.put("sts", POLICY, domains=[HOST])
    assert (error.value.code, error.value.status) == (100117, 409)
    with pytest.raises(CloudflareError, match="no Cloudflare zone of the sandbox holds"):
        engine.cloud.workers.put("sts", POLICY, ["mta-sts.example.com/*"])


@on_cloud
async def test_what_the_api_tells(engine: EngineSide):
    """A zone with its account; routes of the zone; custom domains by host name."""
    engine.cloud.workers.put("sts", POLICY, [f"{HOST}/*"], ["mta-sts.b.example.net"])
    engine.cloud.commit()
    (zone,) = got(engine, "/zones?name=example.net")[1]
    assert (zone["id"], zone["account"]["id"]) == ("cfnet", ACCOUNT_ID)
    (route,) = got(engine, "/zones/cfnet/workers/routes")[1]
    assert (route["pattern"], route["script"]) == (f"{HOST}/*", "sts")
    domains = f"/accounts/{ACCOUNT_ID}/workers/domains?hostname="
    (domain,) = got(engine, f"{domains}mta-sts.b.example.net")[1]
    assert (domain["service"], domain["zone_id"], domain["zone_name"]) == ("sts", "cfnet", "example.net")
    assert got(engine, domains + HOST) == (200, [])
    assert got(engine, "/zones/nowhere/dns_records") == (404, 7003)
    assert got(engine, "/accounts/nobody/workers/domains") == (404, 7003)
    assert got(engine, "/user") == (501, 10000)
    assert got(engine, "/zones/cfnet/workers/routes", "POST")[0] == 501


@on_cloud
async def test_records_through_the_api(engine: EngineSide):
    """Made, found, changed in part and as a whole, its type too, and deleted; the same rules as for the provider."""
    records = "/zones/cfnet/dns_records"
    _, made = got(engine, records, "POST", name=HOST, type="A", content="192.0.2.7", comment="theirs", ttl=300)
    assert got(engine, f"{records}?name={HOST}&type=A") == (200, [made])
    one = f"{records}/{made['id']}"
    assert got(engine, records, "POST", name=HOST, type="CNAME", content="x.example.net") == (400, 81053)
    _, patched = got(engine, one, "PATCH", proxied=True, ttl=1)
    assert (patched["comment"], patched["proxied"], patched["content"]) == ("theirs", True, "192.0.2.7")
    _, put = got(engine, one, "PUT", name=HOST, type="CNAME", content="x.example.net", ttl=60)
    assert (put["id"], put["comment"], put["proxied"], put["type"]) == (made["id"], None, False, "CNAME")
    assert answer(engine, HOST, "CNAME") == (60, ("x.example.net.",))
    assert got(engine, one, "DELETE") == (200, {"id": made["id"]})
    assert got(engine, one) == (404, 81044)
    assert got(engine, records, "POST", content="x") == (400, 9207)
    assert ask(engine.cloud, "POST", f"/client/v4{records}", b"{")[0] == 400


@on_cloud
async def test_lists_come_in_pages(engine: EngineSide):
    """A hundred records, unless more is asked for."""
    for number in range(101):
        set_records(engine.cloud, f"h{number}.example.net", "TXT", 300, ["x"])
    assert len(got(engine, "/zones/cfnet/dns_records")[1]) == 100
    assert len(got(engine, "/zones/cfnet/dns_records?page=2")[1]) == 1
    assert len(got(engine, "/zones/cfnet/dns_records?per_page=1000")[1]) == 101


@on_cloud
async def test_records_as_other_tools_leave_them(engine: EngineSide):
    """TXT content without quotes is in DNS as one with them; a comment is kept; Route 53 has neither."""
    name = "_mta-sts.example.net"
    set_records(engine.cloud, name, "TXT", 300, ["v=STSv1; id=1;"], Marks(comment="octo", unquoted=True))
    (record,) = got(engine, f"/zones/cfnet/dns_records?name={name}")[1]
    assert (record["content"], record["comment"]) == ("v=STSv1; id=1;", "octo")
    assert answer(engine, name, "TXT") == (300, ("v=STSv1; id=1;",))
    imported = await engine.import_("dns", f"cfnet/{record['id']}")
    changed = await engine.update(imported, content='"v=STSv1; id=1;"')
    assert changed.id == imported.id
    assert answer(engine, name, "TXT") == (300, ("v=STSv1; id=1;",))
