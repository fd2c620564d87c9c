"""The DNS facts of a change, over real UDP and TCP from a server that may be silent or broken."""

import asyncio

import pytest

from mtasts.live.network import ConnectTo, Network
from mtasts.live.records import Records, look_at_records
from tests.fakes.dns_server import DnsServer, seconds_for

ZONE = {
    ("example.test", "MX"): ("10 mx1.example.test.", "20 MX2.example.test."),
    ("example.test", "NS"): ("ns.example.test.",),
    ("ns.example.test", "A"): ("127.0.0.1",),
    ("_mta-sts.example.test", "TXT"): ('"v=STSv1; id=20260301T100000Z;"',),
}


def look(records=ZONE, faults=None, **more) -> Records:
    seconds = seconds_for(faults or {})

    async def run() -> Records:
        async with DnsServer(dict(records), dict(faults or {}), **more) as server:
            to_server = ConnectTo.parse(f":53:127.0.0.1:{server.port}")
            return await look_at_records("example.test", Network(server.endpoint, None, (to_server,)), seconds)

    return asyncio.run(run())


def without(*keys):
    return {key: values for key, values in ZONE.items() if key not in keys}


def test_hosts_ttl_and_id():
    """Names in lower case without last dot; the TTL is the zone's own."""
    seen = look(ttl=1800)

    assert seen == Records(("mx1.example.test", "mx2.example.test"), 1800, "20260301T100000Z", "")


def test_the_domain_itself_is_its_mx_host():
    """No MX record but an address: the implicit MX of RFC 5321 s5.1."""
    records = without(("example.test", "MX")) | {("example.test", "A"): ("192.0.2.1",)}

    assert look(records).mx_hosts == ("example.test",)


@pytest.mark.parametrize(
    "mx", [{}, {("example.test", "MX"): ("0 .",)}], ids=["no MX and no address", "null MX of RFC 7505"]
)
def test_a_domain_without_mail(mx):
    """There are no hosts, which is known."""
    seen = look(without(("example.test", "MX")) | mx)

    assert seen.mx_hosts == ()
    assert seen.trouble == ""


@pytest.mark.parametrize("fault", ["servfail", "silent", "refused", "garbage"])
def test_trouble_is_not_absence(fault):
    """What was not answered is not known, and said."""
    seen = look(faults={"example.test": fault, "_mta-sts.example.test": fault})

    assert seen.mx_hosts is None
    assert seen.mx_ttl is None
    assert seen.txt_id is None
    assert "example.test MX" in seen.trouble
    assert "_mta-sts.example.test TXT" in seen.trouble


def test_servers_of_the_zone_that_do_not_answer_leave_the_ttl_open():
    """A resolver's own TTL is what is left in its cache, and would be too short a wait."""
    seen = look(faults={"ns.example.test": "silent"})

    assert seen.mx_hosts == ("mx1.example.test", "mx2.example.test")
    assert seen.mx_ttl is None


@pytest.mark.parametrize(
    "texts",
    [(), ('"v=STSv1; id=a;"', '"v=STSv1; id=b;"'), ('"v=STSv1;"',), ('"v=spf1 -all"',)],
    ids=["none", "two", "no id", "another"],
)
def test_a_record_that_no_sender_could_use_has_no_id(texts):
    """As RFC 8461 s3.1 takes it."""
    records = without(("_mta-sts.example.test", "TXT"))
    seen = look(records | ({("_mta-sts.example.test", "TXT"): texts} if texts else {}))

    assert seen.txt_id is None
    assert seen.trouble == ""
