"""The DNS server, asked by dnspython over real sockets, and by anybody with anything."""

import asyncio
import socket
import struct
import time
from pathlib import Path

import dns.asyncquery
import dns.asyncresolver
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.resolver
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtasts.errors import CannotLook
from mtasts_sandbox.wire.dns import DnsServer, Responder
from mtasts_sandbox.world import Change
from tests.mtasts_sandbox.memory_world import MemoryWorld, Stage, on_loop, stage
from tests.patience import PATIENCE


def world() -> MemoryWorld:
    made = MemoryWorld()
    made.add_zone("example.com", soa_minimum=77)
    made.add_zone("provider.example")
    made.add_zone("sub.example.com")
    made.put("_mta-sts.example.com", "TXT", "v=STSv1; id=a1;", ttl=300)
    made.put("mta-sts.example.com", "CNAME", "d111.cloudfront.net")
    made.put("deep.empty.example.com", "A", "127.0.0.1")
    made.put("_mta-sts.user.example.com", "CNAME", "_MTA-STS.provider.example.")
    made.put("_mta-sts.provider.example", "CNAME", "two.provider.example")
    made.put("two.provider.example", "TXT", "v=STSv1; id=b1;")
    made.put("loop1.example.com", "CNAME", "loop2.example.com")
    made.put("loop2.example.com", "CNAME", "loop1.example.com")
    made.put("away.example.com", "CNAME", "elsewhere.invalid")
    made.put("lost.example.com", "CNAME", "nothing.provider.example")
    made.put("example.com", "MX", "10 mx1.example.com", "20 mx2.example.com.")
    made.put("long.example.com", "TXT", "x" * 600)
    made.put("many.example.com", "TXT", *(f"{n} " + "y" * 200 for n in range(20)))
    made.put("*.wild.example.com", "A", "127.0.0.9")
    made.put("real.wild.example.com", "TXT", "here")
    made.put("broken.example.com", "A", "not an address")
    made.put("caa.example.com", "CAA", '0 issue "ca.example"')
    return made


RESPONDER = Responder(world())


def ask(name: str, rdtype: str, *, rd: bool = True, **query: object) -> dns.message.Message:
    """One question straight to the responder, through wire form both ways."""
    message = dns.message.make_query(name, rdtype, **query)  # type: ignore[arg-type]
    if not rd:
        message.flags &= ~dns.flags.RD
    wire = RESPONDER.respond(message.to_wire(), 4096)
    assert wire is not None
    answer = dns.message.from_wire(wire)
    assert message.is_response(answer)
    return answer


def shown(answer: dns.message.Message) -> tuple[str, list[str], list[str]]:
    """Code, answer section and authority section as text."""
    sections = [
        [line for rrset in s for line in sorted(rrset.to_text().splitlines())]
        for s in (answer.answer, answer.authority)
    ]
    return dns.rcode.to_text(answer.rcode()), sections[0], sections[1]


SOA = "ns1.mtasts-sandbox.test. hostmaster.mtasts-sandbox.test. 1 7200 900 1209600"
NEGATIVE = f"example.com. 77 IN SOA {SOA} 77"

ANSWERS = [
    ("_mta-sts.example.com", "TXT", "NOERROR", ['_mta-sts.example.com. 300 IN TXT "v=STSv1; id=a1;"'], []),
    ("_MTA-sts.Example.COM", "TXT", "NOERROR", ['_MTA-sts.Example.COM. 300 IN TXT "v=STSv1; id=a1;"'], []),
    ("_mta-sts.example.com", "A", "NOERROR", [], [NEGATIVE]),
    ("nothing.example.com", "TXT", "NXDOMAIN", [], [NEGATIVE]),
    ("below._mta-sts.example.com", "TXT", "NXDOMAIN", [], [NEGATIVE]),
    ("empty.example.com", "TXT", "NOERROR", [], [NEGATIVE]),
    ("example.com", "A", "NOERROR", [], [NEGATIVE]),
    ("example.com", "SOA", "NOERROR", [f"example.com. 900 IN SOA {SOA} 77"], []),
    (
        "example.com",
        "NS",
        "NOERROR",
        ["example.com. 900 IN NS ns1.mtasts-sandbox.test.", "example.com. 900 IN NS ns2.mtasts-sandbox.test."],
        [],
    ),
    ("ns2.mtasts-sandbox.test", "A", "NOERROR", ["ns2.mtasts-sandbox.test. 900 IN A 127.0.0.1"], []),
    ("ns1.mtasts-sandbox.test", "AAAA", "NOERROR", ["ns1.mtasts-sandbox.test. 900 IN AAAA ::1"], []),
    (
        "example.com",
        "MX",
        "NOERROR",
        ["example.com. 300 IN MX 10 mx1.example.com.", "example.com. 300 IN MX 20 mx2.example.com."],
        [],
    ),
    (
        "_mta-sts.user.example.com",
        "TXT",
        "NOERROR",
        [
            "_mta-sts.user.example.com. 300 IN CNAME _MTA-STS.provider.example.",
            "_MTA-STS.provider.example. 300 IN CNAME two.provider.example.",
            'two.provider.example. 300 IN TXT "v=STSv1; id=b1;"',
        ],
        [],
    ),
    (
        "_mta-sts.user.example.com",
        "CNAME",
        "NOERROR",
        ["_mta-sts.user.example.com. 300 IN CNAME _MTA-STS.provider.example."],
        [],
    ),
    (
        "lost.example.com",
        "A",
        "NXDOMAIN",
        ["lost.example.com. 300 IN CNAME nothing.provider.example."],
        [f"provider.example. 60 IN SOA {SOA} 60"],
    ),
    ("nothing.sub.example.com", "A", "NXDOMAIN", [], [f"sub.example.com. 60 IN SOA {SOA} 60"]),
    ("any.wild.example.com", "A", "NOERROR", ["any.wild.example.com. 300 IN A 127.0.0.9"], []),
    ("any.wild.example.com", "TXT", "NOERROR", [], [NEGATIVE]),
    ("real.wild.example.com", "A", "NOERROR", [], [NEGATIVE]),
    ("broken.example.com", "A", "SERVFAIL", [], []),
    ("caa.example.com", "CAA", "NOERROR", ['caa.example.com. 300 IN CAA 0 issue "ca.example"'], []),
    ("caa.example.com", "TYPE65280", "NOERROR", [], [NEGATIVE]),
    ("example.com", "DNSKEY", "NOERROR", [], [NEGATIVE]),
    ("example.com", "ANY", "NOERROR", ['example.com. 900 IN HINFO "RFC8482" ""'], []),
    ("nothing.example.com", "ANY", "NXDOMAIN", [], [NEGATIVE]),
]


@pytest.mark.parametrize(("name", "rdtype", "code", "answers", "authority"), ANSWERS)
def test_answers(name: str, rdtype: str, code: str, answers: list[str], authority: list[str]) -> None:
    """Records, chains, NODATA, NXDOMAIN, empty non-terminals, case and wildcards, each with the right authority."""
    answer = ask(name, rdtype)
    assert shown(answer) == (code, answers, authority)
    assert answer.flags & dns.flags.AA
    assert answer.flags & dns.flags.RA


def test_other_zones_are_refused() -> None:
    """We are not a resolver for the rest of the world, and do not say that it does not exist."""
    for name in ("example.org", "com", "."):
        answer = ask(name, "A")
        assert shown(answer) == ("REFUSED", [], [])
        assert not answer.flags & dns.flags.AA


@pytest.mark.parametrize("name", ["loop1.example.com", "away.example.com"])
def test_a_chain_without_an_end_is_servfail_to_a_stub_and_partial_to_a_resolver(name: str) -> None:
    """A stub (RD) must not read a broken chain as "no such record"; who iterates by itself gets what there is."""
    assert ask(name, "A").rcode() == dns.rcode.SERVFAIL
    partial = ask(name, "A", rd=False)
    assert partial.rcode() == dns.rcode.NOERROR
    assert partial.answer[0].to_text().startswith(f"{name}. 300 IN CNAME")


def test_long_text_is_split_into_strings_of_255() -> None:
    """RFC 1035 s3.3: 600 characters are three strings, which join to the same text."""
    rdata = ask("long.example.com", "TXT", use_edns=0).answer[0][0]
    assert [len(s) for s in rdata.strings] == [255, 255, 90]


def test_truncation_follows_what_the_client_can_take() -> None:
    """512 bytes without EDNS, the announced size with it, never more than 4096; TC and no half answers."""
    plain, small, big = (
        ask("many.example.com", "TXT"),
        ask("many.example.com", "TXT", use_edns=0, payload=1232),
        ask("many.example.com", "TXT", use_edns=0, payload=65000),
    )
    for answer in (plain, small, big):
        assert answer.flags & dns.flags.TC
        assert not answer.answer
    assert ask("long.example.com", "TXT").flags & dns.flags.TC
    assert not ask("long.example.com", "TXT", use_edns=0, payload=1232).flags & dns.flags.TC


def test_edns_is_answered_in_kind() -> None:
    """An OPT gets an OPT; an unknown EDNS version is BADVERS (RFC 6891 s6.1.3)."""
    assert ask("example.com", "MX").edns == -1
    assert ask("example.com", "MX", use_edns=0).edns == 0
    assert ask("example.com", "MX", use_edns=1).rcode() == dns.rcode.BADVERS


def test_what_is_not_a_plain_question_is_refused() -> None:
    """Other opcodes, classes and zone transfers get a code of their own, and responses get silence."""
    assert ask("example.com", "AXFR").rcode() == dns.rcode.REFUSED
    assert ask("version.bind", "TXT", rdclass="CH").rcode() == dns.rcode.REFUSED
    notify = dns.message.make_query("example.com", "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    wire = RESPONDER.respond(notify.to_wire(), 512)
    assert wire is not None
    assert dns.message.from_wire(wire).rcode() == dns.rcode.NOTIMP
    response = dns.message.make_response(dns.message.make_query("example.com", "A"))
    assert RESPONDER.respond(response.to_wire(), 512) is None
    assert RESPONDER.respond(b"\0" * 11, 512) is None


def test_a_change_is_seen_by_the_next_question() -> None:
    """Rendered answers and the names that exist follow every change: also the empty non-terminal that goes."""
    made = world()
    responder = Responder(made)
    made.subscribe(responder.changed)

    def code(name: str) -> str:
        wire = responder.respond(dns.message.make_query(name, "TXT").to_wire(), 4096)
        assert wire is not None
        return shown(dns.message.from_wire(wire))[0] + str(len(dns.message.from_wire(wire).answer))

    assert [code("a.b.example.com"), code("b.example.com")] == ["NXDOMAIN0", "NXDOMAIN0"]
    made.put("a.b.example.com", "TXT", "one")
    assert [code("a.b.example.com"), code("b.example.com")] == ["NOERROR1", "NOERROR0"]
    made.put("a.b.example.com", "A", "127.0.0.1")
    made.drop("a.b.example.com", "TXT")
    assert [code("a.b.example.com"), code("b.example.com")] == ["NOERROR0", "NOERROR0"]
    made.drop("a.b.example.com", "A")
    assert [code("a.b.example.com"), code("b.example.com")] == ["NXDOMAIN0", "NXDOMAIN0"]
    made.add_zone("b.example.com")
    assert [code("a.b.example.com"), code("b.example.com")] == ["NXDOMAIN0", "NOERROR0"]
    made.drop_zone("b.example.com")
    assert code("b.example.com") == "NXDOMAIN0"


@pytest.mark.needs("ipv6")
@on_loop
async def test_udp_tcp_and_fallback(tmp_path: Path) -> None:
    """dnspython's resolver, with this as its only server, falls back to TCP by itself and joins chains."""
    async with stage(tmp_path, world()) as served:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], served.wire.ports.dns
        resolver.timeout = resolver.lifetime = PATIENCE
        assert len(await resolver.resolve("many.example.com", "TXT")) == 20
        chained = await resolver.resolve("_mta-sts.user.example.com", "TXT")
        assert chained.canonical_name == dns.name.from_text("two.provider.example")
        with pytest.raises(dns.resolver.NXDOMAIN):
            await resolver.resolve("nothing.example.com", "TXT")
        with pytest.raises(dns.resolver.NoAnswer):
            await resolver.resolve("empty.example.com", "TXT")
        with pytest.raises(dns.resolver.NoNameservers):
            await resolver.resolve("away.example.com", "A")
        over_ipv6 = await dns.asyncquery.udp(
            dns.message.make_query("example.com", "MX"), "::1", port=served.wire.ports.dns, timeout=PATIENCE
        )
        assert len(over_ipv6.answer[0]) == 2


async def tcp(served: Stage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", served.wire.ports.dns)


@on_loop
async def test_tcp_takes_several_queries_in_any_pieces(tmp_path: Path) -> None:
    """Three pipelined queries, sent byte by byte, get three answers in order (RFC 7766 s6.2.1)."""
    async with stage(tmp_path, world()) as served:
        reader, writer = await tcp(served)
        queries = [dns.message.make_query(n, "TXT") for n in ("example.com", "nothing.example.com", "many.example.com")]
        for octet in b"".join(struct.pack("!H", len(q.to_wire())) + q.to_wire() for q in queries):
            writer.write(bytes([octet]))
            await asyncio.sleep(0)
        for query in queries:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            assert query.is_response(dns.message.from_wire(await reader.readexactly(length)))
        writer.close()


@on_loop
async def test_garbage_over_tcp_ends_that_connection_only(tmp_path: Path) -> None:
    """A length with nonsense behind it is answered FORMERR or closed; the next client is served."""
    async with stage(tmp_path, world()) as served:
        reader, writer = await tcp(served)
        writer.write(b"\x00\x05hello" + b"\x00\x0c" + b"\xff" * 12 + b"\xff\xff")
        writer.write_eof()
        assert await reader.read() == b""
        reader, writer = await tcp(served)
        writer.write(b"\x00\x10" + b"\x12\x34\x01\x00\x00\x01" + b"\x00" * 6 + b"\x3f\x3f\x3f\x3f")
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        assert (await reader.readexactly(length))[:4] == b"\x12\x34\x81\x81"
        writer.close()
        answer = await dns.asyncquery.udp(
            dns.message.make_query("example.com", "MX"), "127.0.0.1", port=served.wire.ports.dns, timeout=PATIENCE
        )
        assert answer.rcode() == dns.rcode.NOERROR


@on_loop
async def test_a_port_in_use_is_named() -> None:
    """Exit 2 with the port and the way out, and nothing is left listening."""
    first, second = DnsServer(MemoryWorld()), DnsServer(MemoryWorld())
    await first.start(0)
    try:
        with pytest.raises(CannotLook, match=rf"DNS server cannot listen on 127\.0\.0\.1 port {first.port}: "):
            await second.start(first.port)
    finally:
        await first.close()
        await second.close()


@pytest.mark.needs("ipv6")
@on_loop
async def test_any_port_is_one_that_is_free_on_ipv6_too() -> None:
    """A port that somebody else has on ::1 is not taken: clients that go there first would meet them."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        taken.bind(("::1", 0))
        first = iter([taken.getsockname()[1]])

        class Unlucky(DnsServer):
            async def _bind(self, address: str, port: int) -> None:
                await super()._bind(address, port or next(first, 0))

        server = Unlucky(world())
        await server.start(0)
        try:
            assert server.port != taken.getsockname()[1]
            query = dns.message.make_query("example.com", "MX")
            answer = await dns.asyncquery.udp(query, "::1", port=server.port, timeout=PATIENCE)
            assert len(answer.answer[0]) == 2
        finally:
            await server.close()


VALID = dns.message.make_query("_mta-sts.example.com", "TXT", use_edns=0).to_wire()


@settings(max_examples=1500)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.tuples(st.integers(0, len(VALID) - 1), st.binary(max_size=12)).map(
            lambda cut: VALID[: cut[0]] + cut[1] + VALID[cut[0] + len(cut[1]) :]
        ),
    )
)
@example(b"\0" * 12)
@example(VALID[:-3])
@example(b"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\x10\0\1")
def test_any_packet_is_answered_or_ignored(packet: bytes) -> None:
    """No packet raises; an answer has the packet's id, is a response, and fits."""
    answer = RESPONDER.respond(packet, 4096)
    if answer is not None:
        assert answer[:2] == packet[:2]
        assert answer[2] & 0x80
        assert len(answer) <= 4096


def test_thousands_of_queries_a_second() -> None:
    """Answering takes well under 200 us even when nothing was asked before (5,000/s); a repeated one far less."""
    made = MemoryWorld()
    made.add_zone("example.net")
    for n in range(2000):
        made.put(f"_mta-sts.d{n}.example.net", "TXT", f"v=STSv1; id={n};")
    responder = Responder(made)
    queries = [dns.message.make_query(f"_mta-sts.d{n}.example.net", "TXT").to_wire() for n in range(2000)]
    start = time.process_time()
    for query in queries:
        responder.respond(query, 4096)
    first = time.process_time() - start
    start = time.process_time()
    for query in queries:
        responder.respond(query, 4096)
    again = time.process_time() - start
    assert first < 2.0
    assert again < first / 5


def test_a_change_among_thousands_of_names_is_cheap() -> None:
    """8,000 names and 8,000 changes with a negative answer after each: no walk over the zone for any of them."""
    made = MemoryWorld()
    made.add_zone("example.net")
    for n in range(8000):
        made.put(f"_mta-sts.d{n}.example.net", "TXT", "v=STSv1; id=1;")
    responder = Responder(made)
    query = dns.message.make_query("nothing.example.net", "TXT").to_wire()
    responder.respond(query, 512)
    start = time.process_time()
    for n in range(8000):
        responder.changed(Change("record", f"_mta-sts.d{n}.example.net", "TXT"))
    assert time.process_time() - start < 1.0
    answer = responder.respond(query, 512)
    assert answer is not None
    assert dns.message.from_wire(answer).rcode() == dns.rcode.NXDOMAIN
