"""The policy fetch against a TLS server of the tests, one wrong thing at a time."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mtasts.live.https import fetch_from, fetch_policy, fetch_unnamed, is_plain_text
from mtasts.live.network import ConnectTo, Network
from mtasts.verify.model import Answer, AnswerKind, LookOutcome, PolicyFetch
from tests.fakes.dns_server import DnsServer
from tests.patience import PATIENCE
from tests.pki import Leaf, Pki

HOST = "mta-sts.example.com"
BODY = b"version: STSv1\r\nmode: testing\r\nmx: mx.example.com\r\nmax_age: 86400\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the module; leaves are issued into its folder."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def good(pki: Pki) -> Leaf:
    """The certificate a policy host should have."""
    return pki.issue(HOST)


def replying(data: bytes, pause: float = 0.0) -> Serve:
    """A server that reads a request and sends `data`, in one piece or a byte every `pause` seconds."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if not pause:
            writer.write(data)
            await writer.drain()
            return
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(pause)

    return serve


def fetch(
    pki: Pki,
    leaf: Leaf | None,
    serve: Serve,
    *,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    timeout: float = PATIENCE,
    tune: Callable[[ssl.SSLContext], None] | None = None,
    faults: dict[str, str] | None = None,
) -> tuple[PolicyFetch, ...]:
    """Serve `serve` with `leaf` and fetch the policy of example.com from it."""

    async def run() -> tuple[PolicyFetch, ...]:
        context = None
        if leaf is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(leaf.chain, leaf.key)
            if tune:
                tune(context)

        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        records = {(HOST, "A"): addresses} if addresses else {}
        server = await asyncio.start_server(once, "127.0.0.1", 0, ssl=context)
        async with server, DnsServer(records, faults or {}) as names:
            port = server.sockets[0].getsockname()[1]
            network = Network(names.endpoint, pki.ca_file, (ConnectTo(HOST, 443, "127.0.0.1", port),))
            return await fetch_policy("example.com", network, timeout=timeout)

    return asyncio.run(run())


def only(fetches: tuple[PolicyFetch, ...]) -> PolicyFetch:
    """The single fetch."""
    assert len(fetches) == 1
    return fetches[0]


def problem(seen: PolicyFetch) -> tuple[LookOutcome, str, str]:
    """LookOutcome, code of the first problem, result type."""
    return seen.outcome, seen.problems[0].code if seen.problems else "", seen.result_type


def test_a_good_policy_host_gives_the_exact_bytes_and_the_facts(pki: Pki, good: Leaf) -> None:
    """Status, type, bytes, TLS version and certificate are as served, and nothing is wrong."""
    seen = only(fetch(pki, good, replying(OK)))
    assert problem(seen) == (LookOutcome.OK, "", "")
    assert (seen.address, seen.status, seen.media_type, seen.body) == (
        "127.0.0.1",
        200,
        "text/plain; charset=utf-8",
        BODY,
    )
    assert seen.tls_version == "TLSv1.3"
    assert seen.certificate is not None
    assert seen.certificate.names == (HOST,)


def test_each_address_is_asked_by_itself(pki: Pki, good: Leaf) -> None:
    """Two addresses in DNS are two fetches."""
    seen = fetch(pki, good, replying(OK), addresses=("192.0.2.1", "192.0.2.2"))
    assert [fetch.address for fetch in seen] == ["192.0.2.1", "192.0.2.2"]
    assert all(fetch.outcome is LookOutcome.OK for fetch in seen)


def test_chunked_bodies_are_read(pki: Pki, good: Leaf) -> None:
    """Transfer-Encoding: chunked is HTTP/1.1 and servers use it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"5\r\n" + BODY[:5] + b"\r\n" + b"%x;x=y\r\n" % len(BODY[5:]) + BODY[5:] + b"\r\n0\r\nTrailer: 1\r\n\r\n"
    assert only(fetch(pki, good, replying(head + chunks))).body == BODY


def test_a_body_that_ends_with_the_connection_is_read(pki: Pki, good: Leaf) -> None:
    """Neither length nor chunks: the end of the connection is the end of the body (RFC 9112 s6.3)."""
    seen = only(fetch(pki, good, replying(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + BODY)))
    assert (seen.outcome, seen.body) == (LookOutcome.OK, BODY)


@pytest.mark.parametrize(
    ("answer", "code", "result_type"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "redirect", "sts-policy-fetch-error"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "http-status", "sts-policy-fetch-error"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "http-status", "sts-policy-fetch-error"),
        (OK.replace(b"text/plain", b"text/html"), "media-type", "sts-policy-invalid"),
        (OK.replace(b"Content-Type", b"X-Content-Type"), "media-type", "sts-policy-invalid"),
        (OK.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1), "content-encoding", "sts-policy-invalid"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"a" * 65537, "too-large", "sts-policy-fetch-error"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + BODY, "media-type", "sts-policy-invalid"),
        (OK.replace(b"Content-Length: 6", b"Content-Length: 16"), "http-malformed", "sts-policy-fetch-error"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 50000 + b"\r\n\r\n", "http-malformed", "sts-policy-fetch-error"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "http-malformed", "sts-policy-fetch-error"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, "http-malformed", "sts-policy-fetch-error"),
        (b"", "http-malformed", "sts-policy-fetch-error"),
    ],
)  # fmt: skip
def test_what_is_no_acceptable_answer_is_named(
    pki: Pki, good: Leaf, answer: bytes, code: str, result_type: str
) -> None:
    """Only 200, text/plain, uncompressed, at most 64 KiB and well-formed HTTP count (RFC 8461 s3.2, s3.3)."""
    assert problem(only(fetch(pki, good, replying(answer)))) == (LookOutcome.FAILED, code, result_type)


def test_a_body_of_exactly_64_kib_is_read(pki: Pki, good: Leaf) -> None:
    """The limit itself is allowed."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 65536\r\n\r\n"
    seen = only(fetch(pki, good, replying(head + b"a" * 65536)))
    assert (seen.outcome, len(seen.body)) == (LookOutcome.OK, 65536)


def test_a_redirect_is_named_and_not_followed(pki: Pki, good: Leaf) -> None:
    """RFC 8461 s3.3: 3xx MUST NOT be followed; the finding says where it leads."""
    seen = only(
        fetch(
            pki,
            good,
            replying(b"HTTP/1.1 302 Found\r\nLocation: https://www.example.org/\r\nContent-Length: 0\r\n\r\n"),
        )
    )
    assert (seen.status, seen.location) == (302, "https://www.example.org/")
    assert seen.problem == "status 302, a redirect to https://www.example.org/; senders do not follow it"


@pytest.mark.parametrize(
    ("issue", "codes"),
    [
        ({"days": -1}, ["certificate-expired"]),
        ({"starts": 1}, ["certificate-not-yet-valid"]),
        ({"self_signed": True}, ["certificate-self-signed"]),
        ({"private": True}, ["certificate-chain-incomplete"]),
        ({"intermediate": False}, ["certificate-chain-incomplete"]),
    ],
)
def test_each_fault_of_the_chain_is_named(pki: Pki, issue: dict[str, float], codes: list[str]) -> None:
    """Expired, not yet valid, self-signed, unknown CA and a missing intermediate are told apart."""
    seen = only(fetch(pki, pki.issue(HOST, **issue), replying(OK)))  # type: ignore[arg-type]
    assert [trouble.code for trouble in seen.problems] == codes
    assert (seen.outcome, seen.result_type, seen.body) == (LookOutcome.FAILED, "sts-webpki-invalid", b"")
    assert seen.certificate is not None, "the second, unverified look says what was served"


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        ((HOST,), True),
        (("MTA-STS.Example.COM",), True),
        (("*.example.com",), True),
        (("www.example.com", HOST), True),
        (("*.mta-sts.example.com",), False),
        (("*.com",), False),
        (("mta-sts*.example.com",), False),
        (("m*.example.com",), False),
        (("mta-sts.*.com",), False),
        (("example.com",), False),
        ((), False),
    ],
)
def test_only_a_dns_id_counts(pki: Pki, names: tuple[str, ...], fits: bool) -> None:
    """SAN dNSName only, CN never; `*` only as the whole left-most label (RFC 8461 s3.3, RFC 9525 s6.3)."""
    seen = only(fetch(pki, pki.issue(*names, common_name=HOST), replying(OK)))
    assert problem(seen) == (
        (LookOutcome.OK, "", "") if fits else (LookOutcome.FAILED, "certificate-wrong-name", "sts-webpki-invalid")
    )


def test_an_expired_certificate_for_another_name_has_both_problems(pki: Pki) -> None:
    """One look tells everything that must be fixed."""
    seen = only(fetch(pki, pki.issue("www.example.com", days=-2), replying(OK)))
    assert [trouble.code for trouble in seen.problems] == ["certificate-expired", "certificate-wrong-name"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_below_1_2_is_refused_and_named(pki: Pki, good: Leaf) -> None:
    """A server that stops at TLS 1.1 gets no request."""

    def old(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    seen = only(fetch(pki, good, replying(OK), tune=old))
    assert problem(seen) == (LookOutcome.FAILED, "tls-too-old", "sts-policy-fetch-error")
    assert seen.tls_version == "TLSv1.1"


def test_clear_text_on_the_port_is_not_tls(pki: Pki) -> None:
    """A web server without TLS on 443 is named as such."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    assert problem(only(fetch(pki, None, shout))) == (LookOutcome.FAILED, "tls-garbage", "sts-policy-fetch-error")


def test_a_slow_drip_costs_the_deadline_and_no_more(pki: Pki, good: Leaf) -> None:
    """A byte every 50 ms would take minutes; the fetch ends at its deadline and says where it was stuck."""
    started = time.monotonic()
    seen = only(fetch(pki, good, replying(OK * 100, pause=0.05), timeout=3))
    assert time.monotonic() - started < 60
    assert problem(seen) == (LookOutcome.FAILED, "too-slow", "sts-policy-fetch-error")
    assert "the HTTP answer" in seen.problem


def test_a_server_that_never_shakes_hands_costs_the_deadline(pki: Pki) -> None:
    """Silence after connect is named."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(10)

    seen = only(fetch(pki, None, silent, timeout=2))
    assert "stuck at the TLS handshake" in seen.problem


def test_no_address_and_dns_trouble_are_different(pki: Pki, good: Leaf) -> None:
    """NXDOMAIN says the host is absent; SERVFAIL says nothing about it."""
    absent = only(fetch(pki, good, replying(OK), addresses=()))
    assert (absent.address, *problem(absent)) == ("", LookOutcome.FAILED, "host-absent", "sts-policy-fetch-error")
    trouble = only(fetch(pki, good, replying(OK), faults={HOST: "servfail"}))
    assert (trouble.address, *problem(trouble)) == ("", LookOutcome.FAILED, "dns-trouble", "sts-policy-fetch-error")
    assert "SERVFAIL" in trouble.problem


def test_a_refused_connection_and_an_unreachable_one_are_different(pki: Pki) -> None:
    """Refused is the host's fault; no route from here teaches nothing about it."""

    async def run(address: str) -> PolicyFetch:
        async with DnsServer({(HOST, "A"): (address,)}) as names:
            network = Network(names.endpoint, pki.ca_file, (ConnectTo("", 443, "", 9),))
            return only(await fetch_policy("example.com", network, timeout=PATIENCE))

    assert problem(asyncio.run(run("127.0.0.1")))[:2] == (LookOutcome.FAILED, "connection-refused")
    # 240.0.0.0/4 is reserved (RFC 1112 s4): Linux has no route for it.
    unreachable = asyncio.run(run("255.255.255.255"))
    assert problem(unreachable) == (LookOutcome.UNREACHABLE, "unreachable-from-here", "")


@pytest.mark.parametrize(
    ("media_type", "plain"),
    [
        ("text/plain", True),
        ("Text/Plain;Charset=UTF-8", True),
        ('text/plain; charset="us-ascii"; x=y', True),
        ("text/plain; charset=iso-8859-1", False),
        ("text/html", False),
        ("application/octet-stream", False),
        ("", False),
    ],
)
def test_media_types(media_type: str, plain: bool) -> None:
    """RFC 8461 s3.3: text/plain; the charset, if given, UTF-8 or US-ASCII; other parameters do not count."""
    assert is_plain_text(media_type) is plain


def test_a_missing_ca_file_is_our_side(tmp_path: Path) -> None:
    """Nothing can be judged without CAs: that is an error, not a finding."""
    from mtasts.errors import CannotLook

    async def run() -> None:
        async with DnsServer({(HOST, "A"): ("127.0.0.1",)}) as names:
            await fetch_policy("example.com", Network(names.endpoint, tmp_path / "none.pem"), timeout=PATIENCE)

    with pytest.raises(CannotLook, match=r"none\.pem"):
        asyncio.run(run())


def test_a_client_may_leave_its_name_out_and_nothing_else(pki: Pki, good: Leaf) -> None:
    """Some senders send no User-Agent; apart from that both requests are the same."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        writer.write(OK if b"user-agent:" in heard[-1].lower() else refused)
        await writer.drain()

    async def run() -> tuple[PolicyFetch, PolicyFetch]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(good.chain, good.key)
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            network = Network(None, pki.ca_file, (ConnectTo(HOST, 443, "127.0.0.1", port),))
            answers = (Answer(HOST, "A", AnswerKind.FOUND, ("192.0.2.80",)),)
            (named,) = await fetch_from(HOST, answers, network, timeout=PATIENCE)
            return named, await fetch_unnamed(HOST, "192.0.2.80", network, timeout=PATIENCE)

    named, unnamed = asyncio.run(run())
    assert (named.outcome, problem(unnamed)[1], unnamed.status) == (LookOutcome.OK, "http-status", 403)
    lines = [[line for line in head.split(b"\r\n") if not line.lower().startswith(b"user-agent")] for head in heard]
    assert lines[0] == lines[1]
