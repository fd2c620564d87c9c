"""Answers of the DNS server: the world's records, CNAME chains, and the difference between NXDOMAIN and NODATA.

No sockets here: a question in, an `Answer` out. The server is authoritative for every zone of the world, and answers
like a resolver for them, so that a client can use it as its only name server.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.TXT import TXT

from mtasts_sandbox.world import Change, RRset, World, Zone

# Where the NS records of every zone point: the DNS server itself, so that clients which ask the authoritative servers
# one by one find it. A zone of the world with this name would win.
OWN_ZONE = Zone("mtasts-sandbox.test", "sandbox", "mtasts-sandbox", 60)
_NAME_SERVERS = (f"ns1.{OWN_ZONE.name}", f"ns2.{OWN_ZONE.name}")
_OWN_ADDRESSES = {"A": "127.0.0.1", "AAAA": "::1"}
_APEX_TTL = 900

# Resolvers stop at 8 to 16; a longer chain is a loop for all that matters.
CHAIN_LIMIT = 16
# RFC 1035 s3.3: one character-string.
_STRING_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `rrsets` for the answer section, `authority` for the SOA of a negative one."""

    rcode: dns.rcode.Rcode
    rrsets: tuple[dns.rrset.RRset, ...] = ()
    authority: tuple[dns.rrset.RRset, ...] = ()
    authoritative: bool = True


class ZoneNames:
    """Which names exist in a zone, the empty non-terminals above its records included (RFC 8020 s2).

    Kept in step change by change: a zone of thousands of domains is not walked again for each of their changes.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._names: dict[str, set[str]] = {}  # zone -> names with records
        self._below: dict[str, Counter[str]] = {}  # zone -> ancestor -> how many names with records are below it

    def exists(self, zone: Zone, name: str) -> bool:
        """Does the name have records, or names below it?"""
        if zone is OWN_ZONE:
            return name in (OWN_ZONE.name, *_NAME_SERVERS)
        names = self._load(zone)
        return name == zone.name or name in names or self._below[zone.name][name] > 0

    def changed(self, change: Change) -> None:
        """Take in one change of the world."""
        if change.kind == "zone":
            # A zone that comes or goes also moves names from or to the zone around it.
            self._names.clear()
            self._below.clear()
        # A distribution that comes or goes is a site, and a name in CloudFront's zone too.
        zone = self._world.zone_of(change.name) if change.kind in ("record", "site") else None
        if zone is None or zone.name not in self._names:
            return
        names = self._names[zone.name]
        exists = change.name in self._world.names(zone)
        if exists and change.name not in names:
            names.add(change.name)
            self._count(zone.name, change.name, 1)
        elif not exists and change.name in names:
            names.discard(change.name)
            self._count(zone.name, change.name, -1)

    def _load(self, zone: Zone) -> set[str]:
        if zone.name not in self._names:
            self._names[zone.name] = set(self._world.names(zone))
            self._below[zone.name] = Counter()
            for name in self._names[zone.name]:
                self._count(zone.name, name, 1)
        return self._names[zone.name]

    def _count(self, zone: str, name: str, step: int) -> None:
        for ancestor in ancestors(name, zone):
            self._below[zone][ancestor] += step


def ancestors(name: str, zone: str) -> Iterator[str]:
    """The names strictly between `name` and the zone's apex, nearest first."""
    while name != zone and "." in name:
        name = name.partition(".")[2]
        if name == zone or not name.endswith(f".{zone}"):
            return
        yield name


class Answers:
    """Answers questions from the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._names = ZoneNames(world)

    def changed(self, change: Change) -> None:
        """Take in one change of the world; call it before anything asks again."""
        self._names.changed(change)

    def answer(self, question: dns.name.Name, rdtype: dns.rdatatype.RdataType, *, recurse: bool) -> Answer:
        """Answer one question of class IN. `recurse`: the client wants the whole chain or an error (RD was set)."""
        name = question.to_text(omit_final_dot=True).lower()
        zone = self._zone_of(name)
        if zone is None:
            return Answer(dns.rcode.REFUSED, authoritative=False)
        if rdtype == dns.rdatatype.ANY:
            # RFC 8482 s4.2: nobody needs all records of a name in one answer.
            hinfo = dns.rrset.from_text(question, _APEX_TTL, "IN", "HINFO", '"RFC8482" ""')
            exists = self._names.exists(zone, name)
            return Answer(dns.rcode.NOERROR, (hinfo,)) if exists else self._negative(zone, name, ())
        try:
            return self._follow(question, name, zone, rdtype, recurse=recurse)
        except (dns.exception.DNSException, ValueError):
            # A record that cannot be written to the wire is our fault, not a statement that there is none.
            return Answer(dns.rcode.SERVFAIL)

    def _follow(
        self, owner: dns.name.Name, name: str, zone: Zone, rdtype: dns.rdatatype.RdataType, *, recurse: bool
    ) -> Answer:
        chain: list[dns.rrset.RRset] = []
        text_type = dns.rdatatype.to_text(rdtype)
        seen: set[str] = set()
        # What a resolver says of a chain it cannot end; an authoritative server just gives what it has.
        stuck = dns.rcode.SERVFAIL if recurse else dns.rcode.NOERROR
        while True:
            found = self._records(zone, name, text_type)
            if found is not None:
                return Answer(dns.rcode.NOERROR, (*chain, to_wire_rrset(owner, found)))
            alias = self._records(zone, name, "CNAME") if text_type != "CNAME" else None
            if alias is None:
                return self._negative(zone, name, tuple(chain))
            seen.add(name)
            step = to_wire_rrset(owner, alias)
            chain.append(step)
            owner = step[0].target
            name = owner.to_text(omit_final_dot=True).lower()
            next_zone = self._zone_of(name)
            if next_zone is None or name in seen or len(chain) > CHAIN_LIMIT:
                return Answer(stuck, tuple(chain))
            zone = next_zone

    def _negative(self, zone: Zone, name: str, chain: tuple[dns.rrset.RRset, ...]) -> Answer:
        """RFC 2308 s2: the SOA of the zone where the chain ended; the code speaks of its last name (RFC 6604 s3)."""
        exists = self._names.exists(zone, name) or self._wildcard(zone, name) is not None
        return Answer(dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN, chain, (_negative_soa(zone),))

    def _records(self, zone: Zone, name: str, rdtype: str) -> RRset | None:
        if zone is OWN_ZONE and name in _NAME_SERVERS and rdtype in _OWN_ADDRESSES:
            return RRset(name, rdtype, _APEX_TTL, (_OWN_ADDRESSES[rdtype],))
        found = None if zone is OWN_ZONE else self._world.rrset(zone, name, rdtype)
        if found is not None:
            return found
        if name == zone.name:
            return _soa(zone, ttl=_APEX_TTL) if rdtype == "SOA" else _ns(zone) if rdtype == "NS" else None
        source = self._wildcard(zone, name)
        return self._world.rrset(zone, source, rdtype) if source is not None else None

    def _wildcard(self, zone: Zone, name: str) -> str | None:
        """The wildcard that a name which does not exist is made from (RFC 4592 s3.3.1), if there is one."""
        if zone is OWN_ZONE or self._names.exists(zone, name):
            return None
        encloser = next((a for a in ancestors(name, zone.name) if self._names.exists(zone, a)), zone.name)
        source = f"*.{encloser}"
        return source if self._names.exists(zone, source) else None

    def _zone_of(self, name: str) -> Zone | None:
        zone = self._world.zone_of(name)
        if zone is None and (name == OWN_ZONE.name or name.endswith(f".{OWN_ZONE.name}")):
            return OWN_ZONE
        return zone


def _soa(zone: Zone, *, ttl: int) -> RRset:
    # The serial never changes: there are no secondaries that could wait for it.
    value = f"{_NAME_SERVERS[0]}. hostmaster.{OWN_ZONE.name}. 1 7200 900 1209600 {zone.soa_minimum}"
    return RRset(zone.name, "SOA", ttl, (value,))


@functools.lru_cache(maxsize=1024)
def _negative_soa(zone: Zone) -> dns.rrset.RRset:
    # The negative TTL is the smaller of the SOA's TTL and its minimum; both are the minimum here (RFC 2308 s5).
    return to_wire_rrset(dns.name.from_text(zone.name), _soa(zone, ttl=zone.soa_minimum))


def _ns(zone: Zone) -> RRset:
    return RRset(zone.name, "NS", _APEX_TTL, tuple(f"{name}." for name in _NAME_SERVERS))


def to_wire_rrset(owner: dns.name.Name, found: RRset) -> dns.rrset.RRset:
    """Make dnspython's form of a record set; `owner` keeps the case of the question.

    Raises dns.exception.DNSException or ValueError for values that are not of this type.
    """
    rdtype = dns.rdatatype.from_text(found.type)
    rrset = dns.rrset.RRset(owner, dns.rdataclass.IN, rdtype)
    rrset.update_ttl(found.ttl)
    for value in found.values:
        rrset.add(_rdata(rdtype, value), found.ttl)
    if not rrset:
        raise ValueError(f"{found.name} {found.type} has no values")
    return rrset


@functools.lru_cache(maxsize=4096)
def _rdata(rdtype: dns.rdatatype.RdataType, value: str) -> dns.rdata.Rdata:
    if rdtype == dns.rdatatype.TXT:
        return TXT(dns.rdataclass.IN, rdtype, list(_strings(value)))
    # Names in values are full names, with or without their last dot.
    return dns.rdata.from_text(dns.rdataclass.IN, rdtype, value, origin=dns.name.root, relativize=False)


def _strings(text: str) -> Iterable[bytes]:
    octets = text.encode("utf-8", "surrogateescape")
    return [octets[i : i + _STRING_LIMIT] for i in range(0, len(octets), _STRING_LIMIT)] or [b""]
