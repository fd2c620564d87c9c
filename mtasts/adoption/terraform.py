"""Reads a Terraform or OpenTofu state, or what `show -json` says of one, for the DNS records that matter. Pure.

Forms, by the vendors' documentation, looked at 2026-11: the state file's version 4 (`resources[].instances[]`) and the
JSON output format (`values.root_module`, `child_modules`; of a plan, `prior_state`). Resources: `aws_route53_record`
and `aws_route53_zone` (hashicorp/aws), `cloudflare_record` and `cloudflare_zone` (cloudflare/cloudflare 4),
`cloudflare_dns_record` and `cloudflare_zone` (5). A value that the state calls sensitive is not looked at.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mtasts.adoption.estate import ADDRESS_KINDS, Listed, Listing, Unread, matters
from mtasts.adoption.survey import StandingRecord
from mtasts.protocol.problem import quote

MODULES_LIMIT: Final = 20_000
UNREAD_LIMIT: Final = 100
AUTOMATIC_TTL: Final = 300  # what Cloudflare's TTL 1 means (API reference, DNS records)
# Between the strings of one TXT record; the outer quotes are there or not.
_CUT: Final = re.compile(r'"\s*"')
# In front of a mail domain: what is behind has a dot unless it is relative to a zone.
_OURS: Final = re.compile(r"^(?:_mta-sts|_smtp\._tls|(?:_[^.]+\.)?mta-sts|\*)(?:\.|$)")
_SECRET: Final = ("records", "content", "value", "name", "alias")
_ROUTED: Final = re.compile(r".*_routing_policy")


@dataclass(frozen=True, slots=True)
class _Instance:
    """One instance of a resource: where it is, its values, and which of them are sensitive."""

    address: str
    kind: str
    values: Mapping[str, Any]
    secret: frozenset[str]


@dataclass(slots=True)
class _State:
    """What is known so far. `zones`: the zone's name by its id; `private`: ids of zones that only networks see."""

    shown: str
    zones: dict[str, str] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    records: list[Listed] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def note(self, address: str, why: str) -> None:
        self.unread.append(Unread(f"{self.shown}: {address}" if address else self.shown, why))


def read_state(text: str, shown: str) -> Listing:
    """The DNS records of a state that matter, each with its real address. `shown`: the file's path."""
    state = _State(shown)
    instances = list(_instances(_document(text, state), state))
    for instance in instances:
        _zone(instance, state)
    for instance in instances:
        read = _READERS.get(instance.kind)
        if read is not None:
            read(instance, state)
    more = len(state.unread) - UNREAD_LIMIT
    rest = [Unread(shown, f"and {more} more records that could not be read")] if more > 0 else []
    return Listing(tuple(state.records), (*state.unread[:UNREAD_LIMIT], *rest))


def _document(text: str, state: _State) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        state.note("", f"is no JSON: {error}; give a state, or what `terraform show -json` prints")
        return {}
    if not isinstance(document, dict):
        state.note("", "is neither a state nor what `terraform show -json` prints")
        return {}
    if "encrypted_data" in document:
        state.note("", "is encrypted by OpenTofu: give what `tofu show -json` prints")
        return {}
    return document


def _instances(document: Mapping[str, Any], state: _State) -> Iterator[_Instance]:
    prior = _mapping(document.get("prior_state"))  # of a plan
    if "format_version" in document:
        yield from _shown_instances(_mapping((prior or document).get("values")), state)
    elif document.get("version") == 4:
        yield from _stored_instances(_sequence(document.get("resources")), state)
    elif "version" in document:
        state.note("", f"is a state of version {quote(str(document['version']))}; 4 is read (Terraform from 0.12)")
    elif document:
        state.note("", "is neither a state nor what `terraform show -json` prints")


def _stored_instances(resources: Sequence[Any], state: _State) -> Iterator[_Instance]:
    for resource in map(_mapping, resources):
        kind = str(resource.get("type", ""))
        if kind not in _KINDS:
            continue
        base = f"{kind}.{resource.get('name', '')}"
        module = resource.get("module")
        data = "data." if resource.get("mode") == "data" else ""
        address = f"{module}.{data}{base}" if module else f"{data}{base}"
        for instance in map(_mapping, _sequence(resource.get("instances"))):
            where = address + _key(instance.get("index_key"))
            if instance.get("deposed"):
                state.note(where, "is deposed: Terraform deletes it at the next apply")
                continue
            secret = frozenset(
                str(_mapping(path[0]).get("value"))
                for path in map(_sequence, _sequence(instance.get("sensitive_attributes")))
                if path
            )
            yield _Instance(
                where, "" if data and kind in _READERS else kind, _mapping(instance.get("attributes")), secret
            )


def _shown_instances(values: Mapping[str, Any], state: _State) -> Iterator[_Instance]:
    waiting, seen = [_mapping(values.get("root_module"))], 0
    while waiting:
        module, seen = waiting.pop(), seen + 1
        if seen > MODULES_LIMIT:
            state.note("", f"has more than {MODULES_LIMIT} modules; the rest was not read")
            return
        waiting += [_mapping(child) for child in _sequence(module.get("child_modules"))]
        for resource in map(_mapping, _sequence(module.get("resources"))):
            kind = str(resource.get("type", ""))
            if kind not in _KINDS or (resource.get("mode") == "data" and kind in _READERS):
                continue
            if resource.get("deposed_key"):
                state.note(str(resource.get("address")), "is deposed: Terraform deletes it at the next apply")
                continue
            secret = frozenset(
                key for key, value in _mapping(resource.get("sensitive_values")).items() if value is True
            )
            yield _Instance(str(resource.get("address", "")), kind, _mapping(resource.get("values")), secret)


def _zone(instance: _Instance, state: _State) -> None:
    values = instance.values
    if instance.kind not in ("aws_route53_zone", "cloudflare_zone"):
        return
    zone = _text(values, "zone_id") or _text(values, "id")
    name = _text(values, "name") or _text(values, "zone")  # cloudflare 4 calls it zone
    if zone and name:
        state.zones[zone] = name.lower().rstrip(".")
    if zone and (_sequence(values.get("vpc")) or values.get("private_zone") is True):
        state.private.add(zone)


def _route53(instance: _Instance, state: _State) -> None:
    values = instance.values
    zone, kind = _text(values, "zone_id"), _text(values, "type").upper()
    name = (_text(values, "fqdn") or _text(values, "name")).lower().rstrip(".").replace("\\052", "*")
    apex = state.zones.get(zone, "")
    if apex and not _within(name, apex):
        name = f"{name}.{apex}" if name else apex
    if zone in state.private:
        if matters(name, kind):
            state.note(instance.address, f"{name} {kind} stands in the private zone {zone}, which no sender sees")
        return
    alias = _mapping(next(iter(_sequence(values.get("alias"))), None))
    told = [str(one) for one in _sequence(values.get("records"))]
    record = StandingRecord(
        name,
        kind,
        tuple(_value(kind, one) for one in told),
        None if alias else _number(values.get("ttl")),
        alias=_text(alias, "name").lower().rstrip("."),
        provider="route53",
        zone=zone,
        id=_text(values, "id"),
        routed=bool(_text(values, "set_identifier")) or any(v for k, v in values.items() if v and _ROUTED.fullmatch(k)),
    )
    _keep(instance, record, apex, state)


def _cloudflare(instance: _Instance, state: _State) -> None:
    values = instance.values
    zone, kind = _text(values, "zone_id"), _text(values, "type").upper()
    apex = state.zones.get(zone, "")
    name = (_text(values, "hostname") or _text(values, "name")).lower().rstrip(".")  # hostname: of version 4
    if name in ("", "@"):
        name = apex
    if not _text(values, "hostname") and not _within(name, apex):
        if apex:
            name = f"{name}.{apex}"
        elif matters(name, kind) and "." not in _OURS.sub("", name):
            state.note(
                instance.address, f"{quote(name)} may be relative to the zone {zone}, whose name is not in the state"
            )
            return
    content = _text(values, "content") or _text(values, "value")
    rank = _number(values.get("priority"))
    if kind == "MX" and rank is not None:
        content = f"{rank} {content}"
    ttl = _number(values.get("ttl"))
    record = StandingRecord(
        name,
        kind,
        (_value(kind, content),) if content else (),
        AUTOMATIC_TTL if ttl == 1 else ttl,
        provider="cloudflare",
        zone=zone,
        id=_text(values, "id"),
        proxied=values.get("proxied") is True,
        comment=_text(values, "comment"),
        tags=tuple(str(tag) for tag in _sequence(values.get("tags")))[:20],
    )
    _keep(instance, record, apex, state)


def _keep(instance: _Instance, record: StandingRecord, apex: str, state: _State) -> None:
    if not record.name:
        return
    if not matters(record.name, record.kind):
        bare = StandingRecord(record.name, record.kind, provider=record.provider, zone=record.zone)
        state.records.append(Listed(bare, f"{state.shown}: {instance.address}", apex, instance.address))
        return
    secret = sorted(instance.secret.intersection(_SECRET))
    if secret:
        state.note(instance.address, f"{record.name} {record.kind}: its {' and '.join(secret)} are sensitive; not read")
        record = StandingRecord(
            record.name, record.kind, (), record.ttl, provider=record.provider, zone=record.zone, id=record.id
        )
    state.records.append(Listed(record, f"{state.shown}: {instance.address}", apex, instance.address))


Read = Callable[[_Instance, _State], None]
_READERS: Final[Mapping[str, Read]] = {
    "aws_route53_record": _route53,
    "cloudflare_record": _cloudflare,
    "cloudflare_dns_record": _cloudflare,
}
_KINDS: Final = frozenset({*_READERS, "aws_route53_zone", "cloudflare_zone"})


def _value(kind: str, value: str) -> str:
    """As `StandingRecord` has values."""
    if kind == "TXT":
        return _CUT.sub("", value.strip().strip('"'))
    return value.lower().rstrip(".") if kind in ADDRESS_KINDS | {"MX"} else value


def _key(index: Any) -> str:
    """The key of count or for_each as an address has it."""
    if isinstance(index, bool) or index is None:
        return ""
    return f"[{index}]" if isinstance(index, int) else f"[{json.dumps(str(index), ensure_ascii=False)}]"


def _within(name: str, apex: str) -> bool:
    return bool(apex) and (name == apex or name.endswith(f".{apex}"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**32 else None
