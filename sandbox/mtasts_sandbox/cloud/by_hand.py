"""Records that somebody puts into a zone by hand, beside the engine: MX and addresses of mail hosts, or drift."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mtasts.errors import CannotLook
from mtasts_sandbox.cloud.aws.route53 import RecordSet
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.errors import ApiError, ProviderError
from mtasts_sandbox.world import Zone

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "TLSA", "TXT")
_VALUES_LIMIT, _LENGTH_LIMIT = 100, 4_000


@dataclass(frozen=True, slots=True)
class Marks:
    """What only Cloudflare's records have."""

    proxied: bool = False  # its TTL is then automatic
    comment: str = ""
    unquoted: bool = False  # TXT content as many a tool writes it; DNS says the same


def set_records(
    cloud: Cloud, name: str, kind: str, ttl: int, values: Sequence[str], marks: Marks | None = None
) -> Zone:
    """Make the records of a name and type exactly these (none: delete them); gives the zone. Raises CannotLook.

    Values are in presentation form, TXT without quotes. `marks`: only in a zone of Cloudflare; without them a record
    that is edited keeps those it has.
    """
    name = name.rstrip(".").lower()
    zone = cloud.zone_of(name)
    if zone is None or zone.provider == "cloudfront":
        raise CannotLook(f"no zone of the sandbox holds {name}", "`mtasts sandbox zone add NAME PROVIDER ZONEID`")
    if kind not in TYPES:
        raise CannotLook(f"records by hand are of type {', '.join(TYPES)}, not {kind}", "")
    if len(values) > _VALUES_LIMIT or any(len(value) > _LENGTH_LIMIT for value in values):
        raise CannotLook(f"{name} {kind}: too many or too long values", f"at most {_VALUES_LIMIT} of {_LENGTH_LIMIT}")
    if marks not in (None, Marks()) and zone.provider != "cloudflare":
        raise CannotLook(f"{name}: only a record of Cloudflare is proxied or has a comment", "")
    try:
        if zone.provider == "route53":
            _set_route53(cloud, zone, name, kind, ttl, values)
        else:
            _set_cloudflare(cloud, zone, name, kind, ttl, values, marks or Marks())
        cloud.commit()
    except (ApiError, ProviderError) as error:
        cloud.rollback()
        raise CannotLook(str(error), "") from error
    return zone


def _set_route53(cloud: Cloud, zone: Zone, name: str, kind: str, ttl: int, values: Sequence[str]) -> None:
    present = cloud.route53.get(zone.zone_id, name, kind)
    stored = tuple(_quoted(value, '""') if kind == "TXT" else value for value in values)
    if stored:
        cloud.route53.change(zone.zone_id, RecordSet(name, kind, ttl, stored), None, overwrite=True)
    elif present:
        cloud.route53.change(zone.zone_id, None, present)


def _set_cloudflare(
    cloud: Cloud, zone: Zone, name: str, kind: str, ttl: int, values: Sequence[str], marks: Marks
) -> None:
    """As somebody does in the dashboard: a record that is edited keeps its id, and all that was not edited."""
    dns = cloud.cloudflare
    present = {id_: dns.get(id_) or {} for id_ in dns.ids(zone.zone_id, name, kind)}
    before, edits = dict(present), []
    for value in values:
        inputs = _cloudflare_inputs(zone, name, kind, ttl, value, marks)
        same = next((id_ for id_, record in present.items() if record["content"] == inputs["content"]), "")
        present.pop(same, None)
        edits.append((same, inputs))
    for id_, inputs in edits:
        edited = id_ or (present.popitem()[0] if present else "")
        if edited:
            kept = {part: before[edited][part] for part in ("proxied", "comment", "tags")}
            dns.update(edited, kept | inputs | ({"ttl": 1} if kept["proxied"] else {}))
        else:
            dns.create(inputs)
    for id_ in present:
        dns.delete(id_)


def _cloudflare_inputs(zone: Zone, name: str, kind: str, ttl: int, value: str, marks: Marks) -> dict[str, Any]:
    inputs: dict[str, Any] = {"zoneId": zone.zone_id, "name": name, "type": kind, "content": value.rstrip(".")}
    inputs |= {"proxied": True, "ttl": 1} if marks.proxied else {"ttl": ttl}
    if marks.comment:
        inputs["comment"] = marks.comment
    if kind == "TXT":
        inputs |= {"content": value, "unquoted": True} if marks.unquoted else {"content": _quoted(value, '" "')}
    if kind == "MX":
        priority, _, host = value.partition(" ")
        inputs |= {"priority": int(priority) if priority.isdigit() else 0, "content": host.strip().rstrip(".")}
    return inputs


def _quoted(text: str, joint: str) -> str:
    escaped = [text[start : start + 255] for start in range(0, len(text), 255)] or [""]
    strings = [part.replace("\\", "\\\\").replace('"', '\\"') for part in escaped]
    return '"' + joint.join(strings) + '"'
