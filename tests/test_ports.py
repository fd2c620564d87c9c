"""Ports of the tests are theirs alone."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import dns.asyncquery
import dns.message
import pytest

from tests import ports
from tests.fakes.dns_server import DnsServer
from tests.patience import PATIENCE
from tests.ports import ephemeral, free_port

ROOT = Path(__file__).resolve().parents[1]

_ASK = """
import sys
from tests import ports
ports._candidates = lambda: iter(range(int(sys.argv[1]), 32_000))
print(*[ports.free_port() for _ in range(20)], flush=True)
input()
"""


def test_a_port_is_free_for_both_protocols_and_the_kernel_gives_it_to_nobody():
    port = free_port()
    assert port not in ephemeral()
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", port))
        udp.bind(("127.0.0.1", port))


def test_processes_that_ask_at_once_never_share_one():
    """Four runs of the tests, each of which looks at the same ports in the same order."""
    command = [sys.executable, "-c", _ASK, "25000"]
    asking = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    given = [int(word) for process in asking for word in process.stdout.readline().split()]
    for process in asking:
        process.communicate("\n", timeout=PATIENCE)

    assert len(given) == len(set(given)) == 80


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
def test_a_port_in_use_by_either_protocol_is_not_given(monkeypatch, kind):
    taken, left = free_port(), free_port()
    monkeypatch.setattr(ports, "_OURS", [])
    with socket.socket(type=kind) as other:
        other.bind(("127.0.0.1", taken))
        with pytest.raises(OSError, match="in use"):
            ports._try(taken)
        ports._try(left)


def test_a_dns_server_takes_another_port_when_udp_has_lost_its_own(monkeypatch):
    """The kernel chooses by TCP alone; here somebody else has the same number for UDP."""
    start, lost = asyncio.start_server, socket.socket(type=socket.SOCK_DGRAM)

    async def start_and_lose(*given):
        server = await start(*given)
        if lost.getsockname()[1] == 0:
            with contextlib.suppress(OSError):  # somebody else has it already: the next one is ours to lose
                lost.bind(server.sockets[0].getsockname())
        return server

    async def ask() -> dns.message.Message:
        async with DnsServer({("a.example.com", "A"): ("192.0.2.1",)}) as server:
            assert server.port != lost.getsockname()[1] != 0
            query = dns.message.make_query("a.example.com", "A")
            udp = await dns.asyncquery.udp(query, "127.0.0.1", port=server.port, timeout=PATIENCE)
            tcp = await dns.asyncquery.tcp(query, "127.0.0.1", port=server.port, timeout=PATIENCE)
            assert udp.answer == tcp.answer
            return udp

    monkeypatch.setattr(asyncio, "start_server", start_and_lose)
    with lost:
        assert asyncio.run(ask()).answer[0][0].address == "192.0.2.1"
