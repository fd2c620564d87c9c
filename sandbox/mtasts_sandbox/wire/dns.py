"""The DNS server: UDP and TCP on loopback, answering from the world as an authoritative server and as a resolver.

Rendered answers are kept by the question's exact bytes until anything in the world changes.
"""

import asyncio
import errno
import struct
from collections.abc import Callable
from typing import cast

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from mtasts.errors import CannotLook
from mtasts_sandbox.wire.answers import Answer, Answers
from mtasts_sandbox.wire.listener import Listener
from mtasts_sandbox.world import Change, World

_HEADER = 12
# RFC 1035 s4.2.1 without EDNS; with it what the client says, up to what fits a loopback datagram with room to spare.
_UDP_PLAIN, _UDP_LIMIT, _TCP_LIMIT = 512, 4096, 65_535
_OUR_PAYLOAD = 1232
_CACHE_QUESTION_LIMIT, _CACHE_LIMIT = 320, 20_000
_TCP_IDLE = 10.0  # seconds
_TCP_CONNECTIONS = 256
_PORT_TRIES = 20

_META_TYPES = frozenset({dns.rdatatype.AXFR, dns.rdatatype.IXFR, dns.rdatatype.MAILA, dns.rdatatype.MAILB})


class Responder:
    """Turns the bytes of one query into the bytes of its answer."""

    def __init__(self, world: World) -> None:
        self._answers = Answers(world)
        self._rendered: dict[tuple[bytes, int], bytes] = {}

    def changed(self, change: Change) -> None:
        """Forget what was rendered; called within the change itself, so no client can see the old answer after it."""
        self._rendered.clear()
        self._answers.changed(change)

    def respond(self, query: bytes, limit: int) -> bytes | None:
        """Answer one message in at most `limit` bytes (EDNS may lower it for UDP); None where silence is right."""
        key = (query[2:], limit)
        kept = self._rendered.get(key)
        if kept is not None:
            return query[:2] + kept
        # Too short for an id, or itself a response: an answer could only start a loop.
        if len(query) < _HEADER or query[2] & 0x80:
            return None
        try:
            message = dns.message.from_wire(query)
        except (dns.exception.DNSException, ValueError, struct.error):
            return _bare(query, dns.rcode.FORMERR)
        try:
            wire = self._render(self._build(message), message, limit)
        except (dns.exception.DNSException, ValueError, struct.error):
            return _bare(query, dns.rcode.SERVFAIL)  # what the world holds cannot be written to the wire
        if len(query) <= _CACHE_QUESTION_LIMIT:
            if len(self._rendered) >= _CACHE_LIMIT:
                self._rendered.clear()
            self._rendered[key] = wire[2:]
        return wire

    def _build(self, message: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(message, recursion_available=True, our_payload=_OUR_PAYLOAD)
        response.flags &= ~(dns.flags.AD | dns.flags.CD)
        if message.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
        elif message.edns > 0:
            response.set_rcode(dns.rcode.BADVERS)
        elif len(message.question) != 1:
            response.set_rcode(dns.rcode.FORMERR)
        else:
            self._fill(response, message, message.question[0])
        return response

    def _fill(self, response: dns.message.Message, message: dns.message.Message, question: dns.rrset.RRset) -> None:
        if question.rdclass != dns.rdataclass.IN or question.rdtype in _META_TYPES:
            response.set_rcode(dns.rcode.REFUSED)
            return
        recurse = bool(message.flags & dns.flags.RD)
        answer: Answer = self._answers.answer(question.name, question.rdtype, recurse=recurse)
        response.set_rcode(answer.rcode)
        response.answer.extend(answer.rrsets)
        response.authority.extend(answer.authority)
        if answer.authoritative:
            response.flags |= dns.flags.AA

    @staticmethod
    def _render(response: dns.message.Message, message: dns.message.Message, limit: int) -> bytes:
        if limit < _TCP_LIMIT:
            limit = min(limit, max(_UDP_PLAIN, message.payload)) if message.edns >= 0 else _UDP_PLAIN
        try:
            return response.to_wire(max_size=limit)
        except dns.exception.TooBig:
            response.flags |= dns.flags.TC
            response.answer.clear()
            response.authority.clear()
            return response.to_wire(max_size=limit)


def _bare(query: bytes, rcode: dns.rcode.Rcode) -> bytes:
    """A header-only answer to what cannot be read: same id, opcode and RD."""
    return struct.pack("!2sBBHHHH", query[:2], 0x80 | (query[2] & 0x79), 0x80 | rcode, 0, 0, 0, 0)


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP socket."""

    def __init__(self, respond: Callable[[bytes, int], bytes | None]) -> None:
        self._respond = respond
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._respond(data, _UDP_LIMIT)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


class DnsServer:
    """The running server; `port` is the same for UDP and TCP."""

    def __init__(self, world: World) -> None:
        self._responder = Responder(world)
        self._unsubscribe = world.subscribe(self._responder.changed)
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._listeners: list[Listener] = []
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen on 127.0.0.1 and, where there is one, ::1. Raises CannotLook when the port cannot be had."""
        for _ in range(_PORT_TRIES):
            try:
                await self._bind("127.0.0.1", port)
                await self._bind_ipv6(any_port=not port)
            except OSError as error:
                await self._unbind()
                # A port that is free for UDP may be taken for TCP, or on ::1: only then is it worth asking for another.
                if port:
                    raise CannotLook(
                        f"the sandbox's DNS server cannot listen on 127.0.0.1 port {port}: {error.strerror or error}",
                        "stop what listens there, or choose another port",
                    ) from error
            else:
                return
        raise CannotLook("the sandbox's DNS server found no port that is free for both UDP and TCP")

    async def _bind_ipv6(self, *, any_port: bool) -> None:
        """Listen on ::1 too. Raises OSError where the port is taken there and another one would do."""
        try:
            await self._bind("::1", self.port)
        except OSError as error:
            # No IPv6 on this machine's loopback, or the port is taken there: IPv4 is what clients are told.
            if any_port and error.errno == errno.EADDRINUSE:
                raise

    async def _bind(self, address: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._responder.respond), local_addr=(address, port)
        )
        self._datagrams.append(transport)
        bound = transport.get_extra_info("sockname")[1]
        listener = Listener(address, bound, self._connection, limit=_TCP_CONNECTIONS)
        await listener.open()
        self._listeners.append(listener)
        self.port = bound

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the queries of one TCP connection in turn (RFC 7766 s6.2.1)."""
        while True:
            async with asyncio.timeout(_TCP_IDLE):
                length = int.from_bytes(await reader.readexactly(2), "big")
                query = await reader.readexactly(length)
                answer = self._responder.respond(query, _TCP_LIMIT)
                if answer is None:
                    return
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()

    async def _unbind(self) -> None:
        for transport in self._datagrams:
            transport.close()
        for listener in self._listeners:
            await listener.close()
        self._datagrams.clear()
        self._listeners.clear()

    async def close(self) -> None:
        """Stop listening and forget the world."""
        self._unsubscribe()
        await self._unbind()
