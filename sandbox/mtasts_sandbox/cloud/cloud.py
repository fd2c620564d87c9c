"""The whole embedded cloud: AWS and Cloudflare over one store, and the read model of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, cast

from mtasts.protocol.mta_sts import WELL_KNOWN_PATH
from mtasts_sandbox.cloud.aws.acm import ISSUED, Acm
from mtasts_sandbox.cloud.aws.aliases import Aliases
from mtasts_sandbox.cloud.aws.cloudfront import HOSTED_ZONE, CloudFront
from mtasts_sandbox.cloud.aws.headers_policy import headers_of
from mtasts_sandbox.cloud.aws.iam import Iam
from mtasts_sandbox.cloud.aws.route53 import RecordSet, Route53
from mtasts_sandbox.cloud.aws.s3 import S3
from mtasts_sandbox.cloud.cloudflare.dns import CloudflareDns
from mtasts_sandbox.cloud.cloudflare.workers import Workers
from mtasts_sandbox.cloud.context import Context, Issuer, Quotas
from mtasts_sandbox.store import Document, Store
from mtasts_sandbox.world import WORKERS_IPV4, Change, RRset, Site, StoredObject, Worker, WorkerScript, Zone

# Where every host of the edge is: on loopback, at the ports the clients are told.
EDGE_IPV4, EDGE_IPV6 = "127.0.0.1", "::1"
# RFC 5737 documentation address: where every other proxied name leads. Nothing answers there: Cloudflare would fetch
# from the origin, which the sandbox does not.
PROXIED_IPV4 = "192.0.2.1"
_ALIAS_TTL = 60  # what Route 53 gives for an alias of a distribution
_AUTOMATIC_TTL = 300  # Cloudflare's TTL 1
_SOA_MINIMUM = {"route53": 86_400, "cloudflare": 1_800, "cloudfront": 60}


class Cloud:
    """Holds everything; `commit` ends each changing call. Implements `mtasts_sandbox.world.World`."""

    def __init__(self, store: Store, issuer: Issuer, quotas: Quotas | None = None, *, ipv6: bool = True) -> None:
        """`ipv6`: is there an IPv6 loopback, so that names of the edge may have AAAA records?"""
        self.context = Context(store, issuer, quotas or Quotas())
        self._ipv6 = ipv6
        self._subscribers: list[Callable[[Change], None]] = []
        self._load()

    def _load(self) -> None:
        self.context.changes.clear()
        self.s3 = S3(self.context)
        self.iam = Iam(self.context)
        self.acm = Acm(self.context)
        self.cloudfront = CloudFront(self.context, self.acm)
        self.aliases = Aliases(self.context, self.cloudfront, self.acm)
        self.route53 = Route53(self.context)
        self.cloudflare = CloudflareDns(self.context)
        self.workers = Workers(self.context, self.cloudflare)
        self.context.cname = self._cname
        self.context.caa = lambda name: self._values(name, "CAA")
        self.context.txt = lambda name: self._values(name, "TXT")
        self._zones: dict[str, Zone] = {}
        self._delegations = {name: document["zone"] for name, document in self.context.store.load("delegation")}
        self._owners: dict[str, str] = {
            zone_id: document["account"] for zone_id, document in self.context.store.load("zone-account")
        }
        self._index_zones()

    # What changes it

    def commit(self) -> None:
        """Keep what was changed, then tell the subscribers."""
        self.context.store.commit()
        changes, self.context.changes = self.context.changes, []
        if any(change.kind == "zone" for change in changes):
            self._index_zones()
        for change in changes:
            for subscriber in list(self._subscribers):
                subscriber(change)

    def rollback(self) -> None:
        """Forget what was changed since the last commit, in memory too."""
        if self.context.changes or self.context.store.dirty:
            self.context.store.rollback()
            self._load()

    def reset(self) -> None:
        """Forget everything but the zones' subscribers; the clients' names are gone from DNS at once."""
        gone = [Change("site", host) for host in self.hosts()]
        gone += [Change("record", name) for zone in self.zones() for name in self.names(zone)]
        gone += [Change("zone", zone.name) for zone in self.zones()]
        gone += [Change("worker", script.name) for script in self.scripts()]
        self.context.store.clear()
        self._load()
        self.context.changes += gone
        self.commit()

    def absorb(self, service: str) -> None:
        """Keep what moto's own API changed ("s3", "iam" or "route53")."""
        match service:
            case "s3":
                self.s3.absorb()
            case "iam":
                self.iam.absorb()
            case _:
                self.route53.absorb()
        self.commit()

    def add_zone(self, name: str, provider: str, zone_id: str, account: str = "") -> None:
        """Make a zone of "route53" or "cloudflare", or widen it to a name above its own; commit to keep it.

        `account`: whose it is, as `Zone.account` has it; "" leaves it where it is.
        """
        if account:
            self._owners[zone_id] = account
            self.context.store.put("zone-account", zone_id, {"account": account})
        (self.route53 if provider == "route53" else self.cloudflare).add_zone(zone_id, name)

    def owner(self, zone_id: str) -> str:
        """The account that a zone is in, "" for the sandbox's own, and for no zone."""
        return self._owners.get(zone_id, "")

    def has_account(self, account: str) -> bool:
        """Whether any zone is in this account."""
        return account in self._owners.values()

    def delegate(self, name: str, zone_id: str) -> None:
        """Let clients find this one of several zones of a name; commit to keep it. Raises KeyError for no such zone."""
        if (zone_id, name) not in (*self.route53.zones(), *self.cloudflare.zones()):
            raise KeyError(zone_id)
        self._delegations[name] = zone_id
        self.context.store.put("delegation", name, {"zone": zone_id})
        self.context.changed(Change("zone", name))

    # The read model

    def zones(self) -> Sequence[Zone]:
        """All zones, CloudFront's own included."""
        return list(self._zones.values())

    def zone_of(self, name: str) -> Zone | None:
        """The closest zone above the name."""
        while name:
            if found := self._zones.get(name):
                return found
            name = name.partition(".")[2]
        return None

    def rrset(self, zone: Zone, name: str, type: str) -> RRset | None:  # noqa: A002 - the DNS word for it
        """The records of one name and type."""
        match zone.provider:
            case "route53":
                record = self.route53.get(zone.zone_id, name, type)
                return self._from_route53(zone, record) if record else None
            case "cloudflare":
                return self._from_cloudflare(zone, name, type)
            case _:
                return self._edge(name, type, _ALIAS_TTL)

    def names(self, zone: Zone) -> Collection[str]:
        """The names that have records."""
        match zone.provider:
            case "route53":
                return self.route53.names(zone.zone_id)
            case "cloudflare":
                return self.cloudflare.names(zone.zone_id)
            case _:
                return self.cloudfront.domains()

    def site(self, host: str) -> Site | None:
        """What the edge serves under a host."""
        distribution = self.cloudfront.by_host(host)
        if distribution is None or not distribution["inputs"]["enabled"]:
            return None
        inputs = distribution["inputs"]
        behavior, origin, viewer = inputs["defaultCacheBehavior"], inputs["origins"][0], inputs["viewerCertificate"]
        chain, key = self._certificate(distribution)
        policy = self.cloudfront.headers_policies.get(behavior.get("responseHeadersPolicyId", ""))
        return Site(
            host=host,
            certificate_pem=chain,
            key_pem=key,
            origin_bucket=origin["domainName"].partition(".s3.")[0],
            origin_path=origin.get("originPath", ""),
            function_code=self._function(behavior),
            headers=headers_of(policy["inputs"]) if policy else {},
            viewer_protocol=cast(
                Literal["allow-all", "https-only", "redirect-to-https"], behavior["viewerProtocolPolicy"]
            ),
            minimum_tls=viewer.get("minimumProtocolVersion", "TLSv1"),
            ipv6=inputs.get("isIpv6Enabled", False),
            enabled=True,
        )

    def hosts(self) -> Collection[str]:
        """Every host some enabled distribution serves."""
        return self.cloudfront.hosts()

    def worker(self, host: str) -> Worker | None:
        """The Worker that answers for a host."""
        return self.workers.caught(host)

    def scripts(self) -> Sequence[WorkerScript]:
        """Every Worker script there is."""
        return self.workers.scripts()

    def read_object(self, bucket: str, key: str, host: str) -> StoredObject | None:
        """An object, as the distribution behind a host may read it."""
        distribution = self.cloudfront.by_host(host)
        if distribution is not None and (stranger := distribution.get("stranger")):
            return _strangers(stranger, key)
        if distribution is None or not self._signs(distribution):
            return None  # S3 does not know who asks, and public access is not served here
        return self.s3.read_for(bucket, key, distribution["arn"])

    def tells_missing(self, bucket: str, key: str, host: str) -> bool:
        """Is there no such object, and may the distribution behind a host know it?"""
        distribution = self.cloudfront.by_host(host)
        return (
            distribution is not None
            and self._signs(distribution)
            and self.s3.tells_missing(bucket, key, distribution["arn"])
        )

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Tell every change from now on."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    # The parts of it

    def _signs(self, distribution: Document) -> bool:
        control = self.cloudfront.controls.get(distribution["inputs"]["origins"][0].get("originAccessControlId", ""))
        return control is not None and control["inputs"]["signingBehavior"] != "never"

    def _index_zones(self) -> None:
        own = Zone("cloudfront.net", "cloudfront", HOSTED_ZONE, _SOA_MINIMUM["cloudfront"])
        self._zones = {own.name: own}
        for provider, zones in (("route53", self.route53.zones()), ("cloudflare", self.cloudflare.zones())):
            for zone_id, name in zones:
                # Of two zones of one name, only one can be delegated.
                zone = Zone(name, provider, zone_id, _SOA_MINIMUM[provider], self.owner(zone_id))
                if self._delegations.get(name) == zone_id:
                    self._zones[name] = zone
                else:
                    self._zones.setdefault(name, zone)

    def _from_route53(self, zone: Zone, record: RecordSet) -> RRset | None:
        if record.alias_name is None:
            values = tuple(_joined(value) if record.type == "TXT" else value for value in record.values)
            return RRset(record.name, record.type, record.ttl or 0, values)
        if record.alias_zone == HOSTED_ZONE:
            edge = self._edge(record.alias_name, record.type, _ALIAS_TTL)
            return RRset(record.name, record.type, edge.ttl, edge.values) if edge else None
        target = self.route53.get(zone.zone_id, record.alias_name, record.type)
        if target is None or target.alias_name is not None:
            return None
        found = self._from_route53(zone, target)
        return RRset(record.name, record.type, found.ttl, found.values) if found else None

    def _from_cloudflare(self, zone: Zone, name: str, kind: str) -> RRset | None:
        records = self.cloudflare.at(zone.zone_id, name)
        if any(record["proxied"] for record in records) and kind in ("A", "AAAA", "CNAME"):
            address = PROXIED_IPV4 if self.workers.caught(name) is None else WORKERS_IPV4
            return RRset(name, "A", _AUTOMATIC_TTL, (address,)) if kind == "A" else None
        found = [record for record in records if record["type"] == kind]
        if not found:
            return None
        ttl = min(_AUTOMATIC_TTL if record["ttl"] == 1 else record["ttl"] for record in found)
        return RRset(name, kind, ttl, tuple(_cloudflare_value(record) for record in found))

    def _edge(self, domain: str, kind: str, ttl: int) -> RRset | None:
        distribution = self.cloudfront.by_domain(domain)
        if distribution is None or not distribution["inputs"]["enabled"]:
            return None
        if kind == "A":
            return RRset(domain, "A", ttl, (EDGE_IPV4,))
        if kind == "AAAA" and self._ipv6 and distribution["inputs"].get("isIpv6Enabled"):
            return RRset(domain, "AAAA", ttl, (EDGE_IPV6,))
        return None

    def _certificate(self, distribution: Document) -> tuple[str | None, str | None]:
        if stranger := distribution.get("stranger"):
            return stranger["chain"], stranger["key"]
        arn = distribution["inputs"]["viewerCertificate"].get("acmCertificateArn")
        certificate = self.acm.get(arn) if arn else None
        if certificate is None or certificate["status"] != ISSUED:
            return None, None
        return certificate["chain"], certificate["key"]

    def _function(self, behavior: Mapping[str, list[dict[str, str]]]) -> str | None:
        for association in behavior.get("functionAssociations", []):
            function = self.cloudfront.functions.get(association["functionArn"].rpartition("/")[2])
            if function is not None:
                return cast("str | None", function["live"])
        return None

    def _cname(self, name: str) -> str | None:
        zone = self.zone_of(name)
        found = self.rrset(zone, name, "CNAME") if zone else None
        return found.values[0] if found else None

    def _values(self, name: str, kind: str) -> tuple[str, ...]:
        zone = self.zone_of(name)
        found = self.rrset(zone, name, kind) if zone else None
        return tuple(found.values) if found else ()


def _strangers(stranger: Mapping[str, str], key: str) -> StoredObject | None:
    """What another account's bucket has: the policy."""
    if key != WELL_KNOWN_PATH.lstrip("/"):
        return None
    return StoredObject(bytes.fromhex(stranger["policy"]), "text/plain", None, {}, "null")


def _joined(quoted: str) -> str:
    """The text of a TXT value in quotes: `"a" "b"` or `"a""b"` is ab, `\\"` a quote (RFC 1035 s5.1)."""
    text, inside, escaped = "", False, False
    for character in quoted:
        if escaped:
            text, escaped = text + character, False
        elif character == "\\":
            escaped = True
        elif character == '"':
            inside = not inside
        elif inside:
            text += character
    return text


def _cloudflare_value(record: Document) -> str:
    match record["type"]:
        case "TXT":
            content = str(record["content"])
            return _joined(content) if content.startswith('"') else content
        case "MX":
            return f"{int(record['priority'])} {record['content']}."
        case "CNAME" | "NS" | "PTR":
            return f"{record['content']}."
        case _:
            return str(record["content"])
