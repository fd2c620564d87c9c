"""One DNS question, one answer as a value: found, no such name, no data, or trouble; never an exception.

Wire forms are dnspython's; the exchange is ours, because a look at a thousand domains needs neither its caches nor its
search lists, and because SERVFAIL, refusal, time-out and garbage must stay apart.
"""

import asyncio
import contextlib
import itertools
import socket
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from mtasts.errors import CannotLook
from mtasts.live.network import Network, parse_endpoint
from mtasts.readiness.model import Answer, AnswerKind, Dnssec

CHAIN_LIMIT = 8  # CNAMEs followed; BIND and Unbound stop in the same region
VALUES_LIMIT = 100  # records kept of one RRset
_UDP_PAYLOAD = 1232  # DNS flag day 2020: no fragments
_STRAY_LIMIT = 16  # datagrams that answer another question, before a look is given up
_CACHE_LIMIT = 2048
_RESOLV_CONF = Path("/etc/resolv.conf")


class Resolver:
    """Asks the resolver that `network` names, or the system's. Answers of one run are shared by all who ask.

    `timeout` is for one exchange, in seconds; a question costs at most `len(servers) * tries` of them.
    Raises CannotLook when the system has no resolver configured.
    """

    def __init__(self, network: Network, *, timeout: float = 3.0, tries: int = 2) -> None:
        self._network = network
        self._timeout = timeout
        self._tries = tries
        self._servers = _servers(network)
        self._cache: OrderedDict[tuple[str, str], asyncio.Task[Answer]] = OrderedDict()
        self._validates: asyncio.Task[bool] | None = None

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
        return await asyncio.shield(task)

    async def addresses(self, name: str) -> tuple[Answer, ...]:
        """The A and AAAA answers, of the families that `network` allows."""
        wanted = [kind for kind, family in (("A", "ipv4"), ("AAAA", "ipv6")) if family in self._network.families]
        return tuple(await asyncio.gather(*(self.ask(name, kind) for kind in wanted)))

    async def ask_server(self, server: str, address: str, name: str, rdtype: str) -> Answer:
        """Ask one authoritative server directly, without recursion."""
        where = self._network.target(server, address, 53)
        return await self._round([where] * self._tries, name, rdtype, recursion=False)

    async def _resolve(self, name: str, rdtype: str) -> Answer:
        chain: list[str] = []
        ttl: int | None = None
        question = name
        for _ in range(CHAIN_LIMIT):
            answer = await self._round(self._servers * self._tries, question, rdtype, recursion=True)
            chain += answer.chain
            ttl = answer.ttl if ttl is None else min(ttl, answer.ttl if answer.ttl is not None else ttl)
            # An authoritative server used as resolver may stop at the CNAME; NODATA carries an SOA, a cut chain none.
            if len(chain) > CHAIN_LIMIT or not (answer.kind is AnswerKind.NO_DATA and answer.trouble == _CUT):
                break
            question = answer.chain[-1]
        if len(chain) > CHAIN_LIMIT or answer.trouble == _CUT:
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
            await self._dnssec(answer),
            answer.trouble,
            answer.pieces,
        )

    async def _round(self, servers: list[tuple[str, int]], name: str, rdtype: str, *, recursion: bool) -> Answer:
        try:
            query = _query(name, rdtype, recursion=recursion)
        except (dns.exception.DNSException, UnicodeError, ValueError):
            return Answer(name, rdtype, AnswerKind.TROUBLE, trouble="not a name that DNS can carry")
        trouble, bogus = "no server to ask", False
        for server in servers:
            response = await self._exchange(server, query)
            if isinstance(response, str):
                trouble = response
                continue
            answer = read_answer(name, rdtype, response)
            if answer.kind is not AnswerKind.TROUBLE:
                return answer
            trouble = answer.trouble
            if recursion and trouble == "SERVFAIL" and not bogus:
                bogus = await self._is_bogus(server, name, rdtype)
        return Answer(
            name, rdtype, AnswerKind.TROUBLE, dnssec=Dnssec.BOGUS if bogus else Dnssec.UNKNOWN, trouble=trouble
        )

    async def _is_bogus(self, server: tuple[str, int], name: str, rdtype: str) -> bool:
        """A SERVFAIL that goes away with checking disabled (RFC 4035 s3.2.2) is a broken signature."""
        response = await self._exchange(server, _query(name, rdtype, recursion=True, checking_disabled=True))
        return not isinstance(response, str) and read_answer(name, rdtype, response).kind is not AnswerKind.TROUBLE

    async def _dnssec(self, answer: Answer) -> Dnssec:
        if answer.dnssec is not Dnssec.UNKNOWN or answer.kind is AnswerKind.TROUBLE:
            return answer.dnssec
        if self._validates is None:
            self._validates = asyncio.create_task(self._does_validate())
        return Dnssec.INSECURE if await asyncio.shield(self._validates) else Dnssec.UNKNOWN

    async def _does_validate(self) -> bool:
        """The root is signed, so a resolver that validates sets AD on its answer for it."""
        answer = await self._round(self._servers, ".", "SOA", recursion=True)
        return answer.dnssec is Dnssec.SECURE

    async def _exchange(self, server: tuple[str, int], query: dns.message.QueryMessage) -> dns.message.Message | str:
        """One question to one server over UDP, then TCP if cut short. A text is what went wrong."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await _udp(server, query)
                if response.flags & dns.flags.TC:
                    response = await _tcp(server, query)
                return response
        except TimeoutError:
            return "time-out"
        except ConnectionRefusedError:
            return "connection refused"
        except OSError as error:
            return f"cannot be reached: {error.strerror or error}"
        except _Garbage as error:
            return str(error)


class _Garbage(Exception):  # noqa: N818 - the other side's, not ours
    pass


async def _udp(server: tuple[str, int], query: dns.message.QueryMessage) -> dns.message.Message:
    loop = asyncio.get_running_loop()
    # A socket of its own per question: the kernel picks a random port, which an off-path forger must guess (RFC 5452).
    with socket.socket(_family(server), socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(server)
        await loop.sock_sendall(sock, query.to_wire())
        for _ in range(_STRAY_LIMIT):
            response = parse(await loop.sock_recv(sock, 65535))
            if response is not None and query.is_response(response):
                return response
    raise _Garbage("answers that are not for our question")


async def _tcp(server: tuple[str, int], query: dns.message.QueryMessage) -> dns.message.Message:
    loop = asyncio.get_running_loop()
    with socket.socket(_family(server), socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, server)
        wire = query.to_wire()
        await loop.sock_sendall(sock, struct.pack("!H", len(wire)) + wire)
        size = struct.unpack("!H", await _exactly(sock, 2))[0]
        response = parse(await _exactly(sock, size))
    if response is None or not query.is_response(response):
        raise _Garbage("an answer that cannot be read")
    return response


async def _exactly(sock: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < size:
        chunk = await loop.sock_recv(sock, size - len(data))
        if not chunk:
            raise _Garbage("connection closed in the middle of an answer")
        data += chunk
    return bytes(data)


def parse(wire: bytes) -> dns.message.Message | None:
    """A message from the network, or None when it is not one."""
    try:
        return dns.message.from_wire(wire, ignore_trailing=True)
    except Exception:  # dnspython documents DNSException; hostile rdata finds others
        return None


_CUT = "chain goes on elsewhere"


def read_answer(name: str, rdtype: str, response: dns.message.Message) -> Answer:
    """Judge one response. A NODATA whose CNAME chain leads out of the server's zones has trouble `_CUT`."""
    dnssec = Dnssec.SECURE if response.flags & dns.flags.AD else Dnssec.UNKNOWN
    code = response.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(name, rdtype, AnswerKind.TROUBLE, trouble=_rcode(code))
    chain, rrset, ttl = _follow(response, rdtype)
    if len(chain) > CHAIN_LIMIT:
        return Answer(
            name, rdtype, AnswerKind.TROUBLE, chain=chain[:CHAIN_LIMIT], trouble="CNAME chain too long or a loop"
        )
    if rrset is not None:
        values, pieces = _values(rrset)
        return Answer(name, rdtype, AnswerKind.FOUND, values, ttl, chain, dnssec, pieces=pieces)
    if code == dns.rcode.NXDOMAIN:
        return Answer(name, rdtype, AnswerKind.NO_NAME, ttl=ttl, chain=chain, dnssec=dnssec)
    if not chain and not _says_no_data(response):
        # A referral or an empty answer from a server that does not serve the zone ("lame").
        return Answer(name, rdtype, AnswerKind.TROUBLE, trouble="no answer for this zone (lame server)")
    cut = _CUT if chain and not _says_no_data(response) else ""
    return Answer(name, rdtype, AnswerKind.NO_DATA, ttl=ttl, chain=chain, dnssec=dnssec, trouble=cut)


def _says_no_data(response: dns.message.Message) -> bool:
    """RFC 2308 s2.2: an SOA, or no authority at all from a server that recurses or has authority."""
    kinds = {rrset.rdtype for rrset in response.authority}
    if dns.rdatatype.SOA in kinds:
        return True
    if any(rrset.rdtype == dns.rdatatype.CNAME for rrset in response.answer):
        return bool(response.flags & dns.flags.RA)
    return dns.rdatatype.NS not in kinds and bool(response.flags & (dns.flags.AA | dns.flags.RA))


def _follow(response: dns.message.Message, rdtype: str) -> tuple[tuple[str, ...], Any, int | None]:
    """The CNAMEs from the question's name within this response, the RRset at their end, and the least TTL."""
    wanted = dns.rdatatype.from_text(rdtype)
    by_owner = {(rrset.name, rrset.rdtype): rrset for rrset in response.answer[: 4 * CHAIN_LIMIT]}
    owner = response.question[0].name if response.question else dns.name.root
    chain: list[str] = []
    ttl: int | None = None
    while len(chain) <= CHAIN_LIMIT:
        rrset = by_owner.get((owner, wanted))
        if rrset is not None:
            return tuple(chain), rrset, rrset.ttl if ttl is None else min(ttl, rrset.ttl)
        alias = by_owner.get((owner, dns.rdatatype.CNAME))
        if alias is None:
            break
        ttl = alias.ttl if ttl is None else min(ttl, alias.ttl)
        owner = alias[0].target
        chain.append(_host(owner))
    return tuple(chain), None, ttl


def _values(rrset: Any) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The values in an order of their own, since servers shuffle RRsets; MX by preference."""
    if rrset.rdtype == dns.rdatatype.TXT:
        texts = sorted((b"".join(rdata.strings).decode("latin-1"), len(rdata.strings)) for rdata in _few(rrset))
        return tuple(text for text, _ in texts), tuple(count for _, count in texts)
    if rrset.rdtype == dns.rdatatype.MX:
        ranked = sorted((rdata.preference, _host(rdata.exchange)) for rdata in _few(rrset))
        return tuple(f"{preference} {host}" for preference, host in ranked), ()
    if rrset.rdtype in (dns.rdatatype.NS, dns.rdatatype.CNAME):
        return tuple(sorted(_host(rdata.target) for rdata in _few(rrset))), ()
    return tuple(sorted(rdata.to_text()[:1000] for rdata in _few(rrset))), ()


def _few(rrset: Any) -> Any:
    return itertools.islice(rrset, VALUES_LIMIT)


def _host(name: dns.name.Name) -> str:
    """Lower case, no last dot; the root is `.`."""
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else "."


def _rcode(code: dns.rcode.Rcode) -> str:
    return dns.rcode.to_text(code)


def _query(name: str, rdtype: str, *, recursion: bool, checking_disabled: bool = False) -> dns.message.QueryMessage:
    flags = dns.flags.Flag(0)
    if recursion:
        flags |= dns.flags.RD | dns.flags.AD
    if checking_disabled:
        flags |= dns.flags.CD
    # AD in a question asks for the AD bit in the answer (RFC 6840 s5.7) without the weight of the signatures.
    return dns.message.make_query(_name(name), rdtype, use_edns=0, payload=_UDP_PAYLOAD, flags=flags)


def _name(name: str) -> dns.name.Name:
    return dns.name.from_text(name if name.endswith(".") else f"{name}.")


def _family(server: tuple[str, int]) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in server[0] else socket.AF_INET


def _servers(network: Network) -> list[tuple[str, int]]:
    if network.resolver is not None:
        return [parse_endpoint(network.resolver, "resolver")]
    return _system_servers()


def _system_servers() -> list[tuple[str, int]]:
    servers = read_resolv_conf(_RESOLV_CONF)
    if not servers:
        # Windows keeps them elsewhere; dnspython knows where, but takes most of a second to load.
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
            servers.append(parse_endpoint(text.partition("%")[0], "nameserver"))
    return servers
