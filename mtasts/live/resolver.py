"""One DNS question, one answer as a value: found, no such name, no data, or trouble; never an exception.

The exchange is ours, because a look at a thousand domains needs neither a library's caches nor its search lists, and
because SERVFAIL, refusal, time-out and garbage must stay apart; the wire form is dns_wire's.
"""

import asyncio
import contextlib
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.live import dns_wire
from mtasts.live.dns_answer import CHAIN_LIMIT, CUT, read_answer
from mtasts.live.dns_exchange import Exchange
from mtasts.live.network import Network, NotPublic, parse_endpoint
from mtasts.verify.model import NOT_ASKED, Answer, AnswerKind, Dnssec

_CACHE_LIMIT = 2048
_RESOLV_CONF = Path("/etc/resolv.conf")


class Resolver:
    """Asks the resolver that `network` names, or the system's. Answers of one run are shared by all who ask.

    `timeout` is for one exchange, in seconds; a question costs at most `len(servers) * tries` of them.
    Raises CannotLook when the system has no resolver configured.
    """

    def __init__(self, network: Network, *, timeout: float = 3.0, tries: int = 2) -> None:
        self._network = network
        self._exchange = Exchange(timeout)
        self._tries = tries
        self._servers = _servers(network)
        self._cache: OrderedDict[tuple[str, str], asyncio.Task[Answer]] = OrderedDict()
        self._validating: dict[tuple[str, int], asyncio.Task[bool]] = {}

    async def ask(self, name: str, rdtype: str) -> Answer:
        """The answer to one question, following CNAMEs; trouble after `tries` rounds over all servers."""
        key = (name.lower().rstrip("."), rdtype)
        task = self._cache.get(key)
        if task is None:
            task = asyncio.create_task(self._resolve(*key))
            self._cache[key] = task
            while len(self._cache) > _CACHE_LIMIT:
                self._cache.popitem(last=False)
        # A caller that gives up must not spoil the answer for the others.
        return task.result() if task.done() else await asyncio.shield(task)

    async def ask_once(self, name: str, rdtype: str) -> Answer:
        """As `ask`, for a name that nobody else will ask for: nothing is kept."""
        return await self._resolve(name.lower().rstrip("."), rdtype)

    async def addresses(self, name: str, *, shared: bool = True, within: float | None = None) -> tuple[Answer, ...]:
        """The A and AAAA answers, of the families that `network` allows; `shared` as `ask` against `ask_once`.

        A family that is not told `within` so many seconds is trouble, and the other one keeps its answer.
        """
        wanted = [kind for kind, family in (("A", "ipv4"), ("AAAA", "ipv6")) if family in self._network.families]
        ask = self.ask if shared else self.ask_once

        async def one(kind: str) -> Answer:
            try:
                async with asyncio.timeout(within):
                    return await ask(name, kind)
            except TimeoutError:
                return Answer(name, kind, AnswerKind.TROUBLE, trouble="time-out")

        return tuple(await asyncio.gather(*map(one, wanted)))

    async def ask_server(self, server: str, address: str, name: str, rdtype: str) -> Answer:
        """Ask one authoritative server directly, without recursion; trouble where its address is to be left alone."""
        try:
            where = self._network.outside(server, address, 53)
        except NotPublic as error:
            trouble = f"{NOT_ASKED}: its address is left alone, it is {error}"
            return Answer(name, rdtype, AnswerKind.TROUBLE, trouble=trouble)
        return await self._round([where] * self._tries, name, rdtype, recursion=False)

    def close(self) -> None:
        """Free its sockets; further questions open new ones."""
        self._exchange.close()

    async def _resolve(self, name: str, rdtype: str) -> Answer:
        chain: list[str] = []
        ttl: int | None = None
        question = name
        for _ in range(CHAIN_LIMIT):
            answer = await self._round(self._servers * self._tries, question, rdtype, recursion=True)
            chain += answer.chain
            ttl = answer.ttl if ttl is None else min(ttl, answer.ttl if answer.ttl is not None else ttl)
            # An authoritative server used as resolver may stop at the CNAME; NODATA carries an SOA, a cut chain none.
            if len(chain) > CHAIN_LIMIT or not (answer.kind is AnswerKind.NO_DATA and answer.trouble == CUT):
                break
            question = answer.chain[-1]
        if len(chain) > CHAIN_LIMIT or answer.trouble == CUT:
            return Answer(
                name,
                rdtype,
                AnswerKind.TROUBLE,
                chain=tuple(chain[:CHAIN_LIMIT]),
                trouble="CNAME chain too long or a loop",
            )
        return Answer(
            name,
            rdtype,
            answer.kind,
            answer.values,
            ttl,
            tuple(chain),
            answer.dnssec,
            answer.trouble,
            answer.pieces,
        )

    async def _round(self, servers: list[tuple[str, int]], name: str, rdtype: str, *, recursion: bool) -> Answer:
        try:
            question = dns_wire.ask(name, rdtype, recursion=recursion)
        except dns_wire.Malformed:
            return Answer(name, rdtype, AnswerKind.TROUBLE, trouble="not a name that DNS can carry")
        trouble, bogus = "no server to ask", False
        for server in servers:
            response = await self._exchange.ask(server, question)
            if isinstance(response, str):
                trouble = response
                continue
            answer = read_answer(name, rdtype, response)
            if answer.kind is not AnswerKind.TROUBLE:
                return replace(answer, dnssec=await self._dnssec(answer, server)) if recursion else answer
            trouble = answer.trouble
            if recursion and trouble == "SERVFAIL" and not bogus:
                bogus = await self._is_bogus(server, name, rdtype)
        return Answer(
            name, rdtype, AnswerKind.TROUBLE, dnssec=Dnssec.BOGUS if bogus else Dnssec.UNKNOWN, trouble=trouble
        )

    async def _is_bogus(self, server: tuple[str, int], name: str, rdtype: str) -> bool:
        """A SERVFAIL that goes away with checking disabled (RFC 4035 s3.2.2) is a broken signature."""
        question = dns_wire.ask(name, rdtype, recursion=True, checking_disabled=True)
        response = await self._exchange.ask(server, question)
        return not isinstance(response, str) and read_answer(name, rdtype, response).kind is not AnswerKind.TROUBLE

    async def _dnssec(self, answer: Answer, server: tuple[str, int]) -> Dnssec:
        """Without AD: not signed, if the server that answered validates. Each resolver speaks for itself alone."""
        if answer.dnssec is Dnssec.SECURE:
            return answer.dnssec
        task = self._validating.get(server)
        if task is None:
            task = self._validating[server] = asyncio.create_task(self._does_validate(server))
        validates = task.result() if task.done() else await asyncio.shield(task)
        return Dnssec.INSECURE if validates else Dnssec.UNKNOWN

    async def _does_validate(self, server: tuple[str, int]) -> bool:
        """The root is signed, so a resolver that validates sets AD on its answer for it."""
        question = dns_wire.ask(".", "SOA", recursion=True)
        for _ in range(self._tries):
            response = await self._exchange.ask(server, question)
            if not isinstance(response, str):
                return read_answer(".", "SOA", response).dnssec is Dnssec.SECURE
        return False


def _servers(network: Network) -> list[tuple[str, int]]:
    if network.resolver is not None:
        return [parse_endpoint(network.resolver, "resolver")]
    return _system_servers()


def _system_servers() -> list[tuple[str, int]]:
    servers = read_resolv_conf(_RESOLV_CONF)
    if not servers:
        # Windows keeps them elsewhere; dnspython knows where, but takes most of a second to load.
        import dns.exception  # noqa: PLC0415
        import dns.resolver  # noqa: PLC0415

        with contextlib.suppress(dns.exception.DNSException):
            system = dns.resolver.Resolver()
            servers = [(server, system.port) for server in system.nameservers if isinstance(server, str)]
    if not servers:
        raise CannotLook("this machine has no DNS resolver configured", "give --resolver ADDR:PORT")
    return servers


def read_resolv_conf(path: Path) -> list[tuple[str, int]]:
    """The first three name servers of a resolv.conf(5), as every libc takes them; none when there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    found = [pair[1] for pair in words if len(pair) > 1 and pair[0] == "nameserver"]
    servers = []
    for text in found[:3]:
        with contextlib.suppress(CannotLook):
            servers.append(parse_endpoint(text, "nameserver"))
    return servers
