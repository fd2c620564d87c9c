"""The engine's Route 53 record."""

import ipaddress
from typing import Any

from mtasts_sandbox.cloud.aws.cloudfront import HOSTED_ZONE
from mtasts_sandbox.cloud.aws.route53 import RecordSet
from mtasts_sandbox.cloud.errors import ApiError, ProviderError
from mtasts_sandbox.cloud.fields import Failure, flag, many, number, text, texts
from mtasts_sandbox.cloud.resource import Call, Properties, Resource
from mtasts_sandbox.cloud.values import has_unknown, is_unknown

_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SPF", "SRV", "TLSA", "TXT")


class Record(Resource):
    """aws.route53.Record: simple routing, or an alias of a distribution or of another record of the zone.

    Changing the type is one change batch (delete and create), not a replacement, as in the real provider.
    """

    type = "aws:route53/record:Record"
    fields = {  # noqa: RUF012
        "aliases": many(
            1, 1, evaluateTargetHealth=flag(required=True), name=text(required=True), zoneId=text(required=True)
        ),
        "allowOverwrite": flag(),
        "name": text(required=True, replaces=True),
        "records": texts(),
        "ttl": number(0, 2_147_483_647),
        "type": text(*_TYPES, required=True),
        "zoneId": text(required=True, replaces=True),
    }
    computed = ("fqdn",)

    def check(self, inputs: Properties) -> list[Failure]:
        """Exactly one of records (with ttl) and aliases."""
        has_alias, has_records = bool(inputs.get("aliases")), bool(inputs.get("records"))
        if has_alias == has_records:
            return [Failure("records", "exactly one of `aliases` and `records` must be given")]
        if has_alias and "ttl" in inputs:
            return [Failure("ttl", '"ttl": conflicts with aliases')]
        if has_records and "ttl" not in inputs:
            return [Failure("ttl", '"records": all of `records,ttl` must be specified')]
        records = inputs.get("records", [])
        if inputs["type"] == "CNAME" and not has_unknown(records) and len(records) > 1:
            return [Failure("records", "a CNAME record set has one value")]
        return []

    def normal(self, inputs: Properties) -> Properties:
        """A name with a dot at its end, as ACM gives those of its records, is the one without."""
        name = inputs.get("name")
        return inputs | {"name": name.rstrip(".").lower()} if isinstance(name, str) else inputs

    async def create(self, call: Call, inputs: Properties) -> str:
        """CREATE, or UPSERT with allowOverwrite: a record somebody else made is not taken over in silence."""
        zone_id = inputs["zoneId"]
        record = self._record(call, inputs)
        call.cloud.route53.change(zone_id, record, None, overwrite=bool(inputs.get("allowOverwrite")))
        return _id(zone_id, record)

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """The full name."""
        zone_id, name, kind = _where(call, id_, inputs)
        if call.cloud.route53.get(zone_id, name, kind) is None:
            return None
        return {"fqdn": name}

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """Values, TTL and alias as the zone has them."""
        zone_id, name, kind = _where(call, id_, inputs)
        record = call.cloud.route53.get(zone_id, name, kind)
        if record is None:
            return inputs
        kept = {key: value for key, value in inputs.items() if key not in ("records", "ttl", "aliases")}
        found: Properties = {"zoneId": zone_id, "name": inputs.get("name", name), "type": kind}
        if record.alias_name is not None:
            alias = {"name": record.alias_name, "zoneId": record.alias_zone}
            found["aliases"] = [alias | {"evaluateTargetHealth": record.evaluate_target_health}]
        else:
            values = [_shown(kind, value) for value in record.values]
            old = inputs.get("records", [])
            # A set: the program's order stays when nothing else differs.
            found |= {"ttl": record.ttl, "records": old if sorted(old) == sorted(values) else values}
        return kept | found

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """UPSERT; with another type, DELETE and CREATE in one batch."""
        record = self._record(call, new)
        before = None
        if old["type"] != new["type"]:
            before = call.cloud.route53.get(old["zoneId"], record.name, old["type"])
            if before is None:
                label = f"[name='{record.name}.', type='{old['type']}']"
                message = f"[Tried to delete resource record set {label} but it was not found]"
                doing = f"updating Route53 Record ({id_})"
                raise ApiError(doing, "Route 53: ChangeResourceRecordSets", "InvalidChangeBatch", message)
        overwrite = before is None or bool(new.get("allowOverwrite"))
        call.cloud.route53.change(new["zoneId"], record, before, overwrite=overwrite)

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Delete what the zone has now under this name and type, whatever its values, as the real provider does."""
        zone_id, name, kind = _where(call, id_, inputs)
        record = call.cloud.route53.get(zone_id, name, kind)
        if record is not None:
            call.cloud.route53.change(zone_id, None, record)

    def _record(self, call: Call, inputs: Properties) -> RecordSet:
        doing = "creating Route53 Record"
        zone = call.cloud.route53.require_zone(inputs["zoneId"], f"reading Route 53 Hosted Zone ({inputs['zoneId']})")
        name, kind = _expanded(inputs["name"], zone), inputs["type"]
        if inputs.get("aliases"):
            alias = inputs["aliases"][0]
            target = alias["name"].rstrip(".").lower()
            _check_alias(call, doing, inputs["zoneId"], kind, target, alias["zoneId"])
            return RecordSet(name, kind, None, (), target, alias["zoneId"], alias["evaluateTargetHealth"])
        values = tuple(_stored(kind, str(value)) for value in inputs["records"])
        for value in values:
            if problem := value_problem(kind, value):
                message = f"[Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}'']"
                raise ApiError(doing, "Route 53: ChangeResourceRecordSets", "InvalidChangeBatch", message)
        return RecordSet(name, kind, int(inputs["ttl"]), values)


def _id(zone_id: str, record: RecordSet) -> str:
    return f"{zone_id}_{record.name}_{record.type}"


def _where(call: Call, id_: str, inputs: Properties) -> tuple[str, str, str]:
    """Zone id, full name and type; from the inputs, or from the id alone (import)."""
    if "name" in inputs and not is_unknown(inputs["name"]):
        zone = call.cloud.route53.zone_name(inputs["zoneId"]) or ""
        return inputs["zoneId"], _expanded(inputs["name"], zone), inputs["type"]
    zone_id, _, rest = id_.partition("_")
    name, _, kind = rest.rpartition("_")
    if not name:
        raise ProviderError(f"a Route 53 record's import id is ZONEID_NAME_TYPE, not {id_!r}")
    return zone_id, name.rstrip(".").lower(), kind


def _expanded(name: str, zone: str) -> str:
    """The provider takes names relative to the zone, too."""
    bare = name.rstrip(".").lower()
    if not bare or bare == zone or bare.endswith("." + zone):
        return bare or zone
    return f"{bare}.{zone}"


def _stored(kind: str, value: str) -> str:
    # The provider puts TXT and SPF values in quotes; a program splits a long one with \"\" inside.
    return f'"{value}"' if kind in ("TXT", "SPF") else value


def _shown(kind: str, value: str) -> str:
    return value[1:-1] if kind in ("TXT", "SPF") and value[:1] == value[-1:] == '"' else value


def value_problem(kind: str, value: str) -> str | None:
    """What Route 53 says of a value that is none of its type; None for a good one."""
    match kind:
        case "TXT" | "SPF":
            # RFC 1035 s3.3.14: a string holds at most 255 octets.
            strings = value[1:-1].replace('" "', '""').split('""')
            if any(len(string.replace("\\", "").encode()) > 255 for string in strings):
                return "CharacterStringTooLong (Value is too long)"
            if any('"' in string.replace('\\"', "") for string in strings):
                return "InvalidCharacterString (Value should be enclosed in quotation marks)"
        case "A" | "AAAA":
            family = ipaddress.IPv4Address if kind == "A" else ipaddress.IPv6Address
            try:
                family(value)
            except ValueError:
                return f"ARRDATAIllegalIPv{4 if kind == 'A' else 6}Address (Value is not a valid IP address)"
        case "CNAME" | "NS" | "PTR":
            if not value or " " in value or any(not 0 < len(label) < 64 for label in value.rstrip(".").split(".")):
                return "DomainLabelEmpty (Value is not a valid domain name)"
        case "MX":
            parts = value.split()
            if len(parts) != 2 or not parts[0].isdigit():
                return "MXRRDATANotTwoFields (MX record doesn't have 2 fields)"
    return None


def _check_alias(call: Call, doing: str, zone_id: str, kind: str, target: str, target_zone: str) -> None:
    operation = "Route 53: ChangeResourceRecordSets"
    known: Any
    if target_zone == HOSTED_ZONE:
        known = call.cloud.cloudfront.by_domain(target) if kind in ("A", "AAAA", "HTTPS") else None
    elif target_zone == zone_id:
        known = call.cloud.route53.get(zone_id, target, kind)
    else:
        known = None
    if known is None:
        message = (
            f"[Tried to create an alias that targets {target}., type {kind} in zone {target_zone}, "
            "but the alias target name does not lie within the target zone or was not found]"
        )
        raise ApiError(doing, operation, "InvalidChangeBatch", message)


RESOURCES: tuple[type[Resource], ...] = (Record,)
