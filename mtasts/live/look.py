"""One look at a mail domain: everything a sender would meet, asked for at the same time.

Each step writes what it saw into the look, which begins with "no time was left" everywhere: when the deadline comes,
what is there is what was seen. Every single exchange has its own, shorter deadline besides.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from mtasts.live.authorities import ask_authorities
from mtasts.live.caa import find_caa
from mtasts.live.https import fetch_from, fetch_unnamed
from mtasts.live.limiter import Limiter
from mtasts.live.mail_hosts import MailHosts
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.live.rua import look_at_rua, mailbox_domain
from mtasts.live.standing import stand
from mtasts.protocol.mta_sts import policy_host, select_txt, txt_name
from mtasts.protocol.tls_rpt import record_name, select_tls_rpt
from mtasts.verify.model import (
    Answer,
    AnswerKind,
    LookOutcome,
    MxHost,
    PolicyFetch,
    RuaLook,
    ServerAnswer,
    Standing,
    Trouble,
)

RUA_LIMIT = 8  # reporting addresses of one domain that are looked at
_LATE = Trouble("too-slow", "no time was left for the policy host", "sts-policy-fetch-error")


@dataclass(frozen=True, slots=True)
class Tools:
    """What all looks of a run share. `timeout` is for one exchange, in seconds."""

    network: Network
    resolver: Resolver
    limiter: Limiter
    mail_hosts: MailHosts
    timeout: float


class DomainLook:
    """A look under way; its attributes are what was seen so far."""

    def __init__(self, domain: str, tools: Tools) -> None:
        self._domain = domain
        self._tools = tools
        self._host = policy_host(domain)
        self.mta_sts = _late(txt_name(domain), "TXT")
        self.tls_rpt = _late(record_name(domain), "TXT")
        self.mx = _late(domain, "MX")
        self.caa = _late(self._host, "CAA")
        self.policy_host: tuple[Answer, ...] = (_late(self._host, "A"),)
        self.fetches: tuple[PolicyFetch, ...] = (PolicyFetch(self._host, "", LookOutcome.FAILED, (_LATE,)),)
        self.unnamed: PolicyFetch | None = None
        self.hosts: tuple[MxHost, ...] = ()
        self.authorities: tuple[tuple[ServerAnswer, ...], str] = ((), "no time was left to ask them")
        self.rua: dict[str, RuaLook] = {}
        self.standing: Standing | None = None

    async def run(self, total: float) -> None:
        """Look at everything for at most `total` seconds. Raises CannotLook when this side lacks something."""
        await _all(
            total, self._see_txt(), self._see_reports(), self._see_mail(), self._see_policy(), self._see_authorities(),
            self._see_caa(),
        )  # fmt: skip

    async def run_mail(self, total: float, boxes: list[tuple[str, tuple[MxHost, ...]]]) -> None:
        """Look at the MX hosts only, and put the domains of reporting mailboxes with theirs into `boxes`."""
        await _all(total, self._see_mail(), self._see_mailboxes(boxes))

    async def _see_txt(self) -> None:
        self.mta_sts = await self._tools.resolver.ask_once(txt_name(self._domain), "TXT")
        # Where a policy is published the names exist, and no wildcard answers for them.
        if self.mta_sts.absent or select_txt(self.mta_sts.values).value is None:
            self.standing = await stand(self._domain, self._tools.resolver)

    async def _see_authorities(self) -> None:
        self.authorities = await ask_authorities(txt_name(self._domain), self._domain, self._tools.resolver)

    async def _see_caa(self) -> None:
        self.caa = await find_caa(self._host, self._tools.resolver)

    async def _see_mail(self) -> None:
        self.mx = await self._tools.resolver.ask_once(self._domain, "MX")
        records = (value.split(" ", 1) for value in self.mx.values)
        self.hosts = tuple(MxHost(name, int(rank), False, (_late(name, "A"),), ()) for rank, name in records)
        self.hosts = await self._tools.mail_hosts.of_answer(self._domain, self.mx)

    async def _see_policy(self) -> None:
        self.policy_host = await self._tools.resolver.addresses(self._host, shared=False)
        network, timeout = self._tools.network, self._tools.timeout
        first = next((answer.values[0] for answer in self.policy_host if answer.found), None)
        if first is None:
            self.fetches = await fetch_from(self._host, self.policy_host, network, timeout=timeout)
            return
        # All addresses of a policy host are asked at once, so its first one stands in the queue for all.
        async with self._tools.limiter.enter(first):
            self.fetches = await fetch_from(self._host, self.policy_host, network, timeout=timeout)
            good = next((fetch.address for fetch in self.fetches if fetch.outcome is LookOutcome.OK), None)
            if good is not None:
                self.unnamed = await fetch_unnamed(self._host, good, network, timeout=timeout)

    async def _reporting_addresses(self) -> tuple[str, ...]:
        self.tls_rpt = await self._tools.resolver.ask_once(record_name(self._domain), "TXT")
        reading = select_tls_rpt(self.tls_rpt.values)
        return reading.value.rua if reading.value else ()

    async def _see_reports(self) -> None:
        uris = await self._reporting_addresses()
        late, beyond = "no time was left to look at it", f"not looked at: more than {RUA_LIMIT} reporting addresses"
        self.rua = {
            uri: RuaLook(uri, LookOutcome.UNREACHABLE, late if number < RUA_LIMIT else beyond)
            for number, uri in enumerate(dict.fromkeys(uris))
        }
        await asyncio.gather(*map(self._see_rua, list(self.rua)[:RUA_LIMIT]))

    async def _see_rua(self, uri: str) -> None:
        tools = self._tools
        of_domain = tools.mail_hosts.of_domain
        self.rua[uri] = await look_at_rua(uri, of_domain, tools.resolver, tools.network, timeout=tools.timeout)

    async def _see_mailboxes(self, boxes: list[tuple[str, tuple[MxHost, ...]]]) -> None:
        for uri in (await self._reporting_addresses())[:RUA_LIMIT]:
            mailbox = mailbox_domain(uri)
            found = await self._tools.mail_hosts.of_domain(mailbox) if mailbox else ""
            if mailbox and isinstance(found, tuple):
                boxes.append((mailbox, found))


async def _all(total: float, *steps: Coroutine[Any, Any, None]) -> None:
    """Run the steps side by side for `total` seconds; the first exception ends all."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        done, _ = await asyncio.wait(tasks, timeout=total, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


def _late(name: str, rdtype: str) -> Answer:
    return Answer(name, rdtype, AnswerKind.TROUBLE, trouble="no time was left to ask")
