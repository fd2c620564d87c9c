"""The MX probe against mail servers of the tests: what it says, what it costs, and that it never sends mail."""

import asyncio
import socket
import ssl
import time
from pathlib import Path

import pytest

from mtasts.live.mail_hosts import MailHosts
from mtasts.live.network import ConnectTo, Network
from mtasts.live.smtp import probe_mx
from mtasts.verify.model import LookOutcome, MxProbe
from tests.fakes.smtp_server import SmtpServer
from tests.patience import PATIENCE
from tests.pki import Leaf, Pki

HOST = "mx1.example.com"
DEADLINE = 1.0
SLACK = 60  # seconds that a busy machine may add; without a deadline some of these would last for ever
VALIDATION, NO_STARTTLS = "validation-failure", "starttls-not-supported"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the module."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def leaf(pki: Pki) -> Leaf:
    """The certificate that the MX host should have."""
    return pki.issue(HOST)


def probe(ca_file: Path, server: SmtpServer, timeout: float = PATIENCE, host: str = HOST) -> MxProbe:
    """Probe `server` once as `host`."""

    async def run() -> MxProbe:
        async with server:
            network = Network(None, ca_file, (ConnectTo("", 25, "127.0.0.1", server.port),))
            return await probe_mx(host, "192.0.2.25", network, timeout=timeout)

    return asyncio.run(run())


def said(seen: MxProbe) -> list[tuple[str, str]]:
    """Code and TLS-RPT type of each problem."""
    return [(trouble.code, trouble.result_type) for trouble in seen.problems]


def test_a_good_host_is_seen_whole_and_left_with_quit(pki: Pki, leaf: Leaf) -> None:
    """Greeting, STARTTLS, version, certificate; EHLO, STARTTLS and QUIT are all that is ever said."""
    server = SmtpServer(leaf)
    seen = probe(pki.ca_file, server)
    assert (seen.outcome, seen.problems, seen.connected, seen.starttls) == (LookOutcome.OK, (), True, True)
    assert (seen.greeting, seen.tls_version) == ("mx1.example.com ESMTP", "TLSv1.3")
    assert seen.certificate is not None
    assert seen.certificate.names == (HOST,)
    assert [line.split(b" ")[0].strip() for line in server.heard] == [b"EHLO", b"STARTTLS", b"QUIT"]
    assert server.connections == 1


def test_the_name_of_the_mx_record_is_the_sni(pki: Pki, leaf: Leaf) -> None:
    """A server with many certificates must be able to choose (RFC 8461 s7.1)."""
    names: list[str | None] = []

    def note(context: ssl.SSLContext) -> None:
        context.sni_callback = lambda _socket, name, _context: names.append(name)

    assert probe(pki.ca_file, SmtpServer(leaf, tune=note)).outcome is LookOutcome.OK
    assert names == [HOST]


@pytest.mark.parametrize(
    ("bent", "code", "result_type"),
    [
        ({"days": -1}, "certificate-expired", "certificate-expired"),
        ({"self_signed": True}, "certificate-self-signed", "certificate-not-trusted"),
        ({"intermediate": False}, "certificate-chain-incomplete", "certificate-not-trusted"),
        ({"starts": 5, "days": 10}, "certificate-not-yet-valid", "certificate-not-trusted"),
    ],
)
def test_each_fault_of_the_certificate_has_its_name(
    pki: Pki, bent: dict[str, float], code: str, result_type: str
) -> None:
    """And the certificate's facts are kept, though the verified handshake failed."""
    seen = probe(pki.ca_file, SmtpServer(pki.issue(HOST, **bent)))  # type: ignore[arg-type]
    assert (seen.outcome, said(seen)) == (LookOutcome.FAILED, [(code, result_type)])
    assert seen.certificate is not None
    assert seen.certificate.names == (HOST,)


def test_a_wrong_name_is_named_beside_an_expired_chain(pki: Pki) -> None:
    """Two faults are two problems, so that fixing one does not bring the next surprise."""
    seen = probe(pki.ca_file, SmtpServer(pki.issue("mail.example.com", days=-1)))
    assert said(seen) == [
        ("certificate-expired", "certificate-expired"),
        ("certificate-wrong-name", "certificate-host-mismatch"),
    ]


def _old(context: ssl.SSLContext) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_0_is_too_old_and_said_to_be(pki: Pki, leaf: Leaf) -> None:
    """The version that the server speaks is found out by a second handshake."""
    seen = probe(pki.ca_file, SmtpServer(leaf, tune=_old))
    assert (said(seen), seen.tls_version) == ([("tls-too-old", VALIDATION)], "TLSv1")


@pytest.mark.parametrize(
    ("bent", "outcome", "code", "result_type"),
    [
        ({"greeting": b"554 no\r\n"}, LookOutcome.UNREACHABLE, "smtp-not-ready", ""),
        ({"greeting": b"421 later\r\n"}, LookOutcome.UNREACHABLE, "smtp-not-ready", ""),
        ({"ehlo": b"550 go away\r\n"}, LookOutcome.UNREACHABLE, "smtp-not-ready", ""),
        ({"ehlo": b"502 what\r\n"}, LookOutcome.FAILED, NO_STARTTLS, NO_STARTTLS),
        ({"ehlo": b"250 mx1.example.com\r\n"}, LookOutcome.FAILED, NO_STARTTLS, NO_STARTTLS),
        ({"ehlo": b"250-STARTTLS\r\n250 SIZE\r\n"}, LookOutcome.FAILED, NO_STARTTLS, NO_STARTTLS),
        ({"starttls": b"454 no\r\n"}, LookOutcome.FAILED, "starttls-refused", NO_STARTTLS),
        ({"starttls": b"220 go\r\n250 injected\r\n"}, LookOutcome.FAILED, "starttls-injection", VALIDATION),
        ({"greeting": b"SSH-2.0-OpenSSH_9.2\r\n"}, LookOutcome.FAILED, "smtp-garbage", VALIDATION),
        ({"greeting": b"\xff\x00\n"}, LookOutcome.FAILED, "smtp-garbage", VALIDATION),
        ({"greeting": b"220 " + b"x" * 20_000 + b"\r\n"}, LookOutcome.FAILED, "smtp-garbage", VALIDATION),
        ({"ehlo": b"250-x\r\n" * 4000}, LookOutcome.FAILED, "smtp-garbage", VALIDATION),
        ({"hang_up_after": "greeting"}, LookOutcome.FAILED, "connection-lost", VALIDATION),
        ({"hang_up_after": "ehlo"}, LookOutcome.FAILED, "connection-lost", VALIDATION),
        ({"hang_up_after": "starttls"}, LookOutcome.FAILED, "connection-lost", VALIDATION),
    ],
)
def test_each_step_may_fail_in_its_own_way(
    pki: Pki, leaf: Leaf, bent: dict[str, object], outcome: LookOutcome, code: str, result_type: str
) -> None:
    """Refusing this client teaches nothing of its TLS; all else is what a sender would report."""
    seen = probe(pki.ca_file, SmtpServer(**{"leaf": leaf, **bent}))  # type: ignore[arg-type]
    assert (seen.outcome, said(seen)) == (outcome, [(code, result_type)])


def test_starttls_is_a_keyword_in_any_case(pki: Pki, leaf: Leaf) -> None:
    """RFC 5321 s2.4; and the words after it are its parameters."""
    server = SmtpServer(leaf, ehlo=b"250-mx1\r\n250-starttls\r\n250 SIZE\r\n")
    assert probe(pki.ca_file, server).outcome is LookOutcome.OK


@pytest.mark.parametrize(
    ("garbage", "code"),
    [
        (b"\xff" * 100, "tls-garbage"),
        (b"HTTP/1.1 400 Bad\r\n\r\n", "tls-garbage"),
        (b"250 ok\r\n", "tls-garbage"),
        (b"\x16\x03\x03\xff\xff" + b"a" * 70_000, "tls-handshake-failed"),
        (b"\x16\x03\x03\x00\x04\x02\xff\xff\xff", "tls-handshake-failed"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "tls-handshake-failed"),
    ],
    ids=["bytes", "HTTP", "SMTP", "long record", "long message", "alert"],
)
def test_garbage_instead_of_tls_is_told(pki: Pki, garbage: bytes, code: str) -> None:
    """Whatever answers the handshake: a named failure, never an exception."""
    seen = probe(pki.ca_file, SmtpServer(after=garbage))
    assert (seen.outcome, said(seen)) == (LookOutcome.FAILED, [(code, VALIDATION)])


@pytest.mark.parametrize(
    "bent",
    [
        {"greeting": None},
        {"ehlo": None},
        {"starttls": None},
        {"leaf": None, "after": b""},
        {"drip": 0.2},
        {"forever": b"220-x\r\n", "drip": 0.01},
        {"forever": b"2", "drip": 0.01},
    ],
    ids=["silent", "no EHLO answer", "no STARTTLS answer", "no handshake", "drip", "endless banner", "endless line"],
)
def test_a_slow_server_costs_the_deadline_and_no_more(pki: Pki, leaf: Leaf, bent: dict[str, object]) -> None:
    """One second here, whatever is dripped."""
    server = SmtpServer(**{"leaf": leaf, **bent})  # type: ignore[arg-type]
    started = time.monotonic()
    seen = probe(pki.ca_file, server, timeout=DEADLINE)
    assert time.monotonic() - started < DEADLINE + SLACK
    assert (seen.outcome, said(seen)) == (LookOutcome.FAILED, [("too-slow", VALIDATION)])
    assert seen.connected


def test_an_endless_fast_banner_is_cut_at_its_size(pki: Pki) -> None:
    """A flood ends the look long before the deadline."""
    seen = probe(pki.ca_file, SmtpServer(forever=b"220-" + b"x" * 500 + b"\r\n"), timeout=PATIENCE)
    assert said(seen) == [("smtp-garbage", VALIDATION)]


def test_nothing_listening_and_nothing_answering_are_told_apart(pki: Pki) -> None:
    """A refusal is the host's; silence may be anybody's, and costs the deadline."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        network = Network(None, pki.ca_file, (ConnectTo("", 25, "127.0.0.1", bound.getsockname()[1]),))
        refused = asyncio.run(probe_mx(HOST, "192.0.2.25", network, timeout=PATIENCE))
        assert said(refused) == [("connection-refused", VALIDATION)]
        bound.listen(0)
        # A full queue: the kernel drops what else comes.
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(bound.getsockname())
        silent = asyncio.run(probe_mx(HOST, "192.0.2.25", network, timeout=DEADLINE))
        for each in waiting:
            each.close()
    assert (said(silent), silent.connected) == ([("connect-timeout", VALIDATION)], False)


def test_a_family_that_this_machine_lacks_is_unknown(pki: Pki) -> None:
    """No route is nothing learned. 240.0.0.1 is reserved, and no kernel connects to it."""
    seen = asyncio.run(probe_mx(HOST, "255.255.255.255", Network(None, pki.ca_file), timeout=PATIENCE))
    assert (seen.outcome, [trouble.code for trouble in seen.problems]) == (
        LookOutcome.UNREACHABLE,
        ["unreachable-from-here"],
    )


def test_a_name_that_tls_cannot_carry_is_told(pki: Pki, leaf: Leaf) -> None:
    """From DNS anything may come as an MX host's name."""
    seen = probe(pki.ca_file, SmtpServer(leaf), host="a" * 64 + ".example.com")
    assert seen.outcome is LookOutcome.FAILED
    assert [trouble.code for trouble in seen.problems] == ["bad-name"]


def test_an_address_is_probed_once_for_all_domains(pki: Pki, leaf: Leaf) -> None:
    """A provider's MX hosts serve thousands; ten at a time ask for the same one."""
    from mtasts.live.limiter import Limiter
    from mtasts.live.resolver import Resolver
    from mtasts.verify.model import Answer, AnswerKind
    from tests.fakes.dns_server import DnsServer

    server = SmtpServer(leaf)
    mx = Answer("x", "MX", AnswerKind.FOUND, (f"10 {HOST}",))

    async def run() -> int:
        async with server, DnsServer({(HOST, "A"): ("192.0.2.25",)}) as names:
            network = Network(names.endpoint, pki.ca_file, (ConnectTo("", 25, "127.0.0.1", server.port),))
            resolver = Resolver(network)
            hosts = MailHosts(network, resolver, Limiter(50, 2), PATIENCE)
            seen = await asyncio.gather(*(hosts.of_answer(f"d{number}.test", mx) for number in range(10)))
            resolver.close()
            return sum(probe.outcome is LookOutcome.OK for found in seen for host in found for probe in host.probes)

    assert asyncio.run(run()) == 10
    assert server.connections == 1
