"""The event log against what clients can see: the order of the log is the order of what was served."""

import asyncio
import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mtasts_sandbox.world import Change, RRset, Zone
from tests.mtasts_sandbox.memory_world import POLICY, MemoryWorld, Stage, on_loop, publish, site, stage

HOST = "mta-sts.example.com"
KEY = f"{HOST}/.well-known/mta-sts.txt"


def log(served: Stage, since: int = 0) -> list[tuple[str, str]]:
    """(kind, what) of the events, short: for a body its id, for a record its type, for "gone" what is gone."""
    shown = []
    for event in served.events.read(since):
        match event.kind:
            case "body":
                what = str(event.value["id"])
            case "record":
                what = event.value["type"]
            case "txt" | "gone":
                what = event.value
            case _:
                what = ""
        shown.append((event.kind, what))
    return shown


def last(served: Stage) -> int:
    return max((event.seq for event in served.events.read()), default=0)


@on_loop
async def test_first_publication(tmp_path: Path) -> None:
    """Everything that became visible, in order, the body only once it has a certificate; with all that names it."""
    async with stage(tmp_path) as served:
        world = served.world
        world.add_zone("example.com")
        world.put_object("policies", KEY, POLICY, mta_sts_id="a1")
        pending = site(HOST, served.authority)
        world.put_site(replace(pending, certificate_pem=None, key_pem=None))
        world.put_site(pending)
        world.put(HOST, "CNAME", "d1.cloudfront.net")
        world.put("_mta-sts.example.com", "TXT", "v=STSv1; id=a1;")
        assert log(served) == [
            ("distribution", ""),
            ("certificate", ""),
            ("body", "a1"),
            ("record", "CNAME"),
            ("txt", "v=STSv1; id=a1;"),
        ]
        body = served.events.read()[2]
        assert body.name == HOST
        assert body.value == {
            "sha256": hashlib.sha256(POLICY).hexdigest(),
            "id": "a1",
            "metadata": {"mta-sts-id": "a1"},
            "version": "v1",
            "text": POLICY.decode(),
        }


@on_loop
async def test_change_and_removal(tmp_path: Path) -> None:
    """A rotation is a body and a TXT; a removal is a "gone" for each thing."""
    async with stage(tmp_path) as served:
        publish(served.world, "example.com", served.authority)
        since = last(served)
        served.world.put_object("policies", KEY, b"two", "v2", mta_sts_id="a2")
        served.world.put("_mta-sts.example.com", "TXT", "v=STSv1; id=a2;")
        served.world.drop("_mta-sts.example.com", "TXT")
        served.world.drop_object("policies", KEY)
        served.world.drop_site(HOST)
        served.world.drop_zone("example.com")
        assert log(served, since) == [
            ("body", "a2"),
            ("txt", "v=STSv1; id=a2;"),
            ("gone", "txt"),
            ("gone", "body"),
            ("gone", "certificate"),
            ("gone", "distribution"),
            ("gone", "record A"),
            ("gone", "record AAAA"),
        ]
        assert served.events.visible() == {}


@on_loop
async def test_several_txt_records_and_no_change(tmp_path: Path) -> None:
    """Several records are one event, sorted; writing the same again is none."""
    async with stage(tmp_path) as served:
        served.world.add_zone("example.com")
        served.world.put("example.com", "TXT", "two", "one")
        served.world.put("example.com", "TXT", "one", "two")
        assert log(served) == [("txt", "one\ntwo")]


@on_loop
async def test_stale_edge_delays_the_body_event(tmp_path: Path) -> None:
    """The event comes when the edge starts to serve the new bytes, after a TXT that was written meanwhile."""
    async with stage(tmp_path) as served:
        publish(served.world, "example.com", served.authority)
        since = last(served)
        served.faults.set("stale-edge", 0.3)
        served.world.put_object("policies", KEY, b"two", "v2", mta_sts_id="a2")
        served.world.put("_mta-sts.example.com", "TXT", "v=STSv1; id=a2;")
        assert log(served, since) == [("txt", "v=STSv1; id=a2;")]
        await asyncio.sleep(0.35)
        assert log(served, since) == [("txt", "v=STSv1; id=a2;"), ("body", "a2")]


@pytest.mark.parametrize("fault", ["edge-down", "wrong-certificate", "redirect", "not-found", "html", "stale-edge"])
@on_loop
async def test_a_body_nobody_can_get_is_not_visible(tmp_path: Path, fault: str) -> None:
    """While a fault hides it there is no event; the end of the fault brings it, and only for what changed."""
    async with stage(tmp_path) as served:
        publish(served.world, "example.com", served.authority)
        publish(served.world, "example.net", served.authority)
        since = last(served)
        served.faults.set(fault, 60 if fault == "stale-edge" else None)
        served.world.put_object("policies", KEY, b"two", "v2", mta_sts_id="a2")
        assert log(served, since) == []
        served.faults.clear()
        assert log(served, since) == [("body", "a2")]


@on_loop
async def test_restart_logs_only_what_changed_meanwhile(tmp_path: Path) -> None:
    """State survives: the same world again is silent, a changed one logs the difference."""
    world = MemoryWorld()
    async with stage(tmp_path, world) as served:
        publish(world, "example.com", served.authority)
        publish(world, "example.net", served.authority)
        since = last(served)
    async with stage(tmp_path, world) as served:
        assert log(served, since) == []
    world.drop("_mta-sts.example.com", "TXT")
    world.drop_site(HOST)
    world.put("example.net", "MX", "10 mx1.example.net")
    async with stage(tmp_path, world) as served:
        assert sorted(log(served, since)) == [
            ("gone", "body"),
            ("gone", "certificate"),
            ("gone", "distribution"),
            ("gone", "txt"),
            ("record", "MX"),
        ]


@on_loop
async def test_a_change_without_a_type_looks_at_all_of_them(tmp_path: Path) -> None:
    """A forgotten name is told without a type; a proxied CNAME shows as an address."""

    class Proxying(MemoryWorld):
        def rrset(self, zone: Zone, name: str, type: str) -> RRset | None:  # noqa: A002 - as in the protocol
            found = super().rrset(zone, name, type)
            if super().rrset(zone, name, "CNAME") and type in ("A", "CNAME"):
                return RRset(name, "A", 300, ("192.0.2.1",)) if type == "A" else None
            return found

    world = Proxying()
    async with stage(tmp_path, world) as served:
        world.add_zone("example.com")
        world.put(HOST, "CNAME", "d1.cloudfront.net")
        assert log(served) == [("record", "A")]
        world.put("example.com", "TXT", "one")
        del world._records["example.com"]["example.com"]
        world._tell(Change("record", "example.com"))
        assert log(served)[1:] == [("txt", "one"), ("gone", "txt")]


@on_loop
async def test_a_thousand_domains_are_cheap(tmp_path: Path) -> None:
    """8,000 changes through DNS cache, index and log take well under a second per thousand domains' worth."""
    async with stage(tmp_path) as served:
        world = served.world
        world.add_zone("example.com")
        one = site("mta-sts.d0.example.com", served.authority)
        start = time.process_time()
        for n in range(1000):
            host = f"mta-sts.d{n}.example.com"
            world.put_object("policies", f"{host}/.well-known/mta-sts.txt", POLICY, mta_sts_id="a1")
            world.put_site(replace(one, host=host))
            for name, rdtype, value in (
                (host, "A", "127.0.0.1"),
                (host, "AAAA", "::1"),
                (f"_smtp._tls.d{n}.example.com", "TXT", "v=TLSRPTv1; rua=mailto:tls@example.com"),
                (f"_mta-sts.d{n}.example.com", "TXT", "v=STSv1; id=a1;"),
                (f"d{n}.example.com", "MX", "10 mx1.example.com"),
            ):
                world.put(name, rdtype, value)
        assert time.process_time() - start < 3
        assert last(served) == 8000
