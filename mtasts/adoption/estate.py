"""The mail domains of a whole estate, found by their names in what another tool's files list. Pure.

A listing is what a source says: the record sets that can matter for MTA-STS and TLS-RPT, and what could not be read of
it. Sources hold far more than that (every name of a company), so that each reader keeps the values of a record only if
`matters` says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mtasts.adoption.owners import InState
from mtasts.adoption.survey import StandingRecord
from mtasts.protocol.names import BadName, to_a_labels

MTA_STS, TLS_RPT, HOST = "_mta-sts", "_smtp._tls", "mta-sts"
ADDRESS_KINDS = frozenset({"A", "AAAA", "CNAME", "ALIAS", "ANAME"})
KINDS = ADDRESS_KINDS | {"TXT", "MX"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A record set of a source. `place`: where it says so, for people; `apex`: the zone's name, "" if not known.

    `address`: of the resource in a Terraform state, "" elsewhere. `values` of the record is empty where they do not
    matter, or where they are secret. `record.id`, `provider` and `zone` are the real ones, where the source has them.
    """

    record: StandingRecord
    place: str
    apex: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """What a source holds that was not read, and why: it may be about a mail domain, or about anything."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a source lists. `apexes`: the zones that it holds whole, so that what is not listed is not there."""

    records: tuple[Listed, ...] = ()
    unread: tuple[Unread, ...] = ()
    apexes: frozenset[str] = frozenset()

    def __add__(self, other: "Listing") -> "Listing":
        return joined((self, other))


@dataclass(frozen=True, slots=True)
class Found:
    """A mail domain (A-labels) that has one of the three names in a source, and what is listed of it.

    `mail`: the MX and address records of the domain itself; `proofs`: the CNAMEs that prove the policy host to a CA;
    `wildcards`: those that would answer for a name below the domain that is not there, the nearest first.
    """

    domain: str
    mta_sts: tuple[Listed, ...] = ()
    tls_rpt: tuple[Listed, ...] = ()
    host: tuple[Listed, ...] = ()
    mail: tuple[Listed, ...] = ()
    proofs: tuple[Listed, ...] = ()
    marks: tuple[Listed, ...] = ()
    wildcards: tuple[Listed, ...] = ()

    @property
    def own(self) -> tuple[Listed, ...]:
        """What stands at its own names."""
        return (*self.mta_sts, *self.tls_rpt, *self.host, *self.proofs)

    @property
    def zones(self) -> tuple[tuple[str, str], ...]:
        """Provider and zone id of its records, each once, as far as the source says them."""
        known = ((one.record.provider, one.record.zone) for one in (*self.mta_sts, *self.tls_rpt, *self.host))
        return tuple(dict.fromkeys(zone for zone in known if all(zone)))

    @property
    def apex(self) -> str:
        """The name of the zone that its records are in; "" where the source does not say."""
        return next((one.apex for one in (*self.own, *self.mail) if one.apex), "")

    @property
    def state(self) -> tuple[InState, ...]:
        """Its records in a Terraform state."""
        return tuple(in_state(self.own))


@dataclass(slots=True)
class _Names:
    """The listed records by their names, and the names by which a domain is found."""

    at: dict[str, list[Listed]] = field(default_factory=lambda: defaultdict(list))
    below: dict[str, list[Listed]] = field(default_factory=lambda: defaultdict(list))
    domains: set[str] = field(default_factory=set)


def matters(name: str, kind: str) -> bool:
    """Whether the values of a record of this name (lower case, no last dot) and type are worth keeping.

    Any other is kept by its name and type alone: a name that exists is reached by no wildcard, and may take mail.
    """
    if kind not in KINDS:
        return False
    return kind == "MX" or HOST in name or TLS_RPT in name or "*" in name or _is_mark(name, kind)


def _is_mark(name: str, kind: str) -> bool:
    return kind == "TXT" and name.partition(".")[0] in ("meta", "octodns-meta")


def joined(listings: Iterable[Listing]) -> Listing:
    """One listing of all, in their order."""
    every = tuple(listings)
    return Listing(
        tuple(one for listing in every for one in listing.records),
        tuple(one for listing in every for one in listing.unread),
        frozenset().union(*(listing.apexes for listing in every)),
    )


def merged(records: Iterable[Listed]) -> tuple[Listed, ...]:
    """The records of a source that has them one by one, as record sets: one for each name, type and zone.

    Those with an id of their own (Cloudflare's) stay single. Of several TTLs the least counts: resolvers take one for
    all of a set (RFC 2181 s5.2).
    """
    sets: dict[tuple[str, str, str, str, bool], Listed] = {}
    for number, one in enumerate(records):
        record = one.record
        single = str(number) if record.id else ""
        key = (record.name, record.kind, record.zone or one.apex, single, record.routed)
        first = sets.get(key)
        if first is None:
            sets[key] = one
            continue
        ttls = [ttl for ttl in (first.record.ttl, record.ttl) if ttl is not None]
        values = tuple(dict.fromkeys((*first.record.values, *record.values)))
        sets[key] = Listed(
            StandingRecord(
                record.name, record.kind, values, min(ttls, default=None), first.record.alias, record.provider,
                record.zone,
            ),
            first.place, first.apex, first.address,
        )  # fmt: skip
    return tuple(sets.values())


def in_state(records: Iterable[Listed]) -> Iterable[InState]:
    """Those that a Terraform state holds."""
    return (InState(one.address, one.record.kind, one.record.name) for one in records if one.address)


def find(listing: Listing) -> tuple[tuple[Found, ...], tuple[Unread, ...]]:
    """Every mail domain that has one of the three names, by name; and the names that can be no mail domain's."""
    names, wrong = _Names(), []
    for one in listing.records:
        names.at[one.record.name].append(one)
        domain = _domain_of(one.record.name, one.record.kind)
        if domain is None:
            continue
        try:
            if to_a_labels(domain) == domain and "." in domain:
                names.domains.add(domain)
                continue
            why = "is no mail domain's: it has one label"
        except BadName as error:
            why = f"is no mail domain's: {domain} {error}"
        wrong.append(Unread(one.place, f"{one.record.name} {why}"))
    for one in listing.records:
        for domain in _above(one.record.name):
            if domain in names.domains:
                names.below[domain].append(one)
                break
    return tuple(_found(domain, names) for domain in sorted(names.domains)), tuple(wrong)


def mail_only(listing: Listing, found: Sequence[Found]) -> tuple[str, ...]:
    """The names of the source that take mail and have none of the three names: `mtasts init` is for those."""
    known = {one.domain for one in found}
    mail = {one.record.name for one in listing.records if one.record.kind == "MX" and "*" not in one.record.name}
    return tuple(sorted(mail - known))


def _domain_of(name: str, kind: str) -> str | None:
    """The mail domain that a record of this name and type announces something of."""
    first, _, rest = name.partition(".")
    if first == MTA_STS and kind in ("TXT", "CNAME"):
        return rest
    if name.startswith(f"{TLS_RPT}.") and kind in ("TXT", "CNAME"):
        return name.removeprefix(f"{TLS_RPT}.")
    return rest if first == HOST and kind in ADDRESS_KINDS else None


def _above(name: str) -> Iterable[str]:
    labels = name.split(".")
    return (".".join(labels[start:]) for start in range(1, len(labels)))


def _found(domain: str, names: _Names) -> Found:
    def at(name: str, kinds: Iterable[str] = KINDS) -> tuple[Listed, ...]:
        return tuple(one for one in names.at.get(name, ()) if one.record.kind in kinds)

    host = f"{HOST}.{domain}"
    below = [one for one in names.below.get(domain, ()) if "*" not in one.record.name]
    proofs = tuple(
        one
        for one in below
        if one.record.kind == "CNAME" and one.record.name.startswith("_") and one.record.name.endswith(f".{host}")
    )
    told = {MTA_STS, TLS_RPT}
    marks = tuple(
        one
        for one in below
        if matters(one.record.name, one.record.kind)
        and one.record.kind == "TXT"
        and one.record.name.removesuffix(f".{domain}") not in told
    )
    wildcards = [one for name in (domain, *_above(domain)) for one in at(f"*.{name}")]
    return Found(
        domain,
        mta_sts=at(f"{MTA_STS}.{domain}", ("TXT", "CNAME")),
        tls_rpt=at(f"{TLS_RPT}.{domain}", ("TXT", "CNAME")),
        host=at(host, ADDRESS_KINDS),
        mail=at(domain, ADDRESS_KINDS | {"MX"}),
        proofs=proofs,
        marks=marks,
        wildcards=tuple(wildcards),
    )
