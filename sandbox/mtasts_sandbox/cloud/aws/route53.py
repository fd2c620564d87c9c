"""Route 53 on moto: hosted zones and their record sets."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from moto.route53.models import DelegationSet, FakeZone, route53_backends

from mtasts_sandbox.cloud.context import ACCOUNT, Context
from mtasts_sandbox.cloud.errors import ApiError
from mtasts_sandbox.world import Change

# As the DNS server names itself (mtasts/sandbox/wire).
NAME_SERVERS = ("ns1.mtasts-sandbox.test.", "ns2.mtasts-sandbox.test.")


@dataclass(frozen=True, slots=True)
class RecordSet:
    """One record set: values as the API has them (TXT in quotes), or an alias."""

    name: str  # lower case, no last dot
    type: str
    ttl: int | None
    values: tuple[str, ...]
    alias_name: str | None = None
    alias_zone: str | None = None
    evaluate_target_health: bool = False


class Route53:
    """All hosted zones of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._backend = route53_backends[ACCOUNT]["aws"]
        self._backend.reset()
        # zone id -> name -> type -> record set; moto keeps a flat list, too slow for a big zone
        self._records: dict[str, dict[str, dict[str, RecordSet]]] = {}
        self._mirrors: dict[str, dict[tuple[str, str], Any]] = {}  # zone id -> name and type -> moto's own
        for zone_id, document in context.store.load("zone"):
            self._open_zone(zone_id, document["name"])
        for _, document in context.store.load("rrset"):
            zone_id = document.pop("zone")
            self._insert(zone_id, RecordSet(**document | {"values": tuple(document["values"])}))

    def zones(self) -> Iterator[tuple[str, str]]:
        """(zone id, name without last dot) of every zone."""
        for zone_id in self._records:
            yield zone_id, self._backend.zones[zone_id].name.rstrip(".")

    def zone_name(self, zone_id: str) -> str | None:
        """The name of a zone without the last dot; None when there is none of this id."""
        zone = self._backend.zones.get(zone_id)
        return str(zone.name.rstrip(".")) if zone else None

    def add_zone(self, zone_id: str, name: str) -> None:
        """Make a hosted zone with a given id, which AWS would choose; it may be widened to a name above its own."""
        have = self.zone_name(zone_id)
        if have is None or have.endswith("." + name):
            records = self._records.get(zone_id, {})
            self._open_zone(zone_id, name)
            for record in [each for at_name in records.values() for each in at_name.values()]:
                self._insert(zone_id, record)
            self._context.store.put("zone", zone_id, {"name": name})
            self._context.changed(Change("zone", name))

    def names(self, zone_id: str) -> Collection[str]:
        """The names in a zone that have records."""
        return self._records[zone_id].keys()

    def get(self, zone_id: str, name: str, kind: str) -> RecordSet | None:
        """One record set; None when there is none, or no such zone."""
        return self._records.get(zone_id, {}).get(name, {}).get(kind)

    def at(self, zone_id: str, name: str) -> dict[str, RecordSet]:
        """All record sets of a name, by type."""
        return self._records.get(zone_id, {}).get(name, {})

    def require_zone(self, zone_id: str, doing: str) -> str:
        """The zone's name without the last dot. Raises ApiError NoSuchHostedZone."""
        name = self.zone_name(zone_id)
        if name is None:
            raise ApiError(
                doing, "Route 53: GetHostedZone", "NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404
            )
        return name

    def change(self, zone_id: str, put: RecordSet | None, delete: RecordSet | None, *, overwrite: bool = False) -> None:
        """One change batch: delete a set, put one. Raises ApiError InvalidChangeBatch, and then changes nothing."""
        doing = f"changing records of Route 53 zone {zone_id}"
        zone = self.require_zone(zone_id, doing)
        problem = self._problem(zone_id, zone, put, delete, overwrite)
        if problem:
            raise ApiError(doing, "Route 53: ChangeResourceRecordSets", "InvalidChangeBatch", f"[{problem}]")
        if delete is not None:
            self._remove(zone_id, delete)
            self._context.store.drop("rrset", _key(zone_id, delete))
            self._context.changed(Change("record", delete.name, delete.type))
        if put is not None:
            self._remove(zone_id, put)
            self._insert(zone_id, put)
            self._context.store.put("rrset", _key(zone_id, put), {"zone": zone_id} | _document(put))
            self._context.changed(Change("record", put.name, put.type))

    def _problem(
        self, zone_id: str, zone: str, put: RecordSet | None, delete: RecordSet | None, overwrite: bool
    ) -> str | None:
        if delete is not None:
            found = self.get(zone_id, delete.name, delete.type)
            label = f"[name='{delete.name}.', type='{delete.type}']"
            if found is None:
                return f"Tried to delete resource record set {label} but it was not found"
            if sorted(found.values) != sorted(delete.values) or (found.ttl, found.alias_name) != (
                delete.ttl,
                delete.alias_name,
            ):
                return f"Tried to delete resource record set {label} but the values do not match the current ones"
        if put is None:
            return None
        if put.name != zone and not put.name.endswith("." + zone):
            return f"RRSet with DNS name {put.name}. is not permitted in zone {zone}."
        label = f"[name='{put.name}.', type='{put.type}']"
        if not overwrite and self.get(zone_id, put.name, put.type) and not (delete and delete.type == put.type):
            return f"Tried to create resource record set {label} but it already exists"
        others = set(self.at(zone_id, put.name)) - {put.type} - ({delete.type} if delete else set())
        # RFC 1034 s3.6.2: a name with a CNAME has nothing else.
        if put.type == "CNAME" and put.name == zone:
            return f"RRSet of type CNAME with DNS name {put.name}. is not permitted at apex in zone {zone}."
        if others and (put.type == "CNAME" or "CNAME" in others):
            return (
                f"RRSet of type {put.type} with DNS name {put.name}. is not permitted as it conflicts with other "
                f"records with the same DNS name in zone {zone}."
            )
        return None

    # moto's own list is kept equal, so that its API tells the same.

    def _open_zone(self, zone_id: str, name: str) -> None:
        zone = FakeZone(name + ".", zone_id, False, zone_id)  # type: ignore[abstract]  # as moto itself makes them
        zone.delegation_set = DelegationSet(zone_id, list(NAME_SERVERS), None)
        zone.delegation_set.id = ""  # as moto marks one that is not reusable
        soa = f"{NAME_SERVERS[0]} hostmaster.mtasts-sandbox.test. 1 7200 900 1209600 86400"
        for kind, ttl, values in (("NS", 172800, list(NAME_SERVERS)), ("SOA", 900, [soa])):
            zone.add_rrset({"Name": name + ".", "Type": kind, "TTL": ttl, "ResourceRecords": values})
        self._backend.zones[zone_id] = zone
        self._records[zone_id] = {}
        self._mirrors[zone_id] = {}

    def _insert(self, zone_id: str, record: RecordSet) -> None:
        self._records[zone_id].setdefault(record.name, {})[record.type] = record
        entry: dict[str, Any] = {"Name": record.name + ".", "Type": record.type}
        if record.alias_name is None:
            entry |= {"TTL": record.ttl, "ResourceRecords": list(record.values)}
        else:
            entry["AliasTarget"] = {
                "HostedZoneId": record.alias_zone,
                "DNSName": record.alias_name + ".",
                "EvaluateTargetHealth": record.evaluate_target_health,
            }
        mirror = self._backend.zones[zone_id].add_rrset(entry)
        self._mirrors[zone_id][record.name, record.type] = mirror

    def _remove(self, zone_id: str, record: RecordSet) -> None:
        at_name = self._records[zone_id].get(record.name, {})
        if at_name.pop(record.type, None) is None:
            return
        if not at_name:
            del self._records[zone_id][record.name]
        self._backend.zones[zone_id].rrsets.remove(self._mirrors[zone_id].pop((record.name, record.type)))

    def prepare(self) -> None:
        """Before a change through moto's API: it lets only that be deleted which its journal of changes knows."""
        for zone in self._backend.zones.values():
            zone.rr_changes.clear()
            for entry in zone.rrsets:
                form = {"Name": entry.name, "Type": entry.type, "TTL": entry.ttl}
                form["ResourceRecords"] = [{"Value": value} for value in entry.records or ()]
                bare = form if entry.alias_target is None else {"Name": entry.name, "Type": entry.type}
                zone.rr_changes.append({"Action": "UPSERT", "ResourceRecordSet": bare})

    def absorb(self) -> None:
        """Keep whatever was changed in moto by others than this class (its HTTP API)."""
        for zone_id, name in list(self.zones()):
            found: dict[tuple[str, str], RecordSet] = {}
            self._mirrors[zone_id].clear()
            for entry in self._backend.zones[zone_id].rrsets:
                bare = entry.name.rstrip(".").lower()
                if not (bare == name and entry.type in ("NS", "SOA")):
                    found[bare, str(entry.type)] = _from_moto(bare, entry)
                    self._mirrors[zone_id][bare, str(entry.type)] = entry
            have = {(each.name, each.type): each for sets in self._records[zone_id].values() for each in sets.values()}
            for key, record in have.items():
                if found.get(key) != record:
                    self._records[zone_id][record.name].pop(record.type)
                    if not self._records[zone_id][record.name]:
                        del self._records[zone_id][record.name]
                    self._context.store.drop("rrset", _key(zone_id, record))
                    self._context.changed(Change("record", record.name, record.type))
            for key, record in found.items():
                if have.get(key) != record:
                    self._records[zone_id].setdefault(record.name, {})[record.type] = record
                    self._context.store.put("rrset", _key(zone_id, record), {"zone": zone_id} | _document(record))
                    self._context.changed(Change("record", record.name, record.type))


def _key(zone_id: str, record: RecordSet) -> str:
    return f"{zone_id}\0{record.name}\0{record.type}"


def _document(record: RecordSet) -> dict[str, Any]:
    return {
        "name": record.name,
        "type": record.type,
        "ttl": record.ttl,
        "values": list(record.values),
        "alias_name": record.alias_name,
        "alias_zone": record.alias_zone,
        "evaluate_target_health": record.evaluate_target_health,
    }


def _from_moto(name: str, entry: Any) -> RecordSet:
    alias = entry.alias_target or {}
    return RecordSet(
        name=name,
        type=str(entry.type),
        ttl=int(entry.ttl) if entry.ttl else None,
        values=tuple(map(str, entry.records or ())),
        alias_name=str(alias["DNSName"]).rstrip(".").lower() if alias else None,
        alias_zone=alias.get("HostedZoneId"),
        evaluate_target_health=str(alias.get("EvaluateTargetHealth", False)).lower() == "true",
    )
