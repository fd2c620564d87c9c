"""A DNS server of the tests: answers from a table over UDP and TCP, with the ways a server can misbehave."""

import asyncio
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.patience import PATIENCE

Records = Mapping[tuple[str, str], tuple[str, ...]]
_PORT_TRIES = 20
_NEVER_ANSWERED = {"silent", "garbage"}
SOA = "ns.test. hostmaster.test. 1 3600 600 86400 60"


def seconds_for(faults: Mapping[str, str]) -> float:
    """How long to wait for an answer: what never comes is waited for, all else has the time of a busy machine."""
    return 1 if _NEVER_ANSWERED & set(faults.values()) else PATIENCE


@dataclass
class DnsServer:
    """`records` maps (name, type) to values; `faults` a name or `NAME TYPE` to a bent answer. Use `async with`."""

    records: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, str] = field(
        default_factory=dict
    )  # servfail | refused | silent | garbage | truncate | cut | lame
    validates: bool = False
    ttl: int = 300
    port: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # (name, type, "udp" | "tcp")
    bend: Callable[[bytes], bytes] = lambda wire: wire

    @property
    def endpoint(self) -> str:
        """For Network.resolver."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> "DnsServer":
        for _ in range(_PORT_TRIES):
            self._tcp = await asyncio.start_server(self._serve_tcp, "127.0.0.1", 0)
            self.port = self._tcp.sockets[0].getsockname()[1]
            here = ("127.0.0.1", self.port)
            try:
                self._udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(self._peer, local_addr=here)
            except OSError:
                self._tcp.close()  # a port that is free for TCP may be somebody's for UDP
            else:
                return self
        raise OSError("no port is free for both UDP and TCP")

    async def __aexit__(self, *_: object) -> None:
        self._udp.close()
        self._tcp.close()

    def _peer(self) -> "_Udp":
        return _Udp(self)

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        """The reply to one question, or None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, transport))
        fault = self.faults.get(name, self.faults.get(f"{name} {kind}", ""))
        if fault == "silent":
            return None
        if fault == "garbage":
            return wire[:2] + b"\xff" * 30
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if fault == "servfail" or (fault == "bogus" and not query.flags & dns.flags.CD):
            response.set_rcode(dns.rcode.SERVFAIL)
        elif fault == "refused":
            response.set_rcode(dns.rcode.REFUSED)
        elif fault == "truncate" and transport == "udp":
            response.flags |= dns.flags.TC
        elif fault == "lame":
            response.flags &= ~dns.flags.RA
            response.authority.append(dns.rrset.from_text("test.", 60, "IN", "NS", "ns.test."))
        elif name == "." and self.validates:
            response.flags |= dns.flags.AD
            response.answer.append(dns.rrset.from_text(".", 60, "IN", "SOA", SOA))
        else:
            self._fill(response, question.name, kind, fault)
        return response.to_wire(max_size=65535)

    def _fill(self, response: dns.message.Message, name: dns.name.Name, kind: str, fault: str) -> None:
        if fault == "secure" and self.validates:
            response.flags |= dns.flags.AD
        owner = name
        for _ in range(20):
            text = owner.to_text(omit_final_dot=True).lower()
            values = self.records.get((text, kind))
            if values:
                response.answer.append(dns.rrset.from_text(owner, self.ttl, "IN", kind, *values))
                return
            alias = self.records.get((text, "CNAME"))
            if not alias:
                break
            response.answer.append(dns.rrset.from_text(owner, self.ttl, "IN", "CNAME", *alias))
            owner = dns.name.from_text(alias[0])
            if fault == "cut":
                response.flags &= ~dns.flags.RA
                return
        response.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", SOA))
        text = owner.to_text(omit_final_dot=True).lower()
        if not any(have == text or have.endswith("." + text) for have, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            reply = self.answer(await reader.readexactly(size), "tcp")
            if reply is not None:
                reply = self.bend(reply)
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()
        finally:
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._server.answer(data, "udp")
        if reply is not None:
            self._transport.sendto(self._server.bend(reply), addr)  # type: ignore[attr-defined]
