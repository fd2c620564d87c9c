"""Where TLSA records are looked for: aliases, what is signed of the way, and what a probe then puts into SNI."""

import asyncio
import ssl
from pathlib import Path

import pytest

from mtasts.live.dane import find_tlsa
from mtasts.live.limiter import Limiter
from mtasts.live.mail_hosts import MailHosts
from mtasts.live.network import ConnectTo, Network
from mtasts.live.resolver import Resolver
from mtasts.verify.model import AnswerKind, Dane, Dnssec, MxHost
from tests.fakes.dns_server import DnsServer
from tests.fakes.smtp_server import SmtpServer
from tests.patience import PATIENCE
from tests.pki import Pki

HOST, REAL, VALUE = "mx.example.test", "real.example.test", "3 1 1 " + "ab" * 32
PLAIN = {(HOST, "A"): ("192.0.2.25",)}
ALIAS = {(HOST, "CNAME"): (f"{REAL}.",), (REAL, "A"): ("192.0.2.25",)}
OWN, BEHIND = {(f"_25._tcp.{HOST}", "TLSA"): (VALUE,)}, {(f"_25._tcp.{REAL}", "TLSA"): (VALUE,)}
AT_OWN, AT_REAL = f"_25._tcp.{HOST}", f"_25._tcp.{REAL}"


def find(records: dict, faults: dict[str, str], *, validates: bool = True) -> tuple[Dane | None, list[tuple[str, str]]]:
    """What is found, and what was asked for that."""
    server = DnsServer(records, faults, validates=validates)

    async def run() -> Dane | None:
        async with server:
            resolver = Resolver(Network(server.endpoint), timeout=PATIENCE)
            try:
                return await find_tlsa(HOST, await resolver.addresses(HOST), resolver)
            finally:
                resolver.close()

    found = asyncio.run(run())
    return found, [(name, kind) for name, kind, _ in server.asked if kind in ("TLSA", "CNAME")]


def signed(*names: str) -> dict[str, str]:
    """The answers for these names come with the AD bit."""
    return dict.fromkeys(names, "secure")


@pytest.mark.parametrize(
    ("records", "faults", "base", "kind", "dnssec", "way"),
    [
        (PLAIN | OWN, signed(HOST, AT_OWN), HOST, "found", "secure", "secure"),
        (PLAIN, signed(HOST, AT_OWN), HOST, "no-such-name", "secure", "secure"),
        (PLAIN | OWN, {}, HOST, "found", "insecure", "insecure"),
        (PLAIN | OWN, signed(HOST), HOST, "found", "insecure", "secure"),
        (PLAIN | OWN, signed(HOST) | {AT_OWN: "bogus"}, HOST, "trouble", "bogus", "secure"),
        (PLAIN | OWN, signed(HOST) | {AT_OWN: "servfail"}, HOST, "trouble", "unknown", "secure"),
        (ALIAS | OWN | BEHIND, signed(HOST, AT_OWN, AT_REAL), REAL, "found", "secure", "secure"),
        (ALIAS | OWN, signed(HOST, AT_OWN, AT_REAL), HOST, "found", "secure", "secure"),
        (ALIAS | OWN | BEHIND, signed(HOST, AT_OWN), HOST, "found", "secure", "secure"),
        (ALIAS | OWN | BEHIND, signed(HOST, AT_OWN) | {AT_REAL: "bogus"}, REAL, "trouble", "bogus", "secure"),
        (ALIAS | OWN | BEHIND, signed(AT_OWN, AT_REAL), HOST, "found", "secure", "insecure"),
    ],
    ids=[
        "records", "none", "nothing signed", "records not signed", "bogus", "fails", "behind an alias",
        "at the alias alone", "not signed behind the alias", "bogus behind the alias", "alias not signed",
    ],
)  # fmt: skip
def test_which_answer_applies(
    records: dict, faults: dict[str, str], base: str, kind: str, dnssec: str, way: str
) -> None:
    """RFC 7672 s2.2.2, RFC 7671 s7."""
    found, _ = find(records, faults)
    assert found is not None
    said = (found.base, found.tlsa.name, found.tlsa.kind, found.tlsa.dnssec, found.way)
    assert said == (base, f"_25._tcp.{base}", AnswerKind(kind), Dnssec(dnssec), Dnssec(way))


def test_a_signed_alias_of_an_unsigned_name_is_seen_as_signed() -> None:
    """The addresses behind it are not signed, so the alias alone has to be asked for."""

    class Half(DnsServer):
        def _fill(self, response, name, kind, fault) -> None:  # type: ignore[no-untyped-def]
            super()._fill(response, name, kind, "secure" if kind in ("CNAME", "TLSA") else "")

    server = Half(ALIAS | OWN, validates=True)

    async def run() -> Dane | None:
        async with server:
            resolver = Resolver(Network(server.endpoint), timeout=PATIENCE)
            try:
                return await find_tlsa(HOST, await resolver.addresses(HOST), resolver)
            finally:
                resolver.close()

    found = asyncio.run(run())
    assert found is not None
    assert (found.base, found.way, found.tlsa.dnssec) == (HOST, Dnssec.SECURE, Dnssec.SECURE)
    assert (HOST, "CNAME", "udp") in server.asked


def test_a_resolver_that_does_not_validate_says_nothing() -> None:
    """Not "insecure": that would be a pass for a record that may decide."""
    found, _ = find(PLAIN | OWN, {}, validates=False)
    assert found is not None
    assert (found.tlsa.dnssec, found.way) == (Dnssec.UNKNOWN, Dnssec.UNKNOWN)


def test_a_host_without_address_is_not_asked_about() -> None:
    """Nobody gets as far as TLSA."""
    found, asked = find({}, {})
    assert (found, asked) == (None, [])


def test_behind_an_alias_the_name_behind_it_is_put_into_sni(tmp_path: Path) -> None:
    """A sender that does DANE asks for the TLSA base domain; one that does MTA-STS for the name in the MX record."""
    pki, names = Pki(tmp_path), set()
    records = {("example.test", "MX"): (f"10 {HOST}.",), **ALIAS, **BEHIND}
    faults = signed("example.test", HOST, AT_REAL)

    def note(context: ssl.SSLContext) -> None:
        context.sni_callback = lambda _socket, name, _context: names.add(name)

    async def run() -> tuple[MxHost, ...] | str:
        smtp = SmtpServer(pki.issue(HOST, REAL), tune=note)
        async with DnsServer(records, faults, validates=True) as dns, smtp:
            network = Network(dns.endpoint, pki.ca_file, (ConnectTo("", 25, "127.0.0.1", smtp.port),))
            resolver = Resolver(network, timeout=PATIENCE)
            try:
                return await MailHosts(network, resolver, Limiter(10, 10), 20).of_domain("example.test")
            finally:
                resolver.close()

    hosts = asyncio.run(run())
    assert isinstance(hosts, tuple)
    (host,) = hosts
    assert names == {HOST, REAL}
    assert host.dane is not None
    assert [probe.host for probe in host.all_probes] == [HOST, REAL]
    assert host.dane.probes[0].chain[0].names == (HOST, REAL)
