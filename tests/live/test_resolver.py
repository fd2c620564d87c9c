"""The resolver against a DNS server of the tests: absent, troubled and found are three different answers."""

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtasts.errors import CannotLook
from mtasts.live.authorities import ask_authorities
from mtasts.live.caa import find_caa
from mtasts.live.network import ConnectTo, Network
from mtasts.live.resolver import Resolver, read_resolv_conf
from mtasts.verify.model import Answer, AnswerKind, Dnssec
from tests.fakes.dns_server import DnsServer
from tests.patience import PATIENCE
from tests.ports import free_port

T = TypeVar("T")

RECORDS = {
    ("_mta-sts.example.test", "TXT"): ('"v=STSv1; " "id=2026;"', '"other"'),
    ("alias.example.test", "CNAME"): ("alias2.example.test.",),
    ("alias2.example.test", "CNAME"): ("_mta-sts.example.test.",),
    ("dangling.example.test", "CNAME"): ("gone.example.test.",),
    ("loop.example.test", "CNAME"): ("loop2.example.test.",),
    ("loop2.example.test", "CNAME"): ("loop.example.test.",),
    ("example.test", "MX"): ("20 MX2.example.test.", "10 mx1.example.test."),
    ("null.test", "MX"): ("0 .",),
    ("mx1.example.test", "A"): ("192.0.2.25",),
    ("mx1.example.test", "AAAA"): ("2001:db8::25",),
    ("example.test", "NS"): ("ns1.example.test.", "ns2.example.test."),
    ("ns1.example.test", "A"): ("192.0.2.53",),
    ("example.test", "CAA"): ('0 issue "letsencrypt.org"',),
}


def with_server(server: DnsServer, use: Callable[[Resolver], Awaitable[T]], timeout: float = PATIENCE) -> T:
    """Run `use` with a resolver that asks `server`."""

    async def run() -> T:
        async with server:
            rules = (ConnectTo("", 53, "127.0.0.1", server.port),)
            resolver = Resolver(Network(server.endpoint, None, rules), timeout=timeout)
            try:
                return await use(resolver)
            finally:
                resolver.close()

    return asyncio.run(run())


def ask(name: str, kind: str, server: DnsServer | None = None, **more: float) -> Answer:
    """One question."""
    return with_server(server or DnsServer(RECORDS), lambda resolver: resolver.ask(name, kind), **more)


def test_strings_are_joined_and_records_kept_apart() -> None:
    """RFC 8461 s3.1: no blank between the strings; how many there were is kept."""
    seen = ask("_mta-sts.example.test", "TXT")
    assert (seen.kind, seen.values, seen.pieces, seen.ttl) == (
        AnswerKind.FOUND,
        ("other", "v=STSv1; id=2026;"),
        (1, 2),
        300,
    )


def test_chains_of_aliases_are_followed_and_shown() -> None:
    """RFC 8461 s3.1: senders must follow CNAMEs."""
    seen = ask("alias.example.test", "TXT")
    assert (seen.found, seen.chain) == (True, ("alias2.example.test", "_mta-sts.example.test"))


def test_a_server_that_stops_at_the_alias_is_asked_again() -> None:
    """An authoritative server does not leave its zone; the chain goes on by another question."""
    server = DnsServer(RECORDS, {"alias.example.test": "cut", "alias2.example.test": "cut"})
    seen = ask("alias.example.test", "TXT", server)
    assert (seen.found, seen.chain) == (True, ("alias2.example.test", "_mta-sts.example.test"))


@pytest.mark.parametrize(
    ("name", "kind", "trouble"),
    [
        ("nobody.example.test", AnswerKind.NO_NAME, ""),
        ("example.test", AnswerKind.NO_DATA, ""),
        ("dangling.example.test", AnswerKind.NO_NAME, ""),
        ("loop.example.test", AnswerKind.TROUBLE, "CNAME chain too long or a loop"),
        ("a" * 64 + ".test", AnswerKind.TROUBLE, "not a name that DNS can carry"),
        ("grüße.test", AnswerKind.TROUBLE, "not a name that DNS can carry"),
    ],
)
def test_absent_and_troubled_are_told_apart(name: str, kind: AnswerKind, trouble: str) -> None:
    """NXDOMAIN and NODATA are answers; all else is not."""
    seen = ask(name, "TXT")
    assert (seen.kind, seen.trouble, seen.values) == (kind, trouble, ())


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("servfail", "SERVFAIL"),
        ("refused", "REFUSED"),
        ("silent", "time-out"),
        ("garbage", "time-out"),
        ("lame", "no answer for this zone (lame server)"),
    ],
)
def test_each_trouble_has_its_word_and_is_tried_twice(fault: str, trouble: str) -> None:
    """SERVFAIL is never "no record" (RFC 8461 s3.1 would let a policy be hidden by it)."""
    server = DnsServer(RECORDS, {"_mta-sts.example.test": fault})
    # Only what never comes is waited for in vain.
    seen = ask("_mta-sts.example.test", "TXT", server, timeout=0.2 if trouble == "time-out" else PATIENCE)
    assert (seen.kind, seen.trouble) == (AnswerKind.TROUBLE, trouble)
    assert len([each for each in server.asked if each[1] == "TXT"]) >= 2


def test_silence_costs_two_time_outs_and_no_more() -> None:
    """The whole question is bounded."""
    server = DnsServer(RECORDS, {"_mta-sts.example.test": "silent"})
    started = time.monotonic()
    ask("_mta-sts.example.test", "TXT", server, timeout=0.3)
    assert time.monotonic() - started >= 0.6
    assert len(server.asked) == 2


def test_nothing_listening_is_said_at_once() -> None:
    """A refused port is no time-out."""

    async def run() -> Answer:
        resolver = Resolver(Network(f"127.0.0.1:{free_port()}"), timeout=PATIENCE)
        seen = await resolver.ask("example.test", "TXT")
        resolver.close()
        return seen

    assert asyncio.run(run()).trouble == "connection refused"


def test_a_truncated_answer_is_fetched_by_tcp() -> None:
    """RFC 7766 s5: the cut answer is never used."""
    server = DnsServer(RECORDS, {"_mta-sts.example.test": "truncate"})
    seen = ask("_mta-sts.example.test", "TXT", server)
    assert seen.values == ("other", "v=STSv1; id=2026;")
    assert {transport for _, kind, transport in server.asked if kind == "TXT"} == {"udp", "tcp"}


def test_an_answer_to_another_question_is_not_believed() -> None:
    """A forger must guess id and question (RFC 5452 s9.1)."""

    def other_id(wire: bytes) -> bytes:
        return struct.pack("!H", struct.unpack("!H", wire[:2])[0] ^ 1) + wire[2:]

    seen = ask("_mta-sts.example.test", "TXT", DnsServer(RECORDS, bend=other_id), timeout=0.2)
    assert (seen.kind, seen.trouble) == (AnswerKind.TROUBLE, "time-out")


def test_mx_come_by_preference_in_lower_case() -> None:
    """So that two looks at the same records are equal."""
    assert ask("example.test", "MX").values == ("10 mx1.example.test", "20 mx2.example.test")
    assert ask("null.test", "MX").values == ("0 .",)


def test_only_the_families_asked_for() -> None:
    """--ipv4 asks for no AAAA."""

    async def run() -> list[str]:
        async with DnsServer(RECORDS) as server:
            resolver = Resolver(Network(server.endpoint, families=frozenset({"ipv4"})), timeout=PATIENCE)
            answers = await resolver.addresses("mx1.example.test")
            resolver.close()
            assert [answer.values for answer in answers] == [("192.0.2.25",)]
            return [kind for _, kind, _ in server.asked]

    assert "AAAA" not in asyncio.run(run())


def test_one_question_for_all_who_ask_at_once() -> None:
    """A hundred domains on one MX host cost one look-up."""
    server = DnsServer(RECORDS)

    async def use(resolver: Resolver) -> None:
        await asyncio.gather(*(resolver.ask("mx1.example.test", "A") for _ in range(100)))

    with_server(server, use)
    assert [each for each in server.asked if each[1] == "A"] == [("mx1.example.test", "A", "udp")]


@pytest.mark.parametrize(
    ("fault", "validates", "dnssec"),
    [
        ("secure", True, Dnssec.SECURE),
        ("", True, Dnssec.INSECURE),
        ("", False, Dnssec.UNKNOWN),
        ("bogus", True, Dnssec.BOGUS),
        ("servfail", True, Dnssec.UNKNOWN),
    ],
)
def test_dnssec_is_what_the_resolver_says(fault: str, validates: bool, dnssec: Dnssec) -> None:
    """No AD bit means "not signed" only from a resolver that validates; SERVFAIL is bogus only if CD fixes it."""
    server = DnsServer(RECORDS, {"_mta-sts.example.test": fault}, validates=validates)
    assert ask("_mta-sts.example.test", "TXT", server).dnssec is dnssec


def test_each_authoritative_server_is_asked_by_itself() -> None:
    """One that has no address is named with that, not left out."""
    servers, trouble = with_server(
        DnsServer(RECORDS), lambda resolver: ask_authorities("_mta-sts.example.test", "example.test", resolver)
    )
    assert trouble == ""
    assert [(each.server, each.address, each.answer.kind) for each in servers] == [
        ("ns1.example.test", "192.0.2.53", AnswerKind.FOUND),
        ("ns2.example.test", "", AnswerKind.TROUBLE),
    ]


def test_caa_is_found_by_climbing() -> None:
    """RFC 8659 s3: the first found on the way up decides."""
    seen = with_server(DnsServer(RECORDS), lambda resolver: find_caa("mta-sts.example.test", resolver))
    assert (seen.name, seen.values) == ("example.test", ('0 issue "letsencrypt.org"',))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(2, 200), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_answer_is_trouble_or_an_answer_never_an_exception(changes: list[tuple[int, int]]) -> None:
    """Any bytes changed, the id left alone."""

    def damage(wire: bytes) -> bytes:
        data = bytearray(wire)
        for place, value in changes:
            data[2 + place % (len(data) - 2)] = value
        return bytes(data)

    seen = ask("_mta-sts.example.test", "TXT", DnsServer(RECORDS, bend=damage), timeout=0.02)
    assert isinstance(seen, Answer)


def test_resolv_conf_is_read_as_libc_does(tmp_path: Path) -> None:
    """The first three servers, a link-local address keeps its zone, odd lines are put up with; none is none."""
    file = tmp_path / "resolv.conf"
    lines = ["# a comment", "search example.com", "nameserver 192.0.2.1", "nameserver not-an-address"]
    lines += ["nameserver fe80::1%eth0", "nameserver 192.0.2.4"]
    file.write_text("\n".join(lines))
    assert read_resolv_conf(file) == [("192.0.2.1", 53), ("fe80::1%eth0", 53)]
    assert read_resolv_conf(tmp_path / "absent") == []


def test_a_resolver_that_is_no_address_is_refused_at_once() -> None:
    """Before any question."""
    with pytest.raises(CannotLook, match="is not an IP address"):
        Resolver(Network("resolver.example"))


def test_of_several_resolvers_each_speaks_of_dnssec_for_itself() -> None:
    """An answer without AD means "not signed" only from a resolver that validates, whatever the others do."""
    name = "_mta-sts.example.test"

    async def run(first: DnsServer, second: DnsServer) -> Dnssec:
        async with first, second:
            resolver = Resolver(Network(first.endpoint), timeout=PATIENCE)
            resolver._servers = [("127.0.0.1", one.port) for one in (first, second)]
            try:
                return (await resolver.ask(name, "TXT")).dnssec
            finally:
                resolver.close()

    fails, silent = {name: "servfail"}, {name: "refused"}
    validating, plain = DnsServer(RECORDS, validates=True), DnsServer(RECORDS)
    assert asyncio.run(run(DnsServer(RECORDS, fails, validates=True), plain)) is Dnssec.UNKNOWN
    assert asyncio.run(run(DnsServer(RECORDS, silent), validating)) is Dnssec.INSECURE
