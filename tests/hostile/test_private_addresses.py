"""A stranger's DNS that leads into the network of whoever looks: left alone on request, and said in any case."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from mtasts.errors import CannotLook
from mtasts.live.https import fetch_policy
from mtasts.live.limits import Limits
from mtasts.live.network import ConnectTo, Network, NotPublic
from mtasts.live.observe import Observer
from mtasts.live.resolver import Resolver
from mtasts.verify.addresses import not_public
from mtasts.verify.findings import Delivers, Findings, State
from mtasts.verify.model import AnswerKind
from mtasts.verify.run_checks import judge
from mtasts_pulumi.read_back import not_served
from tests.fakes.dns_server import DnsServer
from tests.patience import PATIENCE
from tests.publishing.stage import ROOT
from tests.verify import scenes
from tests.workflows.steps import gitlab, gitlab_jobs

DOMAIN = "example.com"
KINDS = {
    "0.0.0.0": "this network",
    "10.1.2.3": "private",
    "100.64.0.1": "CGNAT",
    "100.127.255.255": "CGNAT",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.170": "protocols",
    "192.0.2.1": "documentation",
    "192.168.255.1": "private",
    "198.19.255.255": "benchmarks",
    "203.0.113.9": "documentation",
    "224.0.0.251": "multicast",
    "239.1.1.1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::7f00:1": "IPv4-compatible address of 127.0.0.1, loopback",
    "::ffff:10.0.0.1": "IPv4-mapped address of 10.0.0.1, private",
    "::ffff:169.254.169.254": "IPv4-mapped address of 169.254.169.254, link-local",
    "::ffff:8.8.8.8": "IPv4-mapped address of 8.8.8.8",
    "64:ff9b::7f00:1": "NAT64 address of 127.0.0.1, loopback",
    "64:ff9b::a9fe:a9fe": "NAT64 address of 169.254.169.254",
    "64:ff9b:1::1": "local use",
    "100::1": "discarded",
    "400::1": "not global",
    "2001:0:4136:e378::1": "Teredo",
    "2001:db8::1": "documentation",
    "2002:7f00:1::1": "6to4 address of 127.0.0.1, loopback",
    "2002:c0a8:101::1": "6to4 address of 192.168.1.1, private",
    "2620:fe::5efe:10.0.0.1": "ISATAP address of 10.0.0.1, private",
    "3fff::1": "documentation",
    "5f00::1": "not global",
    "fc00::1": "ULA",
    "fd12:3456::1": "ULA",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "site-local",
    "ff02::fb": "multicast",
    "localhost": "no IP address",
    "0x7f.1": "no IP address",
    "": "no IP address",
}
PUBLIC = (
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "172.15.255.255",
    "172.32.0.1", "192.167.255.255", "192.169.0.1", "223.255.255.255", "2001:4860:4860::8888", "2620:fe::fe",
    "64:ff9b::808:808", "2002:808:808::1",
)  # fmt: skip


@pytest.mark.parametrize("address", KINDS)
def test_every_kind_has_its_name(address: str) -> None:
    """Also what carries such an address in one of another family."""
    assert KINDS[address] in not_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    """The neighbours of each block, and tunnels to public ones."""
    assert not not_public(address)


def look(records: dict[tuple[str, str], tuple[str, ...]], *, public_only: bool) -> Findings:
    """The verdict on example.com, looked at without any rule, so that nothing but the addresses decides."""

    async def run() -> Findings:
        async with DnsServer(records) as names:
            network = Network(names.endpoint, public_only=public_only)
            observer = Observer(network, Limits(timeout=PATIENCE, total=PATIENCE))
            try:
                return judge(await observer.observe(DOMAIN), datetime.now(UTC))
            finally:
                observer.close()

    return asyncio.run(run())


def test_nothing_that_dns_names_is_connected_to() -> None:
    """Policy host, MX, name server and reporting endpoint on this machine: each is unknown, with the reason."""
    hits = 0

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hits
        hits += 1
        writer.close()

    async def run() -> Findings:
        listener = await asyncio.start_server(count, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        rua = f"https://127.0.0.1.example.com:{port}/admin,mailto:t@example.net"
        records = {
            (f"_mta-sts.{DOMAIN}", "TXT"): ('"v=STSv1; id=1;"',),
            (f"_smtp._tls.{DOMAIN}", "TXT"): (f'"v=TLSRPTv1; rua={rua}"',),
            (DOMAIN, "MX"): ("10 mx.example.com.",),
            (DOMAIN, "NS"): ("ns.example.com.",),
            ("example.net", "MX"): ("10 box.example.net.",),
            **{(name, "A"): ("127.0.0.1",) for name in ("mx.example.com", "ns.example.com", "127.0.0.1.example.com")},
            ("mta-sts.example.com", "A"): ("169.254.169.254",),
            ("box.example.net", "AAAA"): ("::ffff:127.0.0.1",),
        }
        async with listener, DnsServer(records) as names:
            observer = Observer(Network(names.endpoint, public_only=True), Limits(timeout=PATIENCE, total=PATIENCE))
            try:
                return judge(await observer.observe(DOMAIN), datetime.now(UTC))
            finally:
                observer.close()

    verdict = asyncio.run(run())
    said = {one.check: one for one in verdict.findings if one.state is State.UNKNOWN}
    assert hits == 0
    assert (said["host-serves"].code, said["mx-secure"].code) == ("not-public", "not-public")
    assert "[169.254.169.254] is left alone: its address is link-local" in said["host-serves"].line
    assert "[127.0.0.1] is left alone: its address is loopback" in said["mx-secure"].line
    assert "not asked: its address is left alone, it is loopback" in said["servers-agree"].line
    rua = [one.line for one in verdict.findings if one.check == "rua-works"]
    assert len(rua) == 2
    assert all("left alone" in line or "not known" in line for line in rua)
    assert verdict.delivers is not Delivers.YES


PRIVATE = {
    (f"_mta-sts.{DOMAIN}", "TXT"): ('"v=STSv1; id=1;"',),
    (DOMAIN, "MX"): ("10 mx.example.com.",),
    ("mx.example.com", "A"): ("127.0.0.1",),
    ("mta-sts.example.com", "A"): ("127.0.0.2",),
}


@pytest.mark.parametrize("public_only", [True, False])
def test_a_finding_says_that_an_address_is_private(public_only: bool) -> None:
    """Whether it was looked at or not."""
    verdict = look(PRIVATE, public_only=public_only)
    said = [one.line for one in verdict.findings if one.check == "addresses-public"]
    assert said == [
        "mta-sts.example.com [127.0.0.2]: no sender on the Internet gets there: it is loopback",
        "mx.example.com [127.0.0.1]: no sender on the Internet gets there: it is loopback",
    ]


def test_public_addresses_pass() -> None:
    """Where they were looked at."""
    host = scenes.mail_host("mx1.example.com", scenes.probed("mx1.example.com", "2620:fe::25"))
    seen = replace(scenes.good(), direct=True, fetches=(scenes.fetched("8.8.8.8"),), hosts=(host,))
    said = [one.state for one in judge(seen, scenes.NOW).findings if one.check == "addresses-public"]
    assert said == [State.PASS]


def test_what_was_named_by_hand_goes_on_working() -> None:
    """A rule of connect-to is the operator's word, as in the sandbox; only what it fits is let through."""
    network = Network(
        connect_to=(ConnectTo("", 25, "", 2525), ConnectTo("a.example", 443, "10.0.0.1", 0)), public_only=True
    )
    assert network.outside("mx.example", "127.0.0.1", 25) == ("127.0.0.1", 2525)
    assert network.outside("a.example", "1.1.1.1", 443) == ("10.0.0.1", 443)
    for host, address, port in (("b.example", "127.0.0.1", 443), ("mx.example", "::1", 53)):
        with pytest.raises(NotPublic, match="loopback"):
            network.outside(host, address, port)
    assert network.outside("b.example", "1.1.1.1", 443) == ("1.1.1.1", 443)
    assert Network().outside("b.example", "127.0.0.1", 443) == ("127.0.0.1", 443)


def test_a_policy_host_that_was_left_alone_proves_nothing() -> None:
    """Beside an address that serves it, too: the read-back does not take it for one out of reach."""

    async def run() -> str | None:
        async with DnsServer({("mta-sts.example.com", "A"): ("127.0.0.1",)}) as names:
            network = Network(names.endpoint, public_only=True)
            return not_served(await fetch_policy(DOMAIN, network, timeout=PATIENCE), b"")

    assert "is left alone: its address is loopback" in (asyncio.run(run()) or "")


def test_a_name_server_at_a_private_address_is_not_asked() -> None:
    """Trouble, so that nothing is taken for absent."""

    async def run() -> tuple[AnswerKind, str]:
        resolver = Resolver(Network("127.0.0.1:9", public_only=True))
        answer = await resolver.ask_server("ns.example.com", "10.0.0.53", DOMAIN, "TXT")
        resolver.close()
        return answer.kind, answer.trouble

    kind, trouble = asyncio.run(run())
    assert kind is AnswerKind.TROUBLE
    assert trouble.startswith("not asked: its address is left alone, it is private")


@pytest.mark.parametrize(("value", "on"), [("1", True), ("0", False), ("", False)])
def test_the_setting_is_read(value: str, on: bool) -> None:
    """Nothing else is taken for yes or no."""
    assert Network.from_environment({"MTASTS_PUBLIC_ONLY": value}).public_only is on
    with pytest.raises(CannotLook, match="MTASTS_PUBLIC_ONLY"):
        Network.from_environment({"MTASTS_PUBLIC_ONLY": "yes"})


@pytest.mark.parametrize("name", ["preview", "watch", "deploy"])
def test_the_workflows_leave_private_addresses_alone(name: str) -> None:
    """All jobs of it, and those of GitLab's component."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))
    assert workflow["env"]["MTASTS_PUBLIC_ONLY"] == "1"
    jobs = [job for job in gitlab_jobs() if job.startswith("mtasts ")]
    assert {gitlab(job.removeprefix("mtasts "))["variables"]["MTASTS_PUBLIC_ONLY"] for job in jobs} == {"1"}
