"""The MX hosts of a mail domain, every address of each probed once a run, however many domains share it."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Set
from dataclasses import replace

from mtasts.live.dane import find_tlsa
from mtasts.live.limiter import Limiter
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.live.sample import left_out, sample
from mtasts.live.smtp import probe_mx
from mtasts.verify.model import HOST_LIMIT, Answer, AnswerKind, Dane, LookOutcome, MxHost, MxProbe

ADDRESS_LIMIT = 16  # addresses of one MX host that are looked at
_CACHE_LIMIT = 4096

Probes = Callable[[str, str], MxProbe]  # of a host, at an address
Recorded = Callable[[str, Set[str]], Probes]  # of a domain that has these MX hosts


class MailHosts:
    """Finds and probes MX hosts. `recorded` gives probes of an evidence file, which then stand for connections."""

    def __init__(
        self, network: Network, resolver: Resolver, limiter: Limiter, timeout: float, recorded: Recorded | None = None
    ) -> None:
        self._network = network
        self._resolver = resolver
        self._limiter = limiter
        self._timeout = timeout
        self._recorded = recorded
        self._probed: OrderedDict[tuple[str, str], asyncio.Task[MxProbe]] = OrderedDict()
        self.any_connected = False

    async def of_domain(self, domain: str) -> tuple[MxHost, ...] | str:
        """The probed hosts of a domain, or why it has none; for a domain that is not itself looked at."""
        answer = await self._resolver.ask(domain, "MX")
        if answer.kind is AnswerKind.TROUBLE:
            return f"DNS trouble asking for the MX of {domain}: {answer.trouble}"
        if answer.kind is AnswerKind.NO_NAME:
            return f"{domain} does not exist"
        if is_null_mx(answer):
            return f"{domain} takes no mail (null MX)"
        hosts = await self.of_answer(domain, answer)
        if hosts[0].implicit and not hosts[0].probes and all(a.absent for a in hosts[0].addresses):
            return f"{domain} has no MX and no address"
        return hosts

    async def of_answer(self, domain: str, answer: Answer) -> tuple[MxHost, ...]:
        """The hosts that `answer` (MX of `domain`) names, or the implicit MX of RFC 5321 s5.1, with all probes.

        Of those beyond HOST_LIMIT only the names are there.
        """
        if answer.kind in (AnswerKind.TROUBLE, AnswerKind.NO_NAME) or is_null_mx(answer):
            return ()
        records = [value.split(" ", 1) for value in answer.values] or [["0", domain]]
        recorded = self._recorded(domain, {name for _, name in records}) if self._recorded is not None else None
        looks = (
            self._host(name, int(preference), not answer.found, recorded) for preference, name in records[:HOST_LIMIT]
        )
        rest = (
            MxHost(name, int(preference), False, (), (), looked_at=False) for preference, name in records[HOST_LIMIT:]
        )
        return (*await asyncio.gather(*looks), *rest)

    async def _host(self, name: str, preference: int, implicit: bool, recorded: Probes | None) -> MxHost:
        answers = await self._resolver.addresses(name)  # shared: a provider's hosts serve many domains
        look = self._dane(name, answers, recorded), self._probes_of(name, answers, recorded)
        dane, probes = await asyncio.gather(*look)
        return MxHost(name, preference, implicit, answers, probes, dane)

    async def _probes_of(self, name: str, answers: tuple[Answer, ...], recorded: Probes | None) -> tuple[MxProbe, ...]:
        """A probe of each address, with SNI `name`; what lies beyond ADDRESS_LIMIT is named as not looked at."""
        addresses, rest = sample(answers, ADDRESS_LIMIT)
        probes = await asyncio.gather(*(self._probe(name, address, recorded) for address in addresses))
        passed_over = (MxProbe(name, one, LookOutcome.UNREACHABLE, (left_out(ADDRESS_LIMIT),)) for one in rest)
        return (*probes, *passed_over)

    async def _dane(self, name: str, answers: tuple[Answer, ...], recorded: Probes | None) -> Dane | None:
        """A sender that does DANE puts the TLSA base domain into SNI, which behind an alias is another name."""
        dane = await find_tlsa(name, answers, self._resolver)
        if dane is None or dane.base == name or not dane.tlsa.found:
            return dane
        return replace(dane, probes=await self._probes_of(dane.base, answers, recorded))

    async def _probe(self, host: str, address: str, recorded: Probes | None) -> MxProbe:
        if recorded is not None:
            return recorded(host, address)
        task = self._probed.get((host, address))
        if task is None:
            task = asyncio.create_task(self._connect(host, address))
            self._probed[host, address] = task
            while len(self._probed) > _CACHE_LIMIT:
                self._probed.popitem(last=False)
        return task.result() if task.done() else await asyncio.shield(task)

    async def _connect(self, host: str, address: str) -> MxProbe:
        async with self._limiter.enter(address):
            probe = await probe_mx(host, address, self._network, timeout=self._timeout)
        self.any_connected = self.any_connected or probe.connected
        return probe


def is_null_mx(answer: Answer) -> bool:
    """RFC 7505: a single MX record `0 .`."""
    return answer.found and len(answer.values) == 1 and answer.values[0].endswith(" .")
