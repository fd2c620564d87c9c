"""Looks up the records at a mail domain's names, and tells a record from a wildcard's answer.

Asked of the zone's own servers, since a resolver may keep "there is none" for as long as the zone's SOA lets it; where
none of them answers, of the resolver. Judged in readiness.standing.
"""

import asyncio
import secrets
from collections.abc import Iterator

from mtasts.live.authorities import ADDRESS_LIMIT, zone_servers
from mtasts.live.dns_answer import CUT
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.verify.model import Answer, AnswerKind, NameLook, Standing
from mtasts.verify.standing import DOMAIN_TYPES

SERVER_LIMIT = 4  # of a zone, asked one after another until one answers
_SECONDS = 3.0  # for one exchange
_HOST_TYPES = ("A", "AAAA")
_SILENT = ("time-out", "connection refused", "cannot be reached")


class Names:
    """Looks at the names of many mail domains; answers that they share are asked for once. Needs a running event loop.

    Raises CannotLook when this machine has no resolver.
    """

    def __init__(self, network: Network, seconds: float = _SECONDS) -> None:
        self._resolver = Resolver(network, timeout=seconds, tries=1)

    def close(self) -> None:
        """Free the sockets."""
        self._resolver.close()

    async def look(self, domain: str) -> Standing:
        """Everything that a first publication of `domain` (A-labels) depends on."""
        return await stand(domain, self._resolver)

    async def texts(self, domain: str) -> tuple[Answer, Answer]:
        """The TXT answers at `_mta-sts` and `_smtp._tls`."""
        zone = await _zone_of(domain, self._resolver)
        mta_sts, tls_rpt = await asyncio.gather(zone.ask(txt_name(domain), "TXT"), zone.ask(record_name(domain), "TXT"))
        return mta_sts, tls_rpt

    async def host(self, domain: str) -> tuple[Answer, ...]:
        """The A and AAAA answers at the policy host."""
        zone = await _zone_of(domain, self._resolver)
        return tuple(await asyncio.gather(*(zone.ask(policy_host(domain), kind) for kind in _HOST_TYPES)))

    async def addresses(self, name: str) -> tuple[Answer, ...]:
        """The A and AAAA answers at any name, by the resolver."""
        return await self._resolver.addresses(name)


async def stand(domain: str, resolver: Resolver) -> Standing:
    """What stands at the names of `domain` (A-labels)."""
    zone = await _zone_of(domain, resolver)
    own, mta_sts, tls_rpt, host, caa = await asyncio.gather(
        zone.look(domain, DOMAIN_TYPES),
        zone.look(txt_name(domain), ("TXT",)),
        zone.look(record_name(domain), ("TXT",)),
        zone.look(policy_host(domain), _HOST_TYPES),
        zone.caa(policy_host(domain)),
    )
    between: tuple[str, ...] = ()
    if own.wildcard:
        encloser = own.wildcard.removeprefix("*.")
        between = tuple(name for name in _above(domain, zone.apex) if name.endswith(f".{encloser}"))
    beside = await zone.beside(domain) if not own.taken and not own.trouble else None
    return Standing(own, mta_sts, tls_rpt, host, between, beside, caa)


async def _zone_of(domain: str, resolver: Resolver) -> "_Zone":
    apex, servers = await zone_servers(domain, resolver)
    addresses = []
    for server in servers[:SERVER_LIMIT]:
        answers = await resolver.addresses(server)
        addresses += [(server, answer.values[0]) for answer in answers if answer.found][:ADDRESS_LIMIT]
    return _Zone(apex, resolver, addresses)


class _Zone:
    """The zone that holds a mail domain. `apex` "": it could not be found, so that only the resolver can be asked."""

    def __init__(self, apex: str, resolver: Resolver, servers: list[tuple[str, str]]) -> None:
        self.apex = apex
        self._resolver = resolver
        self._servers = servers

    async def ask(self, name: str, rdtype: str) -> Answer:
        """The first answer of a server of the zone; of the resolver when none has one."""
        for server in list(self._servers):
            answer = await self._resolver.ask_server(*server, name, rdtype)
            if answer.kind is AnswerKind.TROUBLE:
                if answer.trouble.startswith(_SILENT) and server in self._servers:
                    self._servers.remove(server)  # it would cost each question its time
                continue
            return await self._to_its_end(answer) if answer.trouble == CUT else answer
        return await self._resolver.ask_once(name, rdtype)

    async def _to_its_end(self, answer: Answer) -> Answer:
        """Follow a CNAME that leads out of the zone."""
        end = await self._resolver.ask(answer.chain[-1], answer.type)
        chain = (*answer.chain, *end.chain)
        return Answer(answer.name, answer.type, end.kind, end.values, end.ttl, chain, trouble=end.trouble)

    async def look(self, name: str, rdtypes: tuple[str, ...]) -> NameLook:
        """The answers at one name, and where they come from."""
        answers = tuple(await asyncio.gather(*(self.ask(name, rdtype) for rdtype in rdtypes)))
        return NameLook(name, answers, await self._wildcard_of(name, answers))

    async def beside(self, name: str) -> NameLook | None:
        """What a name beside this one gets that nobody made; None above the zone."""
        if name == self.apex or not self.apex:
            return None
        return await self.look(f"{_unused()}.{name.partition('.')[2]}", ("MX", "A", "AAAA"))

    async def caa(self, host: str) -> Answer:
        """The relevant CAA RRset (RFC 8659 s3): the first found climbing to the top, else the last empty answer.

        Trouble ends the climb: the CA's own look would fail there, too. What a wildcard says for the policy host does
        not count, since the host's own records will end it.
        """
        names = [host, *_above(host, ""), host.rpartition(".")[2]]
        answer = Answer(host, "CAA", AnswerKind.NO_DATA)
        for name in names:
            inside = name == self.apex or name.endswith(f".{self.apex}")
            found = await (self.ask(name, "CAA") if self.apex and inside else self._resolver.ask(name, "CAA"))
            if name == names[-1] and found.trouble == "REFUSED":
                return answer  # a server that does not recurse refuses the top-level domain of its zones
            if name == host and found.found and await self._wildcard_of(name, (found,)):
                continue
            answer = found
            if not answer.absent:
                return answer
        return answer

    async def _wildcard_of(self, name: str, answers: tuple[Answer, ...]) -> str | None:
        """The wildcard that these answers are made from; "" for the name's own, None when it cannot be told.

        By RFC 4592: what a wildcard gives a name that does not exist, it gives any name below that, too; and it gives
        nothing to names below itself (s2.2.1), so that a name below `*.E` without its answer shows that `*.E` exists.
        """
        if name == self.apex or not any(answer.found or answer.chain for answer in answers):
            return ""
        below = await self._like(f"{_unused()}.{name}", answers)
        if below is not True:
            return "" if below is False else None
        for encloser in (name, *_above(name, self.apex)):
            shielded = await self._like(f"{_unused()}.*.{encloser}", answers)
            if shielded is None:
                return None
            if shielded is False:
                return "" if encloser == name else f"*.{encloser}"
        return f"*.{name.partition('.')[2]}"  # of a server that lets a wildcard answer below itself

    async def _like(self, name: str, answers: tuple[Answer, ...]) -> bool | None:
        """Whether `name` is answered as `answers` are; None when it was not answered."""
        unsure = False
        for answer in answers:
            if answer.kind is AnswerKind.TROUBLE:
                continue
            other = await self.ask(name, answer.type)
            if other.kind is AnswerKind.TROUBLE and other.chain[:1] != answer.chain[:1]:
                unsure = True
            elif not _alike(answer, other):
                return False
        return None if unsure else True


def _alike(one: Answer, other: Answer) -> bool:
    if one.chain[:1] != other.chain[:1] or one.found != other.found:
        return False
    # Addresses may be handed out in turn, so that two answers of one RRset differ.
    return one.type in _HOST_TYPES or bool(one.chain) or set(one.values) == set(other.values)


def _above(name: str, apex: str) -> Iterator[str]:
    """The names above `name` up to `apex`, without single labels: what is above a zone has no wildcard of its."""
    while name != apex and name.count(".") > 1:
        name = name.partition(".")[2]
        yield name


def _unused() -> str:
    """A label that nobody has made."""
    return f"mtasts-{secrets.token_hex(8)}"
