"""Questions to mail servers: is port 25 open from here, and does each reporting address take mail?"""

import asyncio
from collections.abc import Iterator
from urllib.parse import unquote

from mtasts.app.doctor.set_up import SetUp
from mtasts.live.limiter import Limiter
from mtasts.live.mail_hosts import MailHosts
from mtasts.live.mailbox import ask_mailbox, readable
from mtasts.live.resolver import Resolver
from mtasts.live.rua import look_at_rua, mailbox_domain
from mtasts.render.doctor import Found, State
from mtasts.verify.model import LookOutcome, MxHost, MxProbe
from mtasts.words.counted import few

DOMAINS_LIMIT, RUA_LIMIT = 3, 10  # whose MX hosts are tried; reporting addresses that are asked for
_ASKED = 2  # addresses of MX hosts that are asked for one mailbox, until one says yes or no
_ELSEWHERE = "run it where port 25 is open, for example on the mail host"
_STATES = {LookOutcome.OK: State.OK, LookOutcome.FAILED: State.WRONG, LookOutcome.UNREACHABLE: State.UNKNOWN}


def examine(setup: SetUp) -> Iterator[Found]:
    """Both, over the MX hosts of the project's own domains: no stranger is asked."""
    domains = list(dict.fromkeys(policy.domain for _, policy in setup.domains()))
    if not domains:
        yield Found("port 25", State.NOTE, "no mail domain to try it with")
        return
    rua = list(dict.fromkeys(uri for _, policy in setup.domains() for uri in policy.rua))
    yield from asyncio.run(_look(setup, domains, rua))


async def _look(setup: SetUp, domains: list[str], rua: list[str]) -> list[Found]:
    resolver = Resolver(setup.network, timeout=min(3.0, setup.limits.timeout))
    limiter = Limiter(setup.limits.connections, setup.limits.per_address)
    hosts = MailHosts(setup.network, resolver, limiter, setup.limits.timeout)
    try:
        found = [await _port(setup, domains[:DOMAINS_LIMIT], hosts)]
        found += await asyncio.gather(*(_address(uri, setup, hosts, resolver) for uri in rua[:RUA_LIMIT]))
    finally:
        resolver.close()
    if rest := rua[RUA_LIMIT:]:
        says = f"not looked at, beyond {RUA_LIMIT}: {few(rest, 2)}"
        found.append(Found("rua", State.UNKNOWN, says, "look at one stack after the other: --stack STACK"))
    return found


async def _port(setup: SetUp, domains: list[str], hosts: MailHosts) -> Found:
    seen = await asyncio.gather(*(hosts.of_domain(domain) for domain in domains))
    if hosts.any_connected:
        return Found("port 25", State.OK, "open: an MX host was reached from here")
    if not any(host.probes for each in seen if not isinstance(each, str) for host in each):
        says = next((each for each in seen if isinstance(each, str)), "no MX host has an address")
        return Found(
            "port 25", State.UNKNOWN, f"no MX host to try it with: {says}", "look at DNS: `mtasts verify DOMAIN`"
        )
    says = f"no MX host of {few(domains, DOMAINS_LIMIT)} can be reached from here: it is closed, as at most clouds"
    if setup.environ.get("MTASTS_PROBES"):
        return Found("port 25", State.NOTE, f"{says}; probes come from elsewhere")
    step = "let a machine that may look, and sign what it saw: `mtasts probe --make-key FILE` there (docs/gitops.md)"
    return Found("port 25", State.MISSING, says, step)


async def _address(uri: str, setup: SetUp, hosts: MailHosts, resolver: Resolver) -> Found:
    """The servers of its domain first: without one that answers, nothing can be asked for the mailbox."""
    domain = mailbox_domain(uri)
    at = await hosts.of_domain(domain) if domain else ()

    async def known(_: str) -> tuple[MxHost, ...] | str:
        return at

    look = await look_at_rua(uri, known, resolver, setup.network, timeout=setup.limits.timeout)
    outcome, says = look.outcome, look.text
    if domain and outcome is LookOutcome.OK and not isinstance(at, str):
        outcome, says = await _mailbox(uri, domain, at, setup)
    state = _STATES[outcome]
    step = "" if state is State.OK else "reports would be lost: name an address in `rua` that takes mail"
    return Found(f"rua {uri}", state, says, _ELSEWHERE if state is State.UNKNOWN else step)


async def _mailbox(uri: str, domain: str, at: tuple[MxHost, ...], setup: SetUp) -> tuple[LookOutcome, str]:
    local = unquote(uri.partition(":")[2].partition("?")[0]).rpartition("@")[0]
    mailbox = f"{local}@{domain}"
    last = LookOutcome.UNREACHABLE, "its local part has signs that need quotes; nobody asked for it"
    if not readable(mailbox):
        return last
    for probe in _serving(at)[:_ASKED]:
        box = await ask_mailbox(mailbox, probe.host, probe.address, setup.network, timeout=setup.limits.timeout)
        last = box.outcome, box.text
        if box.outcome is not LookOutcome.UNREACHABLE:
            break
    return last


def _serving(hosts: tuple[MxHost, ...]) -> list[MxProbe]:
    """The most preferred first (RFC 5321 s5.1)."""
    ordered = sorted(hosts, key=lambda host: host.preference)
    return [probe for host in ordered for probe in host.probes if probe.connected and probe.greeting]
