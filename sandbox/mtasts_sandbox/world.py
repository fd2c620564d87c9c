"""The sandbox's cloud as its servers may see it: zones, records, sites and objects, read only.

The cloud half (provider servers and their store) implements `World`; the wire half (DNS server, HTTPS edge, mail
servers) reads it. Everything runs on one event loop, so no call blocks and none needs a lock. Each query costs a
few dictionary look-ups however many domains there are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

# Cloudflare's edge in the sandbox: where a proxied name leads that a Worker answers for.
WORKERS_IPV4 = "127.0.63.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the wire half listens on loopback; 0 asks for any free port."""

    dns: int = 0  # UDP and TCP
    https: int = 0
    smtp: int = 0


@dataclass(frozen=True, slots=True)
class Zone:
    """A DNS zone. Its SOA and NS at the apex are made by the DNS server, not stored."""

    name: str  # A-labels, lower case, no last dot
    provider: str  # "route53", "cloudflare", or "cloudfront" for the zone of distributions' own names
    zone_id: str
    soa_minimum: int  # seconds; the negative TTL (RFC 2308 s4)
    # Of route53 twelve digits, of cloudflare its name in the stack's settings; "" is the sandbox's own.
    account: str = ""


@dataclass(frozen=True, slots=True)
class RRset:
    """All records of one name and type.

    Values are in presentation form, except that a TXT value is the joined text of its strings, without quotes
    (RFC 8461 s3.1 joins them the same way). A Route 53 alias is already answered: it appears as its target's A or AAAA.
    """

    name: str  # A-labels, lower case, no last dot
    type: str  # "TXT", "A", "AAAA", "CNAME", "MX", ...
    ttl: int  # seconds
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What the HTTPS edge serves under one host name."""

    host: str
    certificate_pem: str | None  # leaf first, then the chain; None while the certificate is not validated
    key_pem: str | None
    origin_bucket: str
    origin_path: str  # prefix put before the request's path, "" for none
    function_code: str | None  # the published viewer-request function, None when there is none
    headers: Mapping[str, str]  # added by the response headers policy
    viewer_protocol: Literal["allow-all", "https-only", "redirect-to-https"]
    minimum_tls: str  # CloudFront's name of it, such as "TLSv1.2_2021"
    ipv6: bool
    enabled: bool


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The current version of one object, as CloudFront reads it."""

    body: bytes
    content_type: str
    cache_control: str | None
    metadata: Mapping[str, str]
    version_id: str


@dataclass(frozen=True, slots=True)
class Worker:
    """What answers for a host at Cloudflare's edge."""

    script: str
    policy: bytes
    certificate_names: tuple[str, ...]  # of the certificate that is shown there


@dataclass(frozen=True, slots=True)
class WorkerScript:
    """A Cloudflare Worker, and by what it is met."""

    name: str
    routes: tuple[str, ...]  # patterns
    domains: tuple[str, ...]  # its custom domains
    policy: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed in the cloud; a subscriber asks the world what it is now.

    kind "record": name is the record's name, detail its type. kind "object": name is the bucket, detail the key.
    kind "site": name is the host (aliases and own name each get one). kind "zone": name is the zone's name.
    kind "worker": name is the script's.
    """

    kind: Literal["record", "object", "site", "zone", "worker"]
    name: str
    detail: str = field(default="")


class World(Protocol):
    """The read model of the cloud."""

    def zones(self) -> Sequence[Zone]:
        """All zones, among them one for the names CloudFront gives (`d....cloudfront.net`)."""
        ...

    def zone_of(self, name: str) -> Zone | None:
        """The zone with the longest name that `name` is in, None when we are not authoritative for it."""
        ...

    def rrset(self, zone: Zone, name: str, type: str) -> RRset | None:  # noqa: A002 - the DNS word for it
        """The records of exactly this name and type; None when there are none."""
        ...

    def names(self, zone: Zone) -> Collection[str]:
        """Every name in the zone that has a record (not the empty non-terminals above them)."""
        ...

    def site(self, host: str) -> Site | None:
        """The site an enabled distribution serves under an alias or under its own name; wildcard aliases count."""
        ...

    def hosts(self) -> Collection[str]:
        """Every host name some enabled distribution serves."""
        ...

    def worker(self, host: str) -> Worker | None:
        """The Cloudflare Worker that answers for a host, by a route or as its custom domain."""
        ...

    def scripts(self) -> Sequence[WorkerScript]:
        """Every Worker script there is."""
        ...

    def read_object(self, bucket: str, key: str, host: str) -> StoredObject | None:
        """The object as the distribution behind `host` may read it: the bucket policy must allow it (else None)."""
        ...

    def tells_missing(self, bucket: str, key: str, host: str) -> bool:
        """Is there no such object, and may the distribution list the bucket? Only then it is 404 for it, else 403."""
        ...

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback` after every change, once it is safely stored; gives back what ends it."""
        ...
