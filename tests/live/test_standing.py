"""What stands at a domain's names: the forms of wildcards, foreign records, CAA, trouble; remedies are applied.

Asked of the sandbox's DNS server, which answers wildcards by RFC 4592 (tests/mtasts_sandbox holds it against real
servers).
"""

import asyncio
from dataclasses import dataclass, field

import pytest

from mtasts.live.network import ConnectTo, Network
from mtasts.live.standing import Names
from mtasts.verify.model import Standing
from mtasts.verify.standing import EVERYTHING, Creates, ended_wildcard, refusals, wildcard_records
from mtasts_sandbox.wire.dns import DnsServer
from tests.fakes.dns_server import DnsServer as TableServer
from tests.fakes.dns_server import seconds_for
from tests.mtasts_sandbox.memory_world import MemoryWorld
from tests.patience import PATIENCE

D = "shop.example.com"
WILD_MX = {"*.example.com MX": "10 mx.example.com."}


@dataclass
class Case:
    """Records as {"NAME TYPE": value or values}, and what is refused, by code; `words` stand in text and remedy."""

    records: dict
    codes: list = field(default_factory=list)
    words: tuple = ()
    domain: str = D
    zones: tuple = ("example.com",)


WILD = "domain-from-wildcard"
CASES = {
    # nothing in the way
    "no records at all": Case({}),
    "its own MX": Case({f"{D} MX": "10 mx.example.com."}),
    "its own MX beside a wildcard": Case({**WILD_MX, f"{D} MX": "10 mx1.example.com."}),
    "its own MX, the same as the wildcard's": Case({**WILD_MX, f"{D} MX": "10 mx.example.com."}),
    "a wildcard of its own, the same as the one above": Case(
        {**WILD_MX, f"{D} MX": "10 mx.example.com.", f"*.{D} MX": "10 mx.example.com."}
    ),
    "an empty non-terminal, which no wildcard answers for": Case({**WILD_MX, f"www.{D} A": "192.0.2.1"}),
    "only a wildcard below it": Case({f"*.{D} MX": "10 mx.example.com.", f"{D} A": "192.0.2.1"}),
    "a zone of its own": Case(
        {f"{D} MX": "10 mx.example.com.", **WILD_MX}, zones=("example.com", D)
    ),
    "a wildcard beside another branch": Case({"*.other.example.com MX": "10 mx.example.com."}),
    "its own CNAME": Case({f"{D} CNAME": "mail.example.com.", "mail.example.com MX": "10 mx.example.com."}),
    # the wildcard that would end
    "a wildcard MX": Case(WILD_MX, [WILD], (f"{D} MX 10 mx.example.com.", "*.example.com answers for it")),
    "a wildcard MX two levels above": Case(
        WILD_MX,
        [WILD],
        ("x.y.example.com MX 10 mx.example.com.", "; y.example.com MX 10 mx.example.com."),
        "x.y.example.com",
    ),
    "the nearer of two wildcards": Case(
        {**WILD_MX, "*.y.example.com MX": "20 mx2.example.com."},
        [WILD],
        ("x.y.example.com MX 20 mx2.example.com.", "*.y.example.com answers for it"),
        "x.y.example.com",
    ),
    "a wildcard that is itself below an empty non-terminal": Case(
        {"*.b.c.example.com MX": "10 mx.example.com."}, [WILD], ("*.b.c.example.com answers",), "a.b.c.example.com"
    ),
    "a wildcard null MX": Case({"*.example.com MX": "0 ."}, [WILD], (f"{D} MX 0 .",)),
    "a wildcard A, the implicit MX": Case({"*.example.com A": "192.0.2.1"}, [WILD], (f"{D} A 192.0.2.1",)),
    "a wildcard AAAA, the implicit MX": Case({"*.example.com AAAA": "2001:db8::1"}, [WILD], (f"{D} AAAA 2001:db8::1",)),
    "a wildcard with MX, addresses and SPF": Case(
        {**WILD_MX, "*.example.com A": "192.0.2.1", "*.example.com TXT": "v=spf1 -all"},
        [WILD],
        (f"{D} MX 10 mx.example.com.; {D} A 192.0.2.1", f'{D} TXT "v=spf1 -all"', "nobody could send mail there"),
    ),
    "a wildcard with SPF alone": Case({"*.example.com TXT": "v=spf1 -all"}, [WILD], (f'{D} TXT "v=spf1 -all"',)),
    "a wildcard CNAME": Case(
        {"*.example.com CNAME": "mail.example.com.", "mail.example.com MX": "10 mx.example.com."},
        [WILD],
        (f"{D} CNAME mail.example.com.",),
    ),
    "a wildcard CNAME out of the zone": Case(
        {"*.example.com CNAME": "mail.example.net.", "mail.example.net MX": "10 mx.example.net."},
        [WILD],
        (f"{D} CNAME mail.example.net.",),
        zones=("example.com", "example.net"),
    ),
    # names that a wildcard answers for are not taken
    "wildcards below the domain": Case(
        {f"{D} MX": "10 mx.example.com.", f"*.{D} A": "192.0.2.10", f"*.{D} TXT": "v=spf1 -all"}
    ),
    "a wildcard CNAME below the domain": Case({f"{D} MX": "10 mx.example.com.", f"*.{D} CNAME": "web.example.com."}),
    "a wildcard CAA below the domain": Case({f"{D} A": "192.0.2.1", f"*.{D} CAA": '0 issue "letsencrypt.org"'}),
    # foreign records
    "a foreign TXT": Case(
        {f"_mta-sts.{D} TXT": "v=STSv1; id=20240101;"},
        ["record-exists"],
        (f'_mta-sts.{D} has a record that this stack did not make: TXT "v=STSv1; id=20240101;"', "delete it"),
    ),
    "CloudFront's proof alone": Case(
        {f"_mta-sts.{D} TXT": ["d111111abcdef8.cloudfront.net", "d222222abcdef8.cloudfront.net."]},
        ["alias-proof"],
        ("proof that CloudFront asks for", "delete it once the name has moved"),
    ),
    "CloudFront's proof beside a record": Case(
        {f"_mta-sts.{D} TXT": ["d111111abcdef8.cloudfront.net", "v=STSv1; id=1;"]}, ["record-exists"]
    ),
    "a foreign TXT beside a wildcard of the same text": Case(
        {f"_mta-sts.{D} TXT": "v=spf1 -all", f"*.{D} TXT": "v=spf1 -all"}, ["record-exists"]
    ),
    "a delegated TXT that leads nowhere": Case(
        {f"_mta-sts.{D} CNAME": "_mta-sts.gone.example.com."}, ["record-exists"], ("CNAME _mta-sts.gone.example.com",)
    ),
    "foreign reports": Case({f"_smtp._tls.{D} TXT": "v=TLSRPTv1; rua=mailto:a@b.example"}, ["record-exists"]),
    "a foreign address of the policy host": Case({f"mta-sts.{D} A": "192.0.2.8"}, ["record-exists"], ("A 192.0.2.8",)),
    "a foreign AAAA of the policy host": Case({f"mta-sts.{D} AAAA": "2001:db8::80"}, ["record-exists"]),
    "all three": Case(
        {
            f"_mta-sts.{D} TXT": "v=STSv1; id=a;",
            f"_smtp._tls.{D} TXT": "v=TLSRPTv1;",
            f"mta-sts.{D} CNAME": "x.example.com.",
        },
        ["record-exists"] * 3,
    ),
    "hostile text": Case({f"_mta-sts.{D} TXT": "v=STSv1;\x1b[2J" + "x" * 600}, ["record-exists"], (r"\x1b[2J", "…")),
    "a foreign text that announces nothing": Case(
        {f"_mta-sts.{D} TXT": "v=spf1 -all"}, ["record-exists"], ("its owner is not known",)
    ),
    "two foreign texts": Case(
        {f"_mta-sts.{D} TXT": ("v=STSv1; id=a;", "v=STSv1; id=b;")},
        ["record-exists"],
        ('TXT "v=STSv1; id=a;", TXT "v=STSv1; id=b;"; senders that find two use neither',),
    ),
    "reports behind a CNAME": Case(
        {f"_smtp._tls.{D} CNAME": "r.example.com.", "r.example.com TXT": "v=TLSRPTv1; rua=mailto:a@b.example"},
        ["record-exists"],
        ("beside a CNAME is not seen",),
    ),
    # CAA
    "CAA for another CA": Case(
        {"example.com CAA": '0 issue "letsencrypt.org"'},
        ["caa-forbids-amazon"],
        ('example.com CAA 0 issue "amazon.com"', "letsencrypt.org"),
    ),
    "CAA for nobody": Case({f"{D} CAA": '0 issue ";"'}, ["caa-forbids-amazon"]),
    "CAA with a critical property that nobody knows": Case(
        {f"{D} CAA": ('128 tbs "x"', '0 issue "amazon.com"')},
        ["caa-forbids-amazon"],
        (f'take the property "tbs" out of {D}',),
    ),
    "CAA with a critical property and for another CA": Case(
        {f"{D} CAA": ('128 tbs "x"', '128 issue "letsencrypt.org"')},
        ["caa-forbids-amazon"],
        (f'out of {D}, or its critical flag; add beside them: {D} CAA 0 issue "amazon.com"',),
    ),
    "CAA of a mail domain that is an alias": Case(
        {f"{D} CNAME": "other.example.com.", "other.example.com CAA": '0 issue "letsencrypt.org"'},
        ["caa-forbids-amazon"],
        ('other.example.com CAA 0 issue "amazon.com"', 'CAA 0 issue "letsencrypt.org" (RFC'),
    ),
    "CAA for Amazon in other letters": Case({f"{D} CAA": '0 ISSUE " AMAZON.COM ; account=1"'}),
    "CAA for Amazon and another": Case({f"{D} CAA": ('0 issue "letsencrypt.org"', '0 issue "amazontrust.com; x=y"')}),
    "the nearer CAA counts": Case({f"{D} CAA": '0 issue "amazon.com"', "example.com CAA": '0 issue ";"'}),
    "CAA for wildcards alone": Case({f"{D} CAA": '0 issuewild ";"'}),
}  # fmt: skip


def world_of(records, zones=("example.com",)) -> MemoryWorld:
    world = MemoryWorld()
    for zone in zones:
        world.add_zone(zone)
    for key, values in records.items():
        name, kind = key.split()
        world.put(name, kind, *((values,) if isinstance(values, str) else values))
    return world


async def looked(world: MemoryWorld, domain: str) -> Standing:
    server = DnsServer(world)
    await server.start(0)
    names = Names(
        Network(f"127.0.0.1:{server.port}", None, (ConnectTo.parse(f":53:127.0.0.1:{server.port}"),)), PATIENCE
    )
    try:
        return await names.look(domain)
    finally:
        names.close()
        await server.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_stands_there(case: Case) -> None:
    """Refused by the expected codes with the expected words; what is in nobody's way is not."""
    standing = asyncio.run(looked(world_of(case.records, case.zones), case.domain))
    found = refusals(case.domain, standing, EVERYTHING)
    assert [refusal.code for refusal in found] == case.codes
    told = "\n".join(f"{refusal.text}\n{refusal.remedy}" for refusal in found)
    assert [word for word in case.words if word not in told] == []
    assert told.isascii() or "…" in told
    assert "\x1b" not in told


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if WILD in case.codes])
def test_the_remedy_keeps_the_mail(name: str) -> None:
    """With the very records that are printed the domain may be published, and what senders see of it is the same."""
    case = CASES[name]
    world = world_of(case.records, case.zones)
    before = asyncio.run(looked(world, case.domain))
    for record in wildcard_records(before):
        owner, kind, value = record.split(" ", 2)
        assert f"{owner} {kind}" not in case.records
        world.put(owner, kind, value.strip('"') if kind == "TXT" else value)
    assert refusals(case.domain, asyncio.run(looked(world, case.domain)), EVERYTHING) == ()
    for below in (f"_mta-sts.{case.domain}", f"_smtp._tls.{case.domain}"):
        world.put(below, "TXT", "published")
    after = asyncio.run(looked(world, case.domain))
    assert [answer.values for answer in after.domain.answers] == [answer.values for answer in before.domain.answers]


def test_without_the_remedy_the_mail_is_gone() -> None:
    """Why it is refused; and the wildcard that a name would get again when all below it is gone is seen."""
    world = world_of(WILD_MX)
    world.put(f"_mta-sts.{D}", "TXT", "v=STSv1; id=a;")
    after = asyncio.run(looked(world, D))
    assert not after.domain.taken
    assert ended_wildcard(after) == "*.example.com (MX 10 mx.example.com.)"


@pytest.mark.parametrize(
    ("creates", "codes"),
    [
        (Creates(), []),
        (Creates(tls_rpt=True), ["record-exists"]),
        (Creates(mta_sts=True), ["record-exists"]),
        (Creates(host=True), []),
        (Creates(certificate=True), ["caa-forbids-amazon"]),
    ],
)
def test_only_what_is_created_counts(creates: Creates, codes: list[str]) -> None:
    """A record that stands where nothing is to be created is ours already."""
    records = {f"_mta-sts.{D} TXT": "a", f"_smtp._tls.{D} TXT": "b", f"{D} CAA": '0 issue "x.example"'}
    standing = asyncio.run(looked(world_of(records), D))
    assert [refusal.code for refusal in refusals(D, standing, creates)] == codes


def look_at_table(records, faults=None, domain="example.test") -> Standing:
    seconds = seconds_for(faults or {})

    async def run() -> Standing:
        async with TableServer(dict(records), dict(faults or {})) as server:
            names = Names(Network(server.endpoint, None, (ConnectTo.parse(f":53:127.0.0.1:{server.port}"),)), seconds)
            try:
                return await names.look(domain)
            finally:
                names.close()

    return asyncio.run(run())


TABLE = {
    ("example.test", "NS"): ("ns.example.test.",),
    ("ns.example.test", "A"): ("127.0.0.1",),
    ("example.test", "MX"): ("10 mx.example.test.",),
}


@pytest.mark.parametrize("fault", ["servfail", "silent", "refused", "garbage"])
@pytest.mark.parametrize("name", ["_mta-sts.example.test", "_smtp._tls.example.test", "mta-sts.example.test"])
def test_trouble_is_not_absence(name: str, fault: str) -> None:
    """What DNS does not tell stops a first publication, and says that nothing was seen."""
    (refusal,) = refusals("example.test", look_at_table(TABLE, {name: fault}), EVERYTHING)
    assert refusal.unknown
    assert name in refusal.text


@pytest.mark.parametrize("fault", ["servfail", "silent"])
def test_what_is_seen_counts_beside_trouble(fault: str) -> None:
    """An alias stands there, whatever its target's servers say."""
    records = {**TABLE, ("_mta-sts.example.test", "CNAME"): ("policy.broken.test.",)}
    (refusal,) = refusals("example.test", look_at_table(records, {"policy.broken.test": fault}), EVERYTHING)
    assert refusal.code == "record-exists"
    assert "CNAME policy.broken.test" in refusal.text


def test_servers_or_resolver() -> None:
    """The zone's own servers tell; where they are silent from here, the resolver does."""
    for extra in ({}, {("ns.example.test", "A"): ("203.0.113.1",)}):
        records = {**TABLE, **extra, ("_mta-sts.example.test", "TXT"): ('"v=STSv1; id=a;"',)}
        found = refusals("example.test", look_at_table(records), EVERYTHING)
        assert [refusal.code for refusal in found] == ["record-exists"]
