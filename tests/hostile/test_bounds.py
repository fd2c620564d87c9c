"""Nothing is cut silently: what a bound leaves out is unknown, by name, and the verdict is not "yes"."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mtasts.live import authorities
from mtasts.live.delegation import answering_zone
from mtasts.live.https import ADDRESS_LIMIT
from mtasts.live.limits import Limits
from mtasts.live.network import ConnectTo, Network
from mtasts.live.observe import Observer
from mtasts.live.resolver import Resolver
from mtasts.live.sample import sample
from mtasts.live.zones import name_servers
from mtasts.render.ci import verify as verify_ci
from mtasts.render.verify import document as verify_json
from mtasts.render.verify import text as verify_text
from mtasts.verify.findings import Delivers, Findings, State
from mtasts.verify.model import HOST_LIMIT, Answer, AnswerKind
from mtasts.verify.run_checks import judge
from tests.fakes.dns_server import DnsServer
from tests.fakes.smtp_server import SmtpServer
from tests.hostile.edge import HOST, Edge
from tests.patience import PATIENCE
from tests.pki import Leaf, Pki
from tests.ports import free_port

DOMAIN, MX = "example.com", "mx.example.com"
TEXT = f"version: STSv1\r\nmode: enforce\r\nmx: {MX}\r\nmx: *.{DOMAIN}\r\nmax_age: 86400\r\n"
ID = "1"
HEALTHY = {
    (DOMAIN, "NS"): ("ns.example.net.",),
    ("ns.example.net", "A"): ("192.0.2.53",),
    (f"_mta-sts.{DOMAIN}", "TXT"): (f'"v=STSv1; id={ID};"',),
    (f"_smtp._tls.{DOMAIN}", "TXT"): ('"v=TLSRPTv1; rua=mailto:tls@example.com"',),
    (DOMAIN, "MX"): (f"10 {MX}.",),
    (HOST, "A"): ("192.0.2.1",),
    (MX, "A"): ("192.0.2.25",),
}


def many(count: int, first: int = 0) -> tuple[str, ...]:
    """Addresses of IPv4."""
    return tuple(f"198.51.{number // 200}.{number % 200 + 1}" for number in range(first, first + count))


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the module."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def edge_leaf(pki: Pki) -> Leaf:
    """The policy host's certificate."""
    return pki.issue(HOST)


@pytest.fixture(scope="module")
def mx_leaf(pki: Pki) -> Leaf:
    """One for every MX host of the domain."""
    return pki.issue(MX, f"*.{DOMAIN}")


@pytest.fixture
def verdict_on(pki: Pki, edge_leaf: Leaf, mx_leaf: Leaf) -> Callable[..., Findings]:
    """The verdict on the healthy domain with other `records`; every server there is a good one."""

    def verdict(records: dict[tuple[str, str], tuple[str, ...]], faults: dict[str, str] | None = None) -> Findings:
        async def run() -> Findings:
            edge = Edge(pki, edge_leaf, TEXT)
            edge.names.records = {**HEALTHY, **records}
            edge.names.faults = faults or {}
            async with edge.open(), SmtpServer(mx_leaf) as mail:
                names = ConnectTo("", 53, "127.0.0.1", edge.names.port)
                network = replace(
                    edge.network,
                    connect_to=(ConnectTo("", 25, "127.0.0.1", mail.port), names, *edge.network.connect_to),
                )
                observer = Observer(network, Limits(timeout=PATIENCE, total=PATIENCE))
                try:
                    return judge(await observer.observe(DOMAIN), datetime.now(UTC))
                finally:
                    observer.close()

        return asyncio.run(run())

    return verdict


def unknowns(verdict: Findings, check: str) -> list[str]:
    """What `check` says it does not know, with its subjects."""
    return [one.line for one in verdict.findings if one.check == check and one.state is State.UNKNOWN]


def test_the_healthy_domain_passes(verdict_on: Callable[..., Findings]) -> None:
    """So that what follows is the doing of what each test adds."""
    verdict = verdict_on({})
    assert (verdict.delivers, verdict.passed) == (Delivers.YES, True), [
        one.line for one in verdict.findings if one.open
    ]


@pytest.mark.parametrize("count", [16, 17, 20, 200])
def test_addresses_of_an_mx_host(verdict_on: Callable[..., Findings], count: int) -> None:
    """The seventeenth is named, and the verdict is no yes; sixteen are all looked at."""
    verdict = verdict_on({(MX, "A"): many(count)})
    left = [f"{MX} [{address}]" for address in sorted(many(count))[16:]]

    assert unknowns(verdict, "mx-secure") == [
        f"{where}: not looked at: its host has more than 16 addresses" for where in left
    ]
    assert verdict.delivers is (Delivers.CANNOT_TELL if left else Delivers.YES)
    assert verdict.passed is not bool(left)


def test_more_addresses_than_an_answer_is_read_for(verdict_on: Callable[..., Findings]) -> None:
    """Some of the records would be a wrong answer, so there is none."""
    verdict = verdict_on({(MX, "A"): many(201), (HOST, "AAAA"): tuple(f"2001:db8::{n:x}" for n in range(1, 400))})

    assert unknowns(verdict, "mx-resolves") == [
        f"{MX}: DNS trouble asking for A: 201 records, more than the 200 that are read"
    ]
    assert unknowns(verdict, "host-addresses") == [
        f"{HOST}: DNS trouble asking for AAAA: 399 records, more than the 200 that are read"
    ]
    assert verdict.delivers is Delivers.CANNOT_TELL


def test_addresses_of_the_policy_host(verdict_on: Callable[..., Findings]) -> None:
    """The same at the policy host; both families are among the sixteen."""
    sixes = ("2001:db8::1", "2001:db8::2")
    verdict = verdict_on({(HOST, "A"): many(20), (HOST, "AAAA"): sixes})

    left = sorted(many(20))[14:]
    assert unknowns(verdict, "host-serves") == [
        f"{HOST} [{address}]: not looked at: its host has more than {ADDRESS_LIMIT} addresses" for address in left
    ]
    assert {fetch.address for fetch in verdict.observed.fetches if fetch.tried} >= set(sixes)
    assert verdict.delivers is Delivers.CANNOT_TELL


@pytest.mark.parametrize("count", [20, 21, 25])
def test_mx_hosts_beyond_the_bound(verdict_on: Callable[..., Findings], count: int) -> None:
    """Each is named; its name is still held against the policy, since that needs no look."""
    hosts = [f"m{number:02}.{DOMAIN}" for number in range(count)]
    records: dict[tuple[str, str], tuple[str, ...]] = {(host, "A"): ("192.0.2.25",) for host in hosts}
    records[DOMAIN, "MX"] = (*(f"10 {host}." for host in hosts[:-1]), "10 elsewhere.example.net.")
    records["elsewhere.example.net", "A"] = ("192.0.2.25",)
    verdict = verdict_on(records)

    left = sorted([*hosts[:-1], "elsewhere.example.net"])[HOST_LIMIT:]
    assert unknowns(verdict, "mx-resolves") == [
        f"{host}: not looked at: the domain has more than {HOST_LIMIT} MX hosts" for host in left
    ]
    assert any(one.check == "mx-covered" and one.state is State.FAIL for one in verdict.findings)
    assert verdict.passed is False


def test_a_covered_host_beyond_the_bound_is_no_yes(verdict_on: Callable[..., Findings]) -> None:
    """Twenty-one good hosts, of which twenty were looked at."""
    hosts = [f"m{number:02}.{DOMAIN}" for number in range(21)]
    records: dict[tuple[str, str], tuple[str, ...]] = {(host, "A"): ("192.0.2.25",) for host in hosts}
    verdict = verdict_on({**records, (DOMAIN, "MX"): tuple(f"10 {host}." for host in hosts)})

    assert verdict.delivers is Delivers.CANNOT_TELL
    assert [one.line for one in verdict.reasons] == [
        f"{hosts[20]}: not looked at: the domain has more than 20 MX hosts"
    ]


@pytest.mark.parametrize("family", ["A", "AAAA"])
@pytest.mark.parametrize("host", [MX, HOST])
def test_a_family_that_dns_does_not_tell(verdict_on: Callable[..., Findings], host: str, family: str) -> None:
    """The other family is all right, and the verdict is no yes."""
    records = {(host, "A"): ("192.0.2.25",), (host, "AAAA"): ("2001:db8::25",)}
    verdict = verdict_on(records, {f"{host} {family}": "servfail"})

    check = "mx-resolves" if host == MX else "host-addresses"
    assert unknowns(verdict, check) == [f"{host}: DNS trouble asking for {family}: SERVFAIL"]
    assert verdict.delivers is Delivers.CANNOT_TELL


def test_every_form_names_what_was_not_looked_at(verdict_on: Callable[..., Findings]) -> None:
    """Text, JSON, JUnit and annotations alike."""
    verdict = verdict_on({(MX, "A"): many(17)})
    address = sorted(many(17))[16]
    forms = {
        "text": str(_plain(verdict_text := verify_text.full(verdict, datetime.now(UTC)))),
        "compact": _plain(verify_text.compact(verdict)),
        "json": verify_json.domain(verdict, first=True),
        "junit": verify_ci.junit(verdict),
        "github": "\n".join(verify_ci.commands(verdict)),
    }
    assert verdict_text
    for name, form in forms.items():
        assert address in form, name
        assert "not looked at" in form, name
    told = json.loads(forms["json"])
    assert told["would_deliver_in_enforce"] == "can't tell"


def _plain(shown: Any) -> str:
    from rich.console import Console

    console = Console(width=400, record=True, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    console.print(shown)
    return console.export_text()


def test_reporting_addresses_beyond_the_bound(verdict_on: Callable[..., Findings]) -> None:
    """The ninth is named; the first eight are looked at."""
    rua = ",".join(f"mailto:t{number}@{DOMAIN}" for number in range(9))
    verdict = verdict_on({(f"_smtp._tls.{DOMAIN}", "TXT"): (f'"v=TLSRPTv1; rua={rua}"',)})

    assert unknowns(verdict, "rua-works") == [f"mailto:t8@{DOMAIN}: not looked at: more than 8 reporting addresses"]


@pytest.mark.parametrize(
    ("records", "faults", "said"),
    [
        ({}, {"mx.example.net": "servfail"}, "mx.example.net: DNS trouble asking for A: SERVFAIL"),
        ({("mx.example.net", "A"): many(17)}, {}, f"mx.example.net [{sorted(many(17))[16]}]"),
    ],
)
def test_a_mailbox_whose_host_may_work(
    pki: Pki, records: dict[tuple[str, str], tuple[str, ...]], faults: dict[str, str], said: str
) -> None:
    """No host that was asked takes mail, and one that was not may: unknown, not a failure."""
    from mtasts.live.limiter import Limiter
    from mtasts.live.mail_hosts import MailHosts
    from mtasts.live.rua import look_at_rua

    async def run() -> tuple[str, str]:
        async with DnsServer({("example.net", "MX"): ("10 mx.example.net.",), **records}, faults) as names:
            network = Network(names.endpoint, pki.ca_file, (ConnectTo("", 25, "127.0.0.1", free_port()),))
            resolver = Resolver(network, timeout=PATIENCE)
            hosts = MailHosts(network, resolver, Limiter(50, 50), PATIENCE)
            seen = await look_at_rua("mailto:t@example.net", hosts.of_domain, resolver, network, timeout=PATIENCE)
            resolver.close()
            return seen.outcome.value, seen.text

    outcome, text = asyncio.run(run())
    assert outcome == "unreachable-from-here"
    assert said in text


def asked(server: DnsServer, question: Callable[[Resolver], Awaitable[Any]]) -> Any:
    """The answer to `question`, by a resolver that asks `server`, authoritative servers included."""

    async def run() -> Any:
        async with server:
            resolver = Resolver(
                Network(server.endpoint, connect_to=(ConnectTo("", 53, "127.0.0.1", server.port),)), timeout=PATIENCE
            )
            try:
                return await question(resolver)
            finally:
                resolver.close()

    return asyncio.run(run())


def test_name_servers_and_their_addresses_beyond_the_bound(verdict_on: Callable[..., Findings]) -> None:
    """The fourteenth server, and the fifth address of one, are named; a family that is not told as well."""
    servers = [f"ns{number:02}.example.net" for number in range(14)]
    records: dict[tuple[str, str], tuple[str, ...]] = {(server, "A"): ("192.0.2.53",) for server in servers}
    records[servers[0], "A"] = many(5)
    records[DOMAIN, "NS"] = tuple(f"{server}." for server in servers)
    verdict = verdict_on(records, {f"{servers[1]} AAAA": "servfail"})

    assert unknowns(verdict, "servers-agree") == [
        f"{servers[0]} [{many(5)[4]}]: not asked: it has more than 4 addresses",
        f"{servers[1]}: DNS did not say all of its addresses (AAAA: SERVFAIL)",
        f"{servers[13]}: not asked: the zone has more than {authorities.SERVER_LIMIT} name servers",
    ]


def test_a_name_that_dns_does_not_tell_is_not_climbed_past() -> None:
    """It may be a zone of its own, at another provider."""
    records = {("example.com", "NS"): ("ada.ns.cloudflare.com.",)}
    server = DnsServer(records, {"mail.example.com": "servfail"})
    assert asked(server, lambda resolver: name_servers("mail.example.com", resolver)) == ()
    server = DnsServer(records)
    assert asked(server, lambda resolver: name_servers("mail.example.com", resolver)) == ("ada.ns.cloudflare.com",)


MOVED = {
    ("example.com", "NS"): ("ns1.example.net.", "ns2.example.net."),
    ("ns1.example.net", "A"): ("192.0.2.53",),
    ("ns2.example.net", "A"): ("192.0.2.54",),
    ("_mta-zone.example.com", "TXT"): ('"zone=ZNEW"',),
}


def zone_seen(records: dict[tuple[str, str], tuple[str, ...]], *lost: str, faults: dict[str, str] | None = None) -> str:
    """The zone that answers for example.com, where the addresses in `lost` do not answer."""

    async def run() -> str:
        async with DnsServer({**MOVED, **records}, faults or {}) as server:
            away = tuple(ConnectTo(address, 53, "127.0.0.1", free_port()) for address in lost)
            network = Network(server.endpoint, connect_to=(*away, ConnectTo("", 53, "127.0.0.1", server.port)))
            return (await answering_zone("example.com", network, seconds=PATIENCE)).zone

    return asyncio.run(run())


def test_where_a_delegation_leads_needs_every_server() -> None:
    """One address of a server is enough, such as IPv4 from a machine without IPv6; silence of a whole server is not."""
    both = {("ns1.example.net", "AAAA"): ("2001:db8::53",)}
    assert zone_seen({}) == "ZNEW"
    assert zone_seen(both, "2001:db8::53") == "ZNEW"
    assert zone_seen({}, "192.0.2.54") == ""
    assert zone_seen({}, faults={"ns2.example.net": "servfail"}) == ""
    fourteen = tuple(f"ns{number}.example.net." for number in range(1, 15))
    more = {(name.rstrip("."), "A"): ("192.0.2.53",) for name in fourteen}
    assert zone_seen({**more, ("example.com", "NS"): fourteen}) == ""


def test_the_families_take_turns_and_the_order_stays() -> None:
    """Whichever has more; what is chosen comes in the order of the answers, each address once."""

    def found(kind: str, *values: str) -> Answer:
        return Answer("x", kind, AnswerKind.FOUND, values)

    four, six = found("A", "a", "b", "c", "d"), found("AAAA", "v", "w")
    assert sample((four, six), 3) == (("a", "b", "v"), ("c", "d", "w"))
    assert sample((four, six), 5) == (("a", "b", "c", "v", "w"), ("d",))
    assert sample((four, six), 6) == (("a", "b", "c", "d", "v", "w"), ())
    assert sample((found("A", "a", "a", "b"),), 2) == (("a", "b"), ())
    assert sample((Answer("x", "A", AnswerKind.TROUBLE),), 2) == ((), ())
