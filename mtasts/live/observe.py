"""One look at a mail domain: everything a sender would meet, at the same time, frozen into an `Observed`.

Nothing is judged here. Every step has its own deadline and so has the whole; what a step could not do in time is a
value that says so. Answers and probes that domains share are asked for once a run.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from mtasts.live.authorities import ask_authorities
from mtasts.live.caa import find_caa
from mtasts.live.gate import Gate
from mtasts.live.https import fetch_from
from mtasts.live.mail_hosts import MailHosts, Recorded
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.live.rua import look_at_rua, mailbox_domain
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name, select_tls_rpt
from mtasts.readiness.model import (
    Answer,
    AnswerKind,
    Desired,
    MxHost,
    Observed,
    Outcome,
    PolicyFetch,
    RuaLook,
    ServerAnswer,
    Trouble,
)

T = TypeVar("T")

_LOOK_AHEAD = 4  # times the domains looked at at once: how far results may wait for an earlier one
RUA_LIMIT = 8  # reporting addresses of one domain that are looked at


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout`: seconds for one step at one address. `total`: for a whole domain, the queues included."""

    timeout: float = 10.0
    total: float = 60.0
    domains: int = 64  # looked at at the same time
    connections: int = 200
    per_address: int = 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """MX probes made elsewhere: when, by which file, and what was seen at (host, address)."""

    made_at: datetime
    source: str
    smtp_open: bool
    recorded: Recorded


class Observer:
    """Looks at mail domains over one network; a run's shared answers live in it. Needs a running event loop."""

    def __init__(self, network: Network, limits: Limits = Limits(), evidence: Evidence | None = None) -> None:
        self._network = network
        self._limits = limits
        self._evidence = evidence
        self._resolver = Resolver(network, timeout=min(3.0, limits.timeout))
        self._gate = Gate(limits.connections, limits.per_address)
        recorded = evidence.recorded if evidence else None
        self.mail_hosts = MailHosts(network, self._resolver, self._gate, limits.timeout, recorded)

    async def observe(self, domain: str, desired: Desired | None = None) -> Observed:
        """Everything there is to see of `domain` (A-labels), within the limits."""
        at, started = datetime.now(UTC), time.monotonic()
        host = policy_host(domain)
        deadline = asyncio.get_running_loop().time() + self._limits.total
        mail = self._mail(domain, deadline)
        txt, reports, (mx, hosts), policy, authorities, caa = await asyncio.gather(
            _until(deadline, self._resolver.ask(txt_name(domain), "TXT"), _late(txt_name(domain), "TXT")),
            self._reports(domain, deadline),
            mail,
            self._policy(host, deadline),
            _until(deadline, ask_authorities(txt_name(domain), domain, self._resolver), _NO_AUTHORITIES),
            _until(deadline, find_caa(host, self._resolver), _late(host, "CAA")),
        )
        evidence = self._evidence
        return Observed(
            domain=domain,
            at=at,
            families=tuple(sorted(self._network.families)),
            mta_sts=txt,
            tls_rpt=reports[0],
            mx=mx,
            authorities=authorities[0],
            authority_trouble=authorities[1],
            policy_host=policy[0],
            fetches=policy[1],
            hosts=hosts,
            rua=reports[1],
            caa=caa,
            smtp_open=evidence.smtp_open if evidence else self.mail_hosts.any_connected,
            probed_at=evidence.made_at if evidence else at,
            probed_by=evidence.source if evidence else "",
            desired=desired,
            seconds=time.monotonic() - started,
        )

    async def stream(self, domains: Iterable[tuple[str, Desired | None]]) -> AsyncIterator[Observed]:
        """Look at many domains, a bounded number at a time, and yield each in the order given."""
        async for seen in self._in_order(self.observe(domain, desired) for domain, desired in domains):
            yield seen

    async def stream_mail(self, domains: Iterable[str]) -> AsyncIterator[tuple[str, str, tuple[MxHost, ...]]]:
        """The MX part alone: domain, what went wrong before any host, its hosts and those of its rua mailboxes."""
        async for seen in self._in_order(self._observe_mail(domain) for domain in domains):
            yield seen

    async def _observe_mail(self, domain: str) -> tuple[str, str, tuple[MxHost, ...]]:
        deadline = asyncio.get_running_loop().time() + self._limits.total
        _, hosts = await self._mail(domain, deadline)
        answer = await _until(deadline, self._resolver.ask(record_name(domain), "TXT"), _late(domain, "TXT"))
        reading = select_tls_rpt(answer.values)
        boxes: list[MxHost] = []
        for uri in reading.value.rua[:RUA_LIMIT] if reading.value else ():
            mailbox = mailbox_domain(uri)
            found = await _until(deadline, self.mail_hosts.of_domain(mailbox), "") if mailbox else ""
            boxes += found if isinstance(found, tuple) else ()
        trouble = "" if hosts else f"{domain} has no MX host that could be found"
        return domain, trouble, (*hosts, *boxes)

    async def _in_order(self, looks: Iterable[Coroutine[Any, Any, T]]) -> AsyncIterator[T]:
        """Results in order. A slow one holds back what comes after it, but never more than a few hundred."""
        waiting = iter(looks)
        slots = asyncio.Semaphore(self._limits.domains)
        queue: deque[asyncio.Task[T]] = deque()
        try:
            while True:
                while len(queue) < _LOOK_AHEAD * self._limits.domains and (look := next(waiting, None)) is not None:
                    queue.append(asyncio.create_task(_in_slot(slots, look)))
                if not queue:
                    return
                yield await queue[0]
                queue.popleft()
        finally:
            for task in queue:
                task.cancel()

    async def _mail(self, domain: str, deadline: float) -> tuple[Answer, tuple[MxHost, ...]]:
        answer = await _until(deadline, self._resolver.ask(domain, "MX"), _late(domain, "MX"))
        late = tuple(
            MxHost(
                value.split(" ", 1)[1], int(value.split(" ", 1)[0]), False, (_late(value.split(" ", 1)[1], "A"),), ()
            )
            for value in answer.values
        )
        return answer, await _until(deadline, self.mail_hosts.of_answer(domain, answer), late)

    async def _policy(self, host: str, deadline: float) -> tuple[tuple[Answer, ...], tuple[PolicyFetch, ...]]:
        answers = await _until(deadline, self._resolver.addresses(host), (_late(host, "A"),))
        late = Trouble("too-slow", "no time was left for the policy host", "sts-policy-fetch-error")
        fetches = self._fetch(host, answers)
        return answers, await _until(deadline, fetches, (PolicyFetch(host, "", Outcome.FAILED, (late,)),))

    async def _fetch(self, host: str, answers: tuple[Answer, ...]) -> tuple[PolicyFetch, ...]:
        # All addresses of a policy host are asked at once, so its first one stands in the queue for all.
        first = next((answer.values[0] for answer in answers if answer.found), "")
        async with self._gate.enter(first):
            return await fetch_from(host, answers, self._network, timeout=self._limits.timeout)

    async def _reports(self, domain: str, deadline: float) -> tuple[Answer, tuple[RuaLook, ...]]:
        name = record_name(domain)
        answer = await _until(deadline, self._resolver.ask(name, "TXT"), _late(name, "TXT"))
        reading = select_tls_rpt(answer.values)
        if reading.value is None:
            return answer, ()
        uris = reading.value.rua[:RUA_LIMIT]
        looks = (self._rua(uri, deadline) for uri in uris)
        return answer, tuple(await asyncio.gather(*looks))

    async def _rua(self, uri: str, deadline: float) -> RuaLook:
        look = look_at_rua(uri, self.mail_hosts.of_domain, self._resolver, self._network, timeout=self._limits.timeout)
        return await _until(deadline, look, RuaLook(uri, Outcome.UNREACHABLE, "no time was left to look at it"))


_NO_AUTHORITIES: tuple[tuple[ServerAnswer, ...], str] = ((), "no time was left to ask them")


async def _in_slot(slots: asyncio.Semaphore, look: Coroutine[Any, Any, T]) -> T:
    async with slots:
        return await look


async def _until(deadline: float, step: Awaitable[T], late: T) -> T:
    """The step's result, or `late` when the domain's deadline comes first."""
    try:
        async with asyncio.timeout_at(deadline):
            return await step
    except TimeoutError:
        return late


def _late(name: str, rdtype: str) -> Answer:
    return Answer(name, rdtype, AnswerKind.TROUBLE, trouble="no time was left to ask")
