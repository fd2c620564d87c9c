"""Cloudflare's edge, met by TLS clients: the Worker's policy, its certificate, and its faults."""

import asyncio
import ssl
from pathlib import Path

import pytest

from mtasts_sandbox.world import Worker
from tests.mtasts_sandbox.memory_world import POLICY, Stage, on_loop, publish, stage, trusting
from tests.patience import PATIENCE

PATH = "/.well-known/mta-sts.txt"
HOST = "mta-sts.example.com"
OTHERS = b"version: STSv1\r\nmode: none\r\nmax_age: 60\r\n"


async def get(served: Stage, sni: str = HOST, path: str = PATH, address: str = "127.0.63.1") -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(
        address, served.wire.ports.https, ssl=trusting(served), server_hostname=sni
    )
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {sni}\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@on_loop
async def test_the_worker_answers_at_an_address_of_its_own(tmp_path: Path) -> None:
    """Beside CloudFront's edge, for the same host; other paths are 404, hosts without a Worker end the handshake."""
    async with stage(tmp_path) as served:
        publish(served.world, "example.com", served.authority)
        served.world.put_worker(HOST, Worker("sts", OTHERS, ("example.com", "*.example.com")))
        assert await get(served) == (200, OTHERS)
        assert await get(served, address="127.0.0.1") == (200, POLICY)
        assert (await get(served, path="/"))[0] == 404
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            await get(served, "mta-sts.example.net")


@on_loop
async def test_a_zones_certificate_covers_one_label(tmp_path: Path) -> None:
    """A name two labels below the zone is served by a route, but no certificate is there for it."""
    async with stage(tmp_path) as served:
        deep = "mta-sts.mail.example.com"
        served.world.put_worker(deep, Worker("sts", OTHERS, ("example.com", "*.example.com")))
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            await get(served, deep)
        served.world.put_worker(deep, Worker("sts", OTHERS, (deep,)))
        assert await get(served, deep) == (200, OTHERS)


@on_loop
async def test_faults_by_the_scripts_name(tmp_path: Path) -> None:
    """One for all hosts is CloudFront's edge's alone."""
    async with stage(tmp_path) as served:
        served.world.put_worker(HOST, Worker("sts", OTHERS, (HOST,)))
        served.faults.set("not-found")
        assert (await get(served))[0] == 200
        served.faults.set("not-found", None, "sts")
        assert (await get(served))[0] == 404


@on_loop
async def test_events_of_a_worker(tmp_path: Path) -> None:
    """What it serves, and that it is gone; nothing again after a restart."""
    async with stage(tmp_path) as served:
        served.world.put_worker(HOST, Worker("sts", OTHERS, (HOST,)))
        served.world.drop_worker(HOST)
        served.world.put_worker(HOST, Worker("sts", POLICY, (HOST,)))
        told = [
            (e.kind, e.name, e.value["text"] if isinstance(e.value, dict) else e.value) for e in served.events.read()
        ]
        assert told == [
            ("worker", "sts", OTHERS.decode()),
            ("gone", "sts", "worker"),
            ("worker", "sts", POLICY.decode()),
        ]
        world = served.world
    async with stage(tmp_path, world) as served:
        assert len(served.events.read()) == 3
