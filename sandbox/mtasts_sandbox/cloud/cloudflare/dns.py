"""Cloudflare's DNS records, with the rules of its API.

Error codes as the API documentation and threads about the provider show them. Refused although the real API would take
it, because every later run would then find a difference (docs/decisions/sandbox-cloud.md): TXT content without quotes,
names relative to the zone, host names with a dot at their end.
"""

import http
import ipaddress
import secrets
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mtasts_sandbox.cloud.context import Context, now
from mtasts_sandbox.cloud.errors import ProviderError
from mtasts_sandbox.store import Document
from mtasts_sandbox.world import Change

_ADDRESSES = ("A", "AAAA", "CNAME")
_TXT_LIMIT = 2048  # characters of content


class CloudflareError(ProviderError):
    """The API refused a call; str() has the API's code."""

    def __init__(self, method: str, path: str, code: int, message: str, status: int = 400) -> None:
        # As the provider's client prints it: the status with its words, then the API's answer as it came.
        super().__init__(
            f'failed to make http request: {method} "https://api.cloudflare.com/client/v4{path}": '
            f"{status} {http.HTTPStatus(status).phrase} "
            f'{{"result":null,"success":false,"errors":[{{"code":{code},"message":"{message}"}}],"messages":[]}}'
        )
        self.code, self.status, self.message = code, status, message


class CloudflareDns:
    """All zones and their records."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._zones: dict[str, str] = {}
        self._records: dict[str, Document] = {}
        # zone id -> name -> ids
        self._names: dict[str, dict[str, list[str]]] = {}
        for zone_id, document in context.store.load("cf-zone"):
            self._zones[zone_id] = document["name"]
            self._names[zone_id] = {}
        for id_, document in context.store.load("cf-record"):
            self._insert(id_, document)

    def zones(self) -> Iterator[tuple[str, str]]:
        """(zone id, name) of every zone."""
        yield from self._zones.items()

    def add_zone(self, zone_id: str, name: str) -> None:
        """Make a zone with a given id; one that is there may be widened to a name above its own."""
        have = self._zones.get(zone_id)
        if have is None or have.endswith("." + name):
            self._zones[zone_id] = name
            self._names.setdefault(zone_id, {})
            self._context.store.put("cf-zone", zone_id, {"name": name})
            self._context.changed(Change("zone", name))

    def names(self, zone_id: str) -> Collection[str]:
        """The names in a zone that have records."""
        return self._names[zone_id].keys()

    def at(self, zone_id: str, name: str) -> list[Document]:
        """All records of a name."""
        return [self._records[id_] for id_ in self._names.get(zone_id, {}).get(name, ())]

    def ids(self, zone_id: str, name: str, kind: str) -> list[str]:
        """The ids of the records of a name and type."""
        found = self._names.get(zone_id, {}).get(name, [])
        return [id_ for id_ in found if self._records[id_]["type"] == kind]

    def get(self, id_: str) -> Document | None:
        """One record: zone, name, type, content, ttl, proxied, comment, tags, priority, read_only, and its times."""
        return self._records.get(id_)

    def create(self, inputs: Mapping[str, Any], *, read_only: bool = False) -> str:
        """Make a record; gives its id. `read_only`: only who made it takes it away. Raises CloudflareError."""
        path = f"/zones/{inputs['zoneId']}/dns_records"
        document = self._document(inputs, "POST", path)
        self._check_neighbours("", document, "POST", path)
        id_ = secrets.token_hex(16)
        document |= {"created": document["modified"], "read_only": read_only}
        self._save(id_, document)
        return id_

    def update(self, id_: str, inputs: Mapping[str, Any]) -> None:
        """Overwrite a record. Raises CloudflareError."""
        path = f"/zones/{inputs['zoneId']}/dns_records/{id_}"
        before = self._records.get(id_)
        if before is None:
            raise record_gone(inputs["zoneId"], id_)
        self._refuse_read_only(before, "PUT", path)
        document = self._document(inputs, "PUT", path)
        self._check_neighbours(id_, document, "PUT", path)
        document |= {"created": before["created"], "read_only": False}
        self._remove(id_)
        self._save(id_, document)

    def delete(self, id_: str) -> None:
        """Delete a record; one that is gone is fine, as it is for the provider. Raises CloudflareError."""
        record = self._records.get(id_)
        if record is not None:
            self._refuse_read_only(record, "DELETE", f"/zones/{record['zone']}/dns_records/{id_}")
            self.drop(id_)

    def drop(self, id_: str) -> None:
        """Take a record away, as whoever made a read-only one does."""
        if id_ in self._records:
            self._remove(id_)
            self._context.store.drop("cf-record", id_)

    def _refuse_read_only(self, record: Document, method: str, path: str) -> None:
        if record.get("read_only"):
            message = f"The record {record['name']} is read only: it is managed by a Workers custom domain."
            raise CloudflareError(method, path, 1043, message, 403)

    def _document(self, inputs: Mapping[str, Any], method: str, path: str) -> Document:
        zone = self._zones.get(inputs["zoneId"])
        if zone is None:
            # What the API answers for a zone that the token does not reach, and for one that is not there.
            raise CloudflareError(
                method, path, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?", 404
            )
        name = inputs["name"].rstrip(".").lower()
        if name != zone and not name.endswith("." + zone):
            message = f"the name must be the full name in zone {zone}, not {inputs['name']!r}"
            raise CloudflareError(method, path, 9005, message)
        kind, content = inputs["type"], inputs.get("content", "")
        problem = _problem(kind, content, inputs)
        if problem:
            raise CloudflareError(method, path, problem[0], problem[1])
        return {
            "zone": inputs["zoneId"],
            "name": name,
            "type": kind,
            "content": content,
            "ttl": int(inputs["ttl"]),
            "proxied": bool(inputs.get("proxied", False)),
            "comment": inputs.get("comment"),
            "tags": list(inputs.get("tags", [])),
            "priority": inputs.get("priority"),
            "modified": now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }

    def _check_neighbours(self, id_: str, document: Document, method: str, path: str) -> None:
        for other in self._names[document["zone"]].get(document["name"], ()):
            if other == id_:
                continue
            theirs, ours = self._records[other], document
            same = ("type", "content", "priority")
            if all(theirs[part] == ours[part] for part in same):
                raise CloudflareError(method, path, 81058, "An identical record already exists.")
            # A CNAME and a TXT may share a name, against RFC 1034 s3.6.2 (developers.cloudflare.com/dns, Records with
            # the same name, looked at 2026-11).
            if ours["type"] == "CNAME" and theirs["type"] in _ADDRESSES:
                raise CloudflareError(method, path, 81053, "An A, AAAA, or CNAME record with that host already exists.")
            if ours["type"] in _ADDRESSES and theirs["type"] == "CNAME":
                raise CloudflareError(method, path, 81054, "A CNAME record with that host already exists.")

    def _save(self, id_: str, document: Document) -> None:
        self._insert(id_, document)
        self._context.store.put("cf-record", id_, document)
        self._context.changed(Change("record", document["name"], document["type"]))

    def _insert(self, id_: str, document: Document) -> None:
        self._records[id_] = document
        self._names[document["zone"]].setdefault(document["name"], []).append(id_)

    def _remove(self, id_: str) -> None:
        document = self._records.pop(id_)
        names = self._names[document["zone"]]
        names[document["name"]].remove(id_)
        if not names[document["name"]]:
            del names[document["name"]]
        self._context.changed(Change("record", document["name"], document["type"]))


def record_gone(zone_id: str, id_: str) -> CloudflareError:
    """What the API answers to a change of a record that is not there."""
    return CloudflareError("PUT", f"/zones/{zone_id}/dns_records/{id_}", 81044, "Record does not exist.", 404)


def _problem(kind: str, content: str, inputs: Mapping[str, Any]) -> tuple[int, str] | None:
    ttl = inputs["ttl"]
    if ttl != 1 and not 60 <= ttl <= 86_400:
        return 9021, "TTL must be between 60 and 86400 seconds, or 1 for Automatic."
    if not content:
        return 1004, f"DNS Validation Error: a {kind} record has no content."
    if inputs.get("proxied"):
        if kind not in _ADDRESSES:
            return 9004, "This record type cannot be proxied."
        if ttl != 1:
            return 9021, "ttl must be set to 1 when `proxied` is true"
    return _content_problem(kind, content, inputs)


def _content_problem(kind: str, content: str, inputs: Mapping[str, Any]) -> tuple[int, str] | None:
    match kind:
        case "TXT":
            quoted = len(content) >= 2 and content[0] == content[-1] == '"'
            if not quoted and not inputs.get("unquoted"):
                return 9207, 'TXT content must be in quotes: write \\"v=STSv1; ...\\" with the quotes in it'
            if len(content) > _TXT_LIMIT:
                return 9207, f"Content for TXT record is invalid: longer than {_TXT_LIMIT} characters."
        case "A" | "AAAA":
            family = ipaddress.IPv4Address if kind == "A" else ipaddress.IPv6Address
            try:
                family(content)
            except ValueError:
                return 9005, f"Content for {kind} record must be a valid IPv{4 if kind == 'A' else 6} address."
        case "CNAME" | "NS" | "MX" | "PTR":
            if not content or " " in content or content.endswith("."):
                # The API strips the dot, and every later run finds a difference.
                return 9007, f"Content for {kind} record must be a host name without a dot at its end."
            if kind == "MX" and inputs.get("priority") is None:
                return 9100, "priority is a required data field for MX records."
    return None
