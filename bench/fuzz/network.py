"""Answers from the network: DNS, HTTP, SMTP, records, policies, certificates, names; and what is judged of them."""

import contextlib
import struct
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from bench.fuzz.damage import Family, Pattern, Reader
from mtasts.live import dns_wire, https, rua, smtp, tls
from mtasts.live.dns_answer import read_answer
from mtasts.live.network import Network
from mtasts.protocol.mta_sts import read_policy, select_txt
from mtasts.protocol.names import BadName, covers, to_a_labels
from mtasts.protocol.tls_rpt import select_tls_rpt
from mtasts.render.ci import verify as verify_ci
from mtasts.render.verify import document as verify_json
from mtasts.verify.model import Answer, AnswerKind, LookOutcome, MxHost, MxProbe, Observed, PolicyFetch
from mtasts.verify.probe_evidence import ProbeEvidence, refusal
from mtasts.verify.probe_file import BadProbeFile, read_probe_file, render_probe_file
from mtasts.verify.probe_signature import signature_of
from mtasts.verify.run_checks import judge

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROBE_KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
PROBE_KEYS = frozenset({signature_of({}, PROBE_KEY)["key"]})
POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"
TOKENS = [
    b"\r\n", b"\n", b"\r", b";", b":", b"=", b" ", b"\t", b",", b".", b"*", b"-", b"\0", b"\xff", b"\xc0\x0c", b"\xc0",
    b"v=STSv1;", b"id=", b"mx: ", b"max_age: ", b"mode: ", b"rua=", b"mailto:", b"https://", b"[::1]", b"@", b"%00",
    b"xn--", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"ffffffff\r\n", b"0\r\n\r\n",
    b"HTTP/1.1 100 x\r\n",
    b"250-", b"250 ", b"220 ", b"STARTTLS", b"\x30\x82\xff\xff", b"\x30\x80", b"1e999", b"null", b"{", b"]", b'"',
]  # fmt: skip


class Wire:
    """What the other side sends, in pieces, to whoever asks; takes everything. Never waits, so no loop is needed."""

    def __init__(self, data: bytes) -> None:
        self._pieces = [data[:7], data[7:300], *(data[at : at + 4096] for at in range(300, len(data), 4096))]

    async def read(self) -> bytes:
        while self._pieces:
            if piece := self._pieces.pop(0):
                return piece
        return b""

    async def write(self, data: bytes) -> None:
        pass

    def local_address(self) -> str:
        return "192.0.2.1"


class Nowhere:
    """A resolver that knows no address."""

    async def addresses(self, name: str, *, shared: bool = True) -> tuple[Answer, ...]:
        return (Answer(name, "A", AnswerKind.NO_DATA),)


def done(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")


def read_dns(data: bytes) -> None:
    with contextlib.suppress(dns_wire.Malformed):
        message = dns_wire.read(data)
        for kind in ("TXT", "MX", "CAA", "A", "NS"):
            read_answer("_mta-sts.example.com", kind, message)


def read_http(data: bytes) -> None:
    look = https._Fetch("mta-sts.example.com", "192.0.2.80", Network(), PolicyFetch("h", "a", LookOutcome.FAILED))
    done(look._get(Wire(data)))  # type: ignore[arg-type]


def read_smtp(data: bytes) -> None:
    look = smtp._Conversation("mx.example.com", "192.0.2.25", Network(), MxProbe("h", "a", LookOutcome.FAILED))
    with contextlib.suppress(smtp.OutOfStep, ConnectionResetError):
        done(look._talk(smtp.Replies(Wire(data))))  # type: ignore[arg-type]


def read_txt(data: bytes) -> None:
    text = data.decode("latin-1")
    select_txt([text, "v=STSv1; id=1;"])
    select_txt([text])
    select_tls_rpt([text])


def read_body(data: bytes) -> None:
    read_policy(data)


def read_certificate(data: bytes) -> None:
    certificate = tls.read_certificate(data, 1)
    if certificate is not None:
        tls.name_fits("mx.example.com", certificate.names)


def read_rua(data: bytes) -> None:
    uri = data.decode("latin-1")

    async def hosts(domain: str) -> str:
        return f"{domain} does not exist"

    rua.mailbox_domain(uri)
    done(rua.look_at_rua(uri, hosts, Nowhere(), Network(), timeout=1))  # type: ignore[arg-type]


def read_name(data: bytes) -> None:
    for text in (data.decode("latin-1"), data.decode("utf-8", "replace")):
        covers(text, "mx.example.com")
        covers("*.example.com", text)
        with contextlib.suppress(BadName):
            to_a_labels(text)


def read_evidence(data: bytes) -> None:
    """Its form, and with a key that a good seed is signed with, who wrote it."""
    with contextlib.suppress(BadProbeFile):
        file = read_probe_file(data.decode("utf-8", "replace"))
        for refused in (refusal(file, PROBE_KEYS, NOW, unsigned=False), None):
            ProbeEvidence(file, refused).of_domain("example.com", {"mx.example.com"})("mx.example.com", "192.0.2.25")


def judge_and_render(data: bytes) -> None:
    """All checks and forms over an observation in which everything that others write is `data`."""
    text = data.decode("latin-1")[:3000]
    found = Answer("x", "TXT", AnswerKind.FOUND, (text,), 300, (text,))
    caa = replace(found, type="CAA", values=(f'0 issue "{text}"', text))
    fetch = PolicyFetch("h", "192.0.2.80", LookOutcome.OK, (), 200, text, data, "TLSv1.3")
    host = MxHost(text, 10, False, (found,), (MxProbe(text, "192.0.2.25", LookOutcome.OK, (), True, text),))
    observed = Observed(
        domain="example.com", at=NOW, families=("ipv4",), mta_sts=found, tls_rpt=found, mx=found, authorities=(),
        authority_trouble="", policy_host=(found,), fetches=(fetch,), hosts=(host,), rua=(), caa=caa, smtp_open=True,
        probed_at=NOW,
    )  # fmt: skip
    verdict = judge(observed, NOW + timedelta(hours=1))
    crashed = [finding.text for finding in verdict.findings if finding.code == "check-failed"]
    assert not crashed, crashed
    verify_json.domain(verdict, first=True)
    verify_ci.commands(verdict)
    verify_ci.junit(verdict)


READERS: dict[str, Reader] = {
    "DNS": read_dns, "HTTP": read_http, "SMTP": read_smtp, "TXT": read_txt, "policy": read_body,
    "certificate": read_certificate, "rua": read_rua, "name": read_name, "evidence": read_evidence,
    "verdict": judge_and_render,
}  # fmt: skip


def _seeds() -> dict[str, list[bytes]]:
    """Good inputs of each kind."""
    json_text = render_probe_file(NOW, True, [("example.com", (MxHost("mx.example.com", 10, False, (), (
        MxProbe("mx.example.com", "192.0.2.25", LookOutcome.OK, (), True, "mx", True, "TLSv1.3",
                tls.read_certificate(_certificate())),)),))], PROBE_KEY)  # fmt: skip
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(POLICY), POLICY)
    return {
        "DNS": _messages(),
        "HTTP": [head + b"Content-Length: %d\r\n\r\n%s" % (len(POLICY), POLICY), chunked, head + b"\r\n" + POLICY,
                 b"HTTP/1.1 301 Moved\r\nLocation: https://www.example.com/\r\nContent-Length: 0\r\n\r\n",
                 b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" + head + b"Content-Length: 0\r\n\r\n"],
        "SMTP": [b"220 mx ESMTP\r\n250-mx\r\n250-SIZE 1\r\n250 STARTTLS\r\n220 go\r\n",
                 b"220-hello\r\n220 mx\r\n250 mx\r\n", b"554 no\r\n", b"220 mx\r\n502 what\r\n250 STARTTLS\r\n"],
        "TXT": [b"v=STSv1; id=20260301T000000;", b"v=TLSRPTv1; rua=mailto:a@example.com,https://r.example.com/x;",
                b"v=STSv1; id=1; a=b; c=d"],
        "policy": [POLICY, POLICY.replace(b"\r", b""), POLICY + b"x: y\r\n", b"<html><body>no</body></html>"],
        "certificate": [_certificate(), _certificate("*.example.com", "b\xfccher.example")],
        "rua": [b"mailto:tls@example.com", b"mailto:a%40b@example.com?subject=x", b"https://r.example.com:8443/v1?x=y",
                b"https://[2001:db8::1]/"],
        "name": [b"mx1.example.com", b"*.example.net", "grüße.example".encode(), b"xn--gre-6ka8h.example"],
        "evidence": [json_text.encode()],
    }  # fmt: skip


# What a hostile server may repeat, by reader: (before, repeated, after).
GROWING: dict[str, list[Pattern]] = {
    "DNS": [(struct.pack("!HHHHHH", 1, 0x8000, 0, 500, 0, 0), b"\x01a\xc0\x0c\0\x10\0\x01\0\0\0\1\0\2\1a", b""),
            (struct.pack("!HHHHHH", 1, 0x8000, 0, 1, 0, 0), b"\xc0\x0c", b""),
            (struct.pack("!HHHHHH", 1, 0x8000, 0, 500, 0, 0), b"\0\0\x10\0\1\0\0\0\1\0\xc8" + b"\x01a" * 100, b"")],
    "HTTP": [(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", b""), (b"HTTP/1.1 200 OK\r\nX: ", b"y", b""),
             (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"0\r\n\r\n"),
             (b"", b"\r\n", b""), (b"HTTP/1.1 200 OK\r\n\r\n", b"a", b""),
             (b"HTTP/1.1 200 OK\r\nX: a\r\n", b" b\r\n", b"")],
    "SMTP": [(b"220", b"-x\r\n220", b" x\r\n"), (b"220 ", b"x", b""), (b"220 x\r\n", b"250-a\r\n", b""),
             (b"", b"\n", b"")],
    "TXT": [(b"v=STSv1; id=1;", b"a=b;", b""), (b"v=STSv1;", b" ", b""), (b"v=STSv1;", b";", b""), (b"", b"a", b""),
            (b"v=TLSRPTv1; rua=", b"mailto:a@b.example,", b""), (b"v=STSv1; id=", b"a=", b""),
            (b"v=STSv1;", b"\t", b"x")],
    "policy": [(b"version: STSv1\n", b"mx: a.example\n", b""), (b"version: STSv1\nmode:", b" ", b"x"),
               (b"", b"\n", b""), (b"", b"\r", b""), (b"", b" ", b""), (b"", b":", b""),
               (b"version: STSv1\n", b"x: y\n", b""),
               (b"max_age: ", b"9", b""), (b"mx: ", b"a.", b"\n"), (b"", b"\xff", b""), (b"<", b"<", b"")],
    "certificate": [(b"", b"\x30\x80", b""), (b"\x30\x84\x00\x01\x00\x00", b"\x30\x00", b"")],
    "rua": [(b"mailto:", b"a@", b"b.example"), (b"mailto:a@", b"b.", b""), (b"https://", b"a:", b""),
            (b"https://", b"[", b""), (b"mailto:", b"%", b""), (b"mailto:", b"?", b""), (b"https://a/", b"/..", b"")],
    "name": [(b"", b"a", b""), (b"", b"a.", b""), (b"", b"*.", b""), (b"xn--", b"-", b""), (b"", "ü".encode(), b""),
             (b"", "\u0301".encode(), b"")],
    "evidence": [(b"", b"[", b""), (b'{"schema": "mtasts-probe", "version": 2, "x": "', b"\\u0022", b'"}')],
    "verdict": [(b"", b"a", b""), (b"", b"\n", b""), (b"", b"a.", b"")],
}  # fmt: skip


def _messages() -> list[bytes]:
    made = []
    for name, kind, *values in (
        ("_mta-sts.example.com.", "TXT", '"v=STSv1; id=1;" "x"', '"y"'),
        ("_mta-sts.example.com.", "CNAME", "a.example.net."),
        ("_mta-sts.example.com.", "MX", "10 mx1.example.com.", "20 mx2.example.com."),
        ("_mta-sts.example.com.", "CAA", '0 issue "letsencrypt.org"', '128 iodef "mailto:a@b.example"'),
        ("_mta-sts.example.com.", "A", "192.0.2.1", "192.0.2.2"),
        ("_mta-sts.example.com.", "AAAA", "2001:db8::1"),
        ("_mta-sts.example.com.", "NS", "ns1.example.com."),
    ):
        message = dns.message.make_response(dns.message.make_query(name, "TXT", use_edns=0, id=8461))
        message.answer.append(dns.rrset.from_text(name, 300, "IN", kind, *values))
        soa = "ns. h. 1 2 3 4 5"
        message.authority.append(dns.rrset.from_text("example.com.", 300, "IN", "SOA", soa))
        made.append(message.to_wire(want_shuffle=False))
    return made


def _certificate(*names: str) -> bytes:
    key = ec.derive_private_key(7, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.example.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=90))
    dns_names = [x509.DNSName._init_without_validation(each) for each in names or ("mx.example.com",)]
    with contextlib.suppress(ValueError):
        builder = builder.add_extension(x509.SubjectAlternativeName(dns_names), False)
    # Ed25519 draws no lots, as ECDSA does: the same bytes in each run.
    issuer = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    return builder.sign(issuer, None).public_bytes(serialization.Encoding.DER)


def family() -> Family:
    """What is judged and rendered is fed what all the others are."""
    seeds = _seeds()
    seeds["verdict"] = [seed for kind in seeds.values() for seed in kind]
    return Family(READERS, seeds, TOKENS, GROWING, frozenset({"evidence"}))
