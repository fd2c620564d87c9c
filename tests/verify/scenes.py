"""One mail domain in which everything is right, and the ways to bend it: observations made by hand, nothing asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import Mode, Policy, render_policy
from mtasts.protocol.tlsa import Digests
from mtasts.verify.model import (
    Answer,
    AnswerKind,
    Certificate,
    Dane,
    Desired,
    Dnssec,
    Link,
    LookOutcome,
    MxHost,
    MxProbe,
    Observed,
    PolicyFetch,
    RuaLook,
    ServerAnswer,
    Trouble,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DOMAIN = "example.com"
HOST = f"mta-sts.{DOMAIN}"
MX = ("mx1.example.com", "mx2.example.com")
TEXT = render_policy(Policy(Mode.ENFORCE, 1209600, MX))
ID = policy_id(NOW - timedelta(days=9), TEXT)
TXT = f"v=STSv1; id={ID};"
RUA = "mailto:tls@example.net"
RPT = f"v=TLSRPTv1; rua={RUA}"

KEY = "1" * 64
NEXT_KEY = "2" * 64
CA_KEY = "3" * 64

Bend = Callable[[Observed], Observed]


def found(name: str, kind: str, *values: str, ttl: int = 300, dnssec: Dnssec = Dnssec.SECURE) -> Answer:
    """Records."""
    return Answer(name, kind, AnswerKind.FOUND, values, ttl, dnssec=dnssec)


def absent(name: str, kind: str, *, exists: bool = True) -> Answer:
    """NODATA, or NXDOMAIN."""
    return Answer(name, kind, AnswerKind.NO_DATA if exists else AnswerKind.NO_NAME)


def trouble(name: str, kind: str, what: str = "SERVFAIL", dnssec: Dnssec = Dnssec.UNKNOWN) -> Answer:
    """No answer."""
    return Answer(name, kind, AnswerKind.TROUBLE, trouble=what, dnssec=dnssec)


def certificate(*names: str, days: float = 60, issuer: str = "CN=R11,O=Let's Encrypt,C=US") -> Certificate:
    """A leaf with `days` left."""
    start, end = NOW - timedelta(days=30), NOW + timedelta(days=days)
    return Certificate(names, f"CN={names[0]}", issuer, start, end, False, "00" * 32, ca_issuers=True, sent=2)


def fetched(
    address: str, *troubles: Trouble, body: str | bytes = TEXT, days: float = 60, **more: object
) -> PolicyFetch:
    """One fetch: good, or stopped by `troubles`."""
    raw = body.encode() if isinstance(body, str) else body
    seen = PolicyFetch(
        HOST, address, LookOutcome.FAILED if troubles else LookOutcome.OK, troubles, 200, "text/plain", raw, "TLSv1.3",
        certificate(HOST, days=days), seconds=0.043,
    )  # fmt: skip
    return replace(seen, **more)  # type: ignore[arg-type]


def probed(host: str, address: str, *troubles: Trouble, days: float = 60, **more: object) -> MxProbe:
    """One probe: good, or stopped by `troubles`."""
    outcome = LookOutcome.FAILED if troubles else LookOutcome.OK
    seen = MxProbe(
        host, address, outcome, troubles, True, f"{host} ESMTP", True, "TLSv1.3",
        certificate(host, days=days), chain=chain(host, days=days),
    )  # fmt: skip
    return replace(seen, **more)  # type: ignore[arg-type]


def chain(host: str, days: float = 60) -> tuple[Link, ...]:
    """A leaf with the key KEY, and the CA with CA_KEY that issued it."""
    start, end = NOW - timedelta(days=30), NOW + timedelta(days=days)
    leaf = Link(Digests("a" * 64, "a" * 128), Digests(KEY, "1" * 128), start, end, False, (host,))
    return leaf, Link(Digests("b" * 64, "b" * 128), Digests(CA_KEY, "3" * 128), start, end, True)


def mail_host(
    name: str, *probes: MxProbe, implicit: bool = False, answers: tuple[Answer, ...] = (), dane: Dane | None = None
) -> MxHost:
    """An MX host whose addresses are those probed; without `dane` it has no TLSA records."""
    addresses = tuple(probe.address for probe in probes)
    dane = dane or Dane(name, absent(f"_25._tcp.{name}", "TLSA"), Dnssec.SECURE)
    return MxHost(name, 10, implicit, answers or (found(name, "A", *addresses),), probes, dane if probes else None)


def tlsa(host: str, *values: str, dnssec: Dnssec = Dnssec.SECURE, way: Dnssec = Dnssec.SECURE) -> Dane:
    """The TLSA records of an MX host."""
    return Dane(host, found(f"_25._tcp.{host}", "TLSA", *values, dnssec=dnssec), way)


def good() -> Observed:
    """Nothing to find: DNSSEC, two MX hosts with two and one address, one with TLSA, one reporting mailbox."""
    servers = [("ns1.example.com", "192.0.2.53"), ("ns2.example.com", "192.0.2.54")]
    name = f"_mta-sts.{DOMAIN}"
    return Observed(
        domain=DOMAIN,
        at=NOW,
        families=("ipv4", "ipv6"),
        mta_sts=found(name, "TXT", TXT),
        tls_rpt=found(f"_smtp._tls.{DOMAIN}", "TXT", RPT),
        mx=found(DOMAIN, "MX", *(f"10 {host}" for host in MX)),
        authorities=tuple(ServerAnswer(server, address, found(name, "TXT", TXT)) for server, address in servers),
        authority_trouble="",
        policy_host=(found(HOST, "A", "192.0.2.80"), found(HOST, "AAAA", "2001:db8::80")),
        fetches=(fetched("192.0.2.80"), fetched("2001:db8::80")),
        hosts=(
            mail_host(
                MX[0],
                probed(MX[0], "192.0.2.25"),
                probed(MX[0], "2001:db8::25"),
                dane=tlsa(MX[0], f"3 1 1 {KEY}", f"3 1 1 {NEXT_KEY}"),
            ),
            mail_host(MX[1], probed(MX[1], "192.0.2.26")),
        ),
        rua=(RuaLook(RUA, LookOutcome.OK, "mx.example.net takes mail for it"),),
        caa=found(DOMAIN, "CAA", '0 issue "letsencrypt.org"'),
        smtp_open=True,
        probed_at=NOW,
        desired=Desired(TEXT, RPT, 300),
        unnamed=fetched("192.0.2.80"),
    )


def serving(body: str | bytes, **changes: object) -> Bend:
    """The policy host serves `body`, under an id that says nothing; no stack is named."""

    def bend(observed: Observed) -> Observed:
        txt = found(f"_mta-sts.{DOMAIN}", "TXT", "v=STSv1; id=1;")
        fetches = (fetched("192.0.2.80", body=body), fetched("2001:db8::80", body=body))
        bent = replace(observed, mta_sts=txt, authorities=_servers(txt), fetches=fetches, desired=None)
        return replace(bent, unnamed=fetches[0], **changes)

    return bend


def with_txt(*values: str, everywhere: bool = True) -> Bend:
    """These `_mta-sts` records; no stack is named."""

    def bend(observed: Observed) -> Observed:
        txt = found(f"_mta-sts.{DOMAIN}", "TXT", *values)
        servers = _servers(txt) if everywhere else observed.authorities
        return replace(observed, mta_sts=txt, authorities=servers, desired=None)

    return bend


def one_probe(*troubles: Trouble, **more: object) -> Bend:
    """The second MX host's address stumbles."""

    def bend(observed: Observed) -> Observed:
        bad = mail_host(MX[1], probed(MX[1], "192.0.2.26", *troubles, **more))  # type: ignore[arg-type]
        return replace(observed, hosts=(observed.hosts[0], bad))

    return bend


def with_tlsa(*values: str, **more: Dnssec) -> Bend:
    """The second MX host has these TLSA records, the first has none."""

    def bend(observed: Observed) -> Observed:
        first, second = observed.hosts
        none = replace(first, dane=Dane(MX[0], absent(f"_25._tcp.{MX[0]}", "TLSA"), Dnssec.SECURE))
        return replace(observed, hosts=(none, replace(second, dane=tlsa(MX[1], *values, **more))))

    return bend


def one_fetch(*troubles: Trouble, **more: object) -> Bend:
    """The policy host's second address stumbles."""

    def bend(observed: Observed) -> Observed:
        bad = fetched("2001:db8::80", *troubles, **more)  # type: ignore[arg-type]
        return replace(observed, fetches=(observed.fetches[0], bad))

    return bend


def change(**changes: object) -> Bend:
    """Fields of the observation replaced."""
    return lambda observed: replace(observed, **changes)  # type: ignore[arg-type]


def _servers(txt: Answer) -> tuple[ServerAnswer, ...]:
    return (ServerAnswer("ns1.example.com", "192.0.2.53", txt), ServerAnswer("ns2.example.com", "192.0.2.54", txt))
