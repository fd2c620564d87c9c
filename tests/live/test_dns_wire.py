"""The wire form held against dnspython, over messages it makes and over messages broken on purpose."""

import contextlib
import hashlib
import ipaddress
import time

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.live import dns_wire
from mtasts.live.dns_wire import Malformed

Rows = list[tuple[str, int, tuple[str, str]]]

LABELS = st.text("abcXYZ019-_", min_size=1, max_size=12)
NAMES = st.lists(LABELS, min_size=1, max_size=6).map(".".join)
TEXTS = st.lists(st.binary(max_size=255), min_size=1, max_size=4)


def quoted(raw: bytes) -> str:
    """A TXT string in a zone file's form."""
    return '"' + "".join(f"\\{byte:03d}" for byte in raw) + '"'


def tlsa(usage: int, selector: int, matching: int, data: bytes) -> str:
    """A TLSA record; dnspython writes no digest of another length than its matching type's (RFC 6698 s2.1.3)."""
    digest = {1: hashlib.sha256, 2: hashlib.sha512}.get(matching)
    return f"{usage} {selector} {matching} {(digest(data).digest() if digest else data).hex()}"


RDATA = st.one_of(
    st.ip_addresses(v=4).map(lambda address: ("A", str(address))),
    st.ip_addresses(v=6).map(lambda address: ("AAAA", str(address))),
    st.tuples(st.integers(0, 65535), NAMES).map(lambda pair: ("MX", f"{pair[0]} {pair[1]}.")),
    NAMES.map(lambda name: ("CNAME", f"{name}.")),
    NAMES.map(lambda name: ("NS", f"{name}.")),
    TEXTS.map(lambda texts: ("TXT", " ".join(map(quoted, texts)))),
    st.tuples(st.integers(0, 255), st.sampled_from(["issue", "iodef"]), st.text("a.;=: ", max_size=20)).map(
        lambda parts: ("CAA", f'{parts[0]} {parts[1]} "{parts[2]}"')
    ),
    st.tuples(*[st.integers(0, 255)] * 3, st.binary(min_size=1, max_size=70)).map(lambda parts: ("TLSA", tlsa(*parts))),
    st.just(("SOA", "ns.test. host.test. 1 2 3 4 5")),
)
RECORDS = st.lists(st.tuples(NAMES, st.integers(0, 2**31 - 1), RDATA), max_size=6)


def value_of(rdata: object, kind: str) -> str:
    """dnspython's rdata in our presentation form."""
    if kind == "TXT":
        return b"".join(rdata.strings).decode("latin-1")  # type: ignore[attr-defined]
    if kind == "MX":
        return f"{rdata.preference} {rdata.exchange.to_text(omit_final_dot=True).lower()}"  # type: ignore[attr-defined]
    if kind in ("NS", "CNAME"):
        return rdata.target.to_text(omit_final_dot=True).lower()  # type: ignore[attr-defined]
    if kind == "TLSA":
        return f"{rdata.usage} {rdata.selector} {rdata.mtype} {rdata.cert.hex()}"  # type: ignore[attr-defined]
    if kind == "AAAA":
        return str(ipaddress.IPv6Address(rdata.address))  # type: ignore[attr-defined]
    return "" if kind == "SOA" else rdata.to_text()  # type: ignore[attr-defined]


@given(NAMES, st.sampled_from(["A", "TXT", "MX", "CAA", "TLSA"]), RECORDS, RECORDS, st.booleans())
def test_reads_what_dnspython_writes(name: str, kind: str, answer: Rows, authority: Rows, ad: bool) -> None:
    """Every record of both sections, compressed names included, as dnspython reads it."""
    message = dns.message.make_response(dns.message.make_query(name, kind, use_edns=0))
    message.flags |= dns.flags.AD if ad else 0
    for section, records in ((message.answer, answer), (message.authority, authority)):
        for owner, ttl, (rdtype, text) in records:
            section.append(dns.rrset.from_text(f"{owner}.", ttl, "IN", rdtype, text))
    wire = message.to_wire(want_shuffle=False)
    read = dns_wire.read(wire)
    theirs = dns.message.from_wire(wire, one_rr_per_rrset=True)
    assert read.question == (name.lower(), dns_wire.NUMBERS[kind])
    assert bool(read.flags & dns_wire.AD) is ad
    for ours, section in ((read.answer, theirs.answer), (read.authority, theirs.authority)):
        expected = [
            (
                rrset.name.to_text(omit_final_dot=True).lower(),
                int(rrset.rdtype),
                rrset.ttl,
                value_of(rrset[0], dns.rdatatype.to_text(rrset.rdtype)),
            )
            for rrset in section
        ]
        assert [(record.owner, record.type, record.ttl, record.value) for record in ours] == expected


@given(NAMES, st.sampled_from(sorted(dns_wire.NUMBERS)), st.booleans())
def test_asks_what_dnspython_reads(name: str, kind: str, recursion: bool) -> None:
    """The question carries name, type, RD and AD, and EDNS with our payload size."""
    question = dns_wire.ask(name, kind, recursion=recursion)
    read = dns.message.from_wire(question.wire)
    assert (read.id, read.question[0].name) == (question.id, dns.name.from_text(name.lower()))
    assert (dns.rdatatype.to_text(read.question[0].rdtype), bool(read.flags & dns.flags.RD)) == (kind, recursion)
    assert (read.edns, read.payload) == (0, dns_wire.UDP_PAYLOAD)


@given(st.binary(max_size=600))
def test_garbage_is_malformed_and_nothing_else(wire: bytes) -> None:
    """Whatever bytes come, the only exception is Malformed."""
    with contextlib.suppress(Malformed):
        dns_wire.read(wire)


@given(RECORDS, st.data())
def test_a_broken_message_is_malformed_and_nothing_else(answer: Rows, data: st.DataObject) -> None:
    """A real message cut short, with bytes changed, or both."""
    message = dns.message.make_response(dns.message.make_query("a.test", "TXT"))
    for owner, ttl, (rdtype, text) in answer:
        message.answer.append(dns.rrset.from_text(f"{owner}.", ttl, "IN", rdtype, text))
    wire = bytearray(message.to_wire())
    for _ in range(data.draw(st.integers(1, 8))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Malformed):
        dns_wire.read(bytes(wire[: data.draw(st.integers(0, len(wire)))]))


@pytest.mark.parametrize(
    "name", ["", "a..b", "a" * 64 + ".test", ".".join(["a" * 60] * 5), "bücher.test", "a\\046b.test"]
)
def test_names_that_dns_cannot_carry(name: str) -> None:
    """Empty labels, over-long ones, escapes and non-ASCII are refused; the root is the empty name's only meaning."""
    if name == "":
        assert dns_wire.ask(name, "SOA", recursion=True).name == ""
        return
    with pytest.raises(Malformed):
        dns_wire.ask(name, "TXT", recursion=True)


def test_a_response_must_be_for_the_question() -> None:
    """Another id, another name, another type, or a question in place of an answer is a stray."""
    question = dns_wire.ask("a.test", "TXT", recursion=True)
    query = dns.message.from_wire(question.wire)
    good = dns_wire.read(dns.message.make_response(query).to_wire())
    assert good.answers(question)
    assert not dns_wire.read(question.wire).answers(question)
    for other in (("b.test", "TXT"), ("a.test", "MX")):
        stray = dns.message.make_response(dns.message.make_query(*other, id=question.id))
        assert not dns_wire.read(stray.to_wire()).answers(question)
    assert not good.answers(dns_wire.Question(question.id ^ 1, question.name, question.type, b""))


def test_a_question_left_out_is_believed_for_errors_only() -> None:
    """A server that fails before it reads the question echoes none; NOERROR without one is a forgery."""
    question = dns_wire.ask("a.test", "TXT", recursion=True)
    for code, believed in ((dns.rcode.SERVFAIL, True), (dns.rcode.NOERROR, False), (dns.rcode.NXDOMAIN, False)):
        message = dns.message.Message(id=question.id)
        message.flags |= dns.flags.QR
        message.set_rcode(code)
        assert dns_wire.read(message.to_wire()).answers(question) is believed


def test_pointer_chains_and_loops_cost_nothing() -> None:
    """64 KiB of pointers, each at the one before, and names that point at themselves: refused at once."""
    header = b"\0\0\x80\0\0\0\2\0\0\0\0\0"
    chain = bytearray(header + b"\0")
    while len(chain) < 16000:
        chain += (0xC000 | max(12, len(chain) - 2)).to_bytes(2, "big")
    loop = header + b"\xc0\x0c" + b"\0" * 10
    started = time.process_time()
    for wire in (bytes(chain), loop):
        for _ in range(20):
            with pytest.raises(Malformed):
                dns_wire.read(wire)
    assert time.process_time() - started < 1


def test_the_largest_message_is_read_in_linear_time() -> None:
    """512 records with names of 255 bytes by pointers: some milliseconds."""
    name = b"".join(bytes([60]) + b"a" * 60 for _ in range(4)) + b"\0"
    wire = b"\0\1\x80\0\0\1\2\0\0\0\0\0" + name + b"\0\x10\0\1"
    wire += (b"\xc0\x0c" + b"\0\5\0\1\0\0\0\1\0\2\xc0\x0c") * 512
    started = time.process_time()
    assert len(dns_wire.read(wire).answer) == 512
    assert time.process_time() - started < 0.5
