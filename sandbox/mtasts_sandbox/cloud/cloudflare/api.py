"""The part of Cloudflare's own HTTP API that looks: zones by name, and a zone's records by name and type.

GET /client/v4/zones?name= and /client/v4/zones/ZONE/dns_records?name=&type=.
"""

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mtasts_sandbox.cloud.cloudflare.dns import CloudflareDns

PREFIX = "/client/v4/"


def answer(dns: CloudflareDns, method: str, target: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and JSON body for one request whose path starts with PREFIX."""
    parts = urlsplit(target)
    path = parts.path.removeprefix(PREFIX).split("/")
    if method == "GET" and path == ["zones"]:
        asked = parse_qs(parts.query).get("name", ())
        found = [{"id": id_, "name": name} for id_, name in dns.zones() if not asked or name in asked]
        return _success(found)
    if method != "GET" or len(path) != 3 or (path[0], path[2]) != ("zones", "dns_records"):
        return _failure(
            501, 10000, "the sandbox's API only looks at zones and records; change them through the provider"
        )
    zone, query = unquote(path[1]), parse_qs(parts.query)
    if zone not in dict(dns.zones()):
        return _failure(404, 7003, f"Could not route to {parts.path}, perhaps your object identifier is invalid?")
    names = [name.lower() for name in query.get("name", ())] or sorted(dns.names(zone))
    kinds = set(query.get("type", ()))
    result: list[dict[str, Any]] = []
    for name in names:
        for kind in sorted(kinds or {record["type"] for record in dns.at(zone, name)}):
            for id_ in dns.ids(zone, name, kind):
                record = dns.get(id_) or {}
                told = {key: record.get(key) for key in ("name", "type", "content", "ttl", "proxied", "comment")}
                result.append({"id": id_, "zone_id": zone, **told})
    return _success(result)


def _success(result: list[dict[str, Any]]) -> tuple[int, dict[str, str], str]:
    return 200, {"content-type": "application/json"}, json.dumps({"success": True, "errors": [], "result": result})


def _failure(status: int, code: int, message: str) -> tuple[int, dict[str, str], str]:
    body = {"success": False, "errors": [{"code": code, "message": message}], "result": None}
    return status, {"content-type": "application/json"}, json.dumps(body)
