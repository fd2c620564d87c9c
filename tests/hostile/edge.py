"""A policy host of example.com on loopback whose DNS can be bent, one family at a time."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mtasts.live.https import fetch_policy
from mtasts.live.network import ConnectTo, Network
from mtasts.verify.model import PolicyFetch
from tests.fakes.dns_server import DnsServer
from tests.pki import Leaf, Pki

HOST = "mta-sts.example.com"
NONE = "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"


class Edge:
    """A policy host on loopback: DNS with an A record and a bent AAAA, and a TLS server that serves `text`.

    An address in `stale` is connected to another port, where `old` is served.
    """

    def __init__(self, pki: Pki, leaf: Leaf, text: str) -> None:
        self.names = DnsServer({(HOST, "A"): ("192.0.2.1",)})
        self._ca, self._leaf, self._text = pki.ca_file, leaf, text
        self.stale: tuple[str, ...] = ()
        self.network = Network()

    @asynccontextmanager
    async def open(self, old: str = NONE) -> AsyncIterator["Edge"]:
        async with self.names, await self._serve(self._text) as new, await self._serve(old) as former:
            port, old_port = (server.sockets[0].getsockname()[1] for server in (new, former))
            there = tuple(ConnectTo(address, 443, "127.0.0.1", old_port) for address in self.stale)
            rules = (*there, ConnectTo("", 443, "127.0.0.1", port))
            self.network = Network(self.names.endpoint, self._ca, rules)
            yield self

    async def look(self, domain: str, timeout: float) -> tuple[PolicyFetch, ...]:
        return await fetch_policy(domain, self.network, timeout=timeout)

    async def _serve(self, text: str) -> asyncio.Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._leaf.chain, self._leaf.key)
        body = text.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n".encode()

        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(head + body)
                await writer.drain()
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        return await asyncio.start_server(once, "127.0.0.1", 0, ssl=context)
