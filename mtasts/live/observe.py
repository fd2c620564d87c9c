"""Mail domains looked at, one or many at a time, each frozen into an `Observed`. Nothing is judged here.

Answers and probes that domains share are asked for once a run; connections are bounded in all and per address.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from mtasts.live.limiter import Limiter
from mtasts.live.limits import USUAL, Limits
from mtasts.live.look import DomainLook, Tools
from mtasts.live.mail_hosts import MailHosts, Recorded
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.verify.model import Answer, Desired, MxHost, Observed

T = TypeVar("T")

_LOOK_AHEAD = 4  # times the domains looked at at once: how far results may wait for an earlier one


@dataclass(frozen=True, slots=True)
class Evidence:
    """MX probes made elsewhere: when, by which file, and what was seen of a domain's MX hosts.

    `made_at` is None where nothing of it counts: then nobody knows when.
    """

    made_at: datetime | None
    source: str
    smtp_open: bool
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class SeenMail:
    """The MX part of a look: what went wrong before any host, its hosts, and the domains of its
    reporting mailboxes with theirs.
    """

    domain: str
    mx: Answer
    trouble: str
    hosts: tuple[MxHost, ...]
    boxes: tuple[tuple[str, tuple[MxHost, ...]], ...]


class Observer:
    """Looks at mail domains over one network; a run's shared answers live in it. Needs a running event loop."""

    def __init__(self, network: Network, limits: Limits = USUAL, evidence: Evidence | None = None) -> None:
        self._network = network
        self._limits = limits
        self._evidence = evidence
        self._resolver = Resolver(network, timeout=min(3.0, limits.timeout))
        self._limiter = Limiter(limits.connections, limits.per_address)
        recorded = evidence.recorded if evidence else None
        self.mail_hosts = MailHosts(network, self._resolver, self._limiter, limits.timeout, recorded)
        self._tools = Tools(network, self._resolver, self._limiter, self.mail_hosts, limits.timeout)

    def close(self) -> None:
        """Free the sockets of the run."""
        self._resolver.close()

    async def observe(self, domain: str, desired: Desired | None = None) -> Observed:
        """Everything there is to see of `domain` (A-labels), within the limits."""
        at, started = datetime.now(UTC), time.monotonic()
        look = DomainLook(domain, self._tools)
        await look.run(self._limits.total)
        evidence = self._evidence
        return Observed(
            domain=domain,
            at=at,
            families=tuple(sorted(self._network.families)),
            mta_sts=look.mta_sts,
            tls_rpt=look.tls_rpt,
            mx=look.mx,
            authorities=look.authorities[0],
            authority_trouble=look.authorities[1],
            policy_host=look.policy_host,
            fetches=look.fetches,
            unnamed=look.unnamed,
            hosts=look.hosts,
            rua=tuple(look.rua.values()),
            caa=look.caa,
            smtp_open=evidence.smtp_open if evidence else self.mail_hosts.any_connected,
            probed_at=evidence.made_at if evidence and evidence.made_at else at,
            probed_by=evidence.source if evidence else "",
            desired=desired,
            seconds=time.monotonic() - started,
            standing=look.standing,
            direct=not self._network.connect_to,
        )

    async def stream(self, domains: Iterable[tuple[str, Desired | None]]) -> AsyncGenerator[Observed]:
        """Look at many domains, a bounded number at a time, and yield each in the order given."""
        async for seen in self._in_order(self.observe(domain, desired) for domain, desired in domains):
            yield seen

    async def stream_mail(self, domains: Iterable[str]) -> AsyncIterator[SeenMail]:
        """The MX part alone of many domains, in the order given."""
        async for seen in self._in_order(self._observe_mail(domain) for domain in domains):
            yield seen

    async def _observe_mail(self, domain: str) -> SeenMail:
        look = DomainLook(domain, self._tools)
        boxes: list[tuple[str, tuple[MxHost, ...]]] = []
        await look.run_mail(self._limits.total, boxes)
        trouble = "" if look.hosts else f"{domain} has no MX host that could be found"
        return SeenMail(domain, look.mx, trouble, look.hosts, tuple(boxes))

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


async def _in_slot(slots: asyncio.Semaphore, look: Coroutine[Any, Any, T]) -> T:
    async with slots:
        return await look
