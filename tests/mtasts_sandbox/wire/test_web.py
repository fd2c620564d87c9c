"""Web servers of others, met by TLS clients: who is served what, under which certificate, and after a restart."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from mtasts.errors import CannotLook
from tests.mtasts_sandbox.memory_world import POLICY, Stage, on_loop, publish, stage, trusting
from tests.patience import PATIENCE

PATH = "/.well-known/mta-sts.txt"
PLATFORM, HOST = "org.pages.example", "mta-sts.example.com"
OTHERS = b"version: STSv1\r\nmode: none\r\nmax_age: 60\r\n"


async def get(served: Stage, address: str, sni: str = HOST, path: str = PATH) -> tuple[int, bytes, bytes]:
    """Status, head and body."""
    reader, writer = await asyncio.open_connection(
        address, served.wire.ports.https, ssl=trusting(served), server_hostname=sni
    )
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {sni}\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head, body


def web_events(served: Stage) -> list[tuple[str, str, object]]:
    return [(e.kind, e.name, e.value) for e in served.events.read() if e.kind == "web" or e.value == "web"]


@on_loop
async def test_the_address_decides_who_answers(tmp_path: Path) -> None:
    """One policy host at the edge and at a server of somebody else, each its own bytes and certificate."""
    async with stage(tmp_path) as served:
        publish(served.world, "example.com", served.authority)
        server = await served.wire.web.put(PLATFORM, OTHERS, hosts=[HOST])
        assert (await get(served, "127.0.0.1"))[2] == POLICY
        status, head, body = await get(served, server.address)
        assert (status, body) == (200, OTHERS)
        assert b"CloudFront" not in head
        assert (await get(served, server.address, path="/"))[0] == 404
        assert (await get(served, server.address, PLATFORM))[0] == 404


@on_loop
async def test_a_host_that_it_was_not_told_meets_the_platforms_certificate(tmp_path: Path) -> None:
    """As on a shared platform to which a CNAME still leads: TLS fails for a client that verifies."""
    async with stage(tmp_path) as served:
        server = await served.wire.web.put(PLATFORM, OTHERS, hosts=["mta-sts.example.net"])
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            await get(served, server.address)


@on_loop
async def test_what_it_answers_can_be_changed(tmp_path: Path) -> None:
    """Other bytes, other hosts, a status without a policy: at once, at the same address; the log has each."""
    async with stage(tmp_path) as served:
        server = await served.wire.web.put(PLATFORM, OTHERS, hosts=[HOST])
        assert await served.wire.web.put(PLATFORM, POLICY, hosts=[HOST]) == server.__class__(
            PLATFORM, server.address, (HOST,), 200, POLICY
        )
        assert (await get(served, server.address))[2] == POLICY
        await served.wire.web.put(PLATFORM, b"", hosts=[HOST], status=301)
        status, head, _ = await get(served, server.address)
        assert (status, b"Location: https://mta-sts.example.com/elsewhere.txt" in head) == (301, True)
        assert await served.wire.web.remove(PLATFORM)
        assert not await served.wire.web.remove(PLATFORM)
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            socket.create_connection((server.address, served.wire.ports.https), PATIENCE)
        told = [
            value["text"] if isinstance(value, dict) and "text" in value else None for _, _, value in web_events(served)
        ]
        assert told == [OTHERS.decode(), POLICY.decode(), None, None]
        assert [kind for kind, _, _ in web_events(served)] == ["web", "web", "web", "gone"]


@on_loop
async def test_faults_of_the_edge_by_the_servers_name(tmp_path: Path) -> None:
    """One that is set for all hosts is the edge's alone; one for the server's name is this server's."""
    async with stage(tmp_path) as served:
        publish(served.world, "example.com", served.authority)
        server = await served.wire.web.put(PLATFORM, OTHERS, hosts=[HOST])
        served.faults.set("not-found")
        assert ((await get(served, "127.0.0.1"))[0], (await get(served, server.address))[0]) == (404, 200)
        served.faults.clear()
        served.faults.set("not-found", None, PLATFORM)
        assert ((await get(served, "127.0.0.1"))[0], (await get(served, server.address))[0]) == (200, 404)
        served.faults.clear()
        for fault in ("wrong-certificate", "expired-certificate"):
            served.faults.set(fault, None, PLATFORM)
            with pytest.raises(ssl.SSLCertVerificationError):
                await get(served, server.address)
            served.faults.clear()
        served.faults.set("edge-down", None, PLATFORM)
        with pytest.raises((OSError, IndexError)):
            await get(served, server.address)
        served.faults.clear()
        assert (await get(served, server.address))[0] == 200


@on_loop
async def test_servers_come_back_after_a_restart(tmp_path: Path) -> None:
    """The same addresses, hosts, status and bytes, be they text or not; a damaged file is one clear error."""
    octets = bytes(range(256))
    async with stage(tmp_path) as served:
        first = await served.wire.web.put(PLATFORM, octets, hosts=[HOST])
        second = await served.wire.web.put("b.pages.example", OTHERS, hosts=[HOST], address="127.0.0.9")
    async with stage(tmp_path) as served:
        assert served.wire.web.servers() == (second, first)
        assert (await get(served, first.address))[2] == octets
        assert len(web_events(served)) == 2
    (tmp_path / "web.json").write_text("[{}]")
    with pytest.raises(CannotLook, match=r"web\.json cannot be read"):
        async with stage(tmp_path):
            pass


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"name": "no name"}, "not a name for a web server"),
        ({"hosts": ["a b"]}, "not a name for a web server"),
        ({"status": 99}, "99 is not the status"),
        ({"address": "192.0.2.1"}, "not a loopback address"),
        ({"address": "127.0.0.1"}, "not a loopback address"),
        ({"address": "127.0.0.9"}, "belongs to another web server"),
        ({"name": "taken.pages.example", "address": "127.0.0.8"}, "already, on 127.0.0.9"),
        ({"policy": b"x" * (1024 * 1024)}, "at most"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, how: dict[str, object], message: str) -> None:
    """Each with its reason, and nothing is changed."""

    @on_loop
    async def refused() -> None:
        async with stage(tmp_path) as served:
            taken = await served.wire.web.put("taken.pages.example", OTHERS, hosts=[HOST], address="127.0.0.9")
            with pytest.raises(CannotLook, match=message):
                await served.wire.web.put(**{"name": PLATFORM, "policy": OTHERS} | how)  # type: ignore[arg-type]
            assert served.wire.web.servers() == (taken,)

    refused()
