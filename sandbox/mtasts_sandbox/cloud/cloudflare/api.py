"""Cloudflare's own HTTP API: zones, their DNS records, Workers routes and custom domains.

    GET /client/v4/user/tokens/verify
    GET /client/v4/zones?name=
    GET, POST /client/v4/zones/ZONE/dns_records, and PUT, PATCH, DELETE with /RECORD behind it
    GET /client/v4/zones/ZONE/workers/routes
    GET /client/v4/accounts/ACCOUNT/workers/domains?hostname=

Forms: developers.cloudflare.com/api, read 2026-11. Lists come in pages, as there.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.cloudflare.dns import CloudflareError
from mtasts_sandbox.cloud.cloudflare.workers import ACCOUNT_ID, ACCOUNT_NAME
from mtasts_sandbox.store import Document

PREFIX = "/client/v4/"
Answer = tuple[int, dict[str, str], str]
_RECORDS_A_PAGE, _ZONES_A_PAGE = 100, 20


def answer(cloud: Cloud, method: str, target: str, body: bytes = b"", holder: str = "") -> Answer:
    """Status, headers and JSON body for one request whose path starts with PREFIX; a change is kept.

    `holder`: whose token it is, "" of the sandbox's own account. A zone of another one is as none.
    """
    parts = urlsplit(target)
    path = [unquote(part) for part in parts.path.removeprefix(PREFIX).split("/")]
    query = parse_qs(parts.query)
    try:
        match method, path:
            case "GET", ["user", "tokens", "verify"]:
                return _result({"id": "ed17574386854bf78a67040be0a770b0", "status": "active"})
            case "GET", ["zones"]:
                named = [each for each in _named(cloud, query) if cloud.owner(each[0]) == holder]
                return _pages([_zone(*each) for each in named], query, _ZONES_A_PAGE)
            case "GET", ["accounts", account, "workers", "domains"] if account == ACCOUNT_ID:
                return _result(_domains(cloud, query))
            case _, ["zones", zone, *rest] if zone in dict(cloud.cloudflare.zones()) and cloud.owner(zone) == holder:
                return _of_zone(cloud, method, zone, rest, query, body)
            case _, [("zones" | "accounts"), _, *_]:
                return _failure(
                    404, 7003, f"Could not route to {parts.path}, perhaps your object identifier is invalid?"
                )
    except CloudflareError as error:
        cloud.rollback()
        return _failure(error.status, error.code, error.message)
    return _failure(501, 10000, f"the sandbox's API does not do {method} {parts.path}")


def _of_zone(
    cloud: Cloud, method: str, zone: str, rest: Sequence[str], query: Mapping[str, list[str]], body: bytes
) -> Answer:
    dns = cloud.cloudflare
    match method, rest:
        case "GET", ["dns_records"]:
            return _pages([_record(cloud, id_) for id_ in _asked(cloud, zone, query)], query, _RECORDS_A_PAGE)
        case "GET", ["workers", "routes"]:
            routes = cloud.workers.routes(zone)
            return _result([{name: route[name] for name in ("id", "pattern", "script")} for route in routes])
        case "POST", ["dns_records"]:
            id_ = dns.create(_inputs(zone, {}, body))
        case (("GET" | "PUT" | "PATCH" | "DELETE"), ["dns_records", id_]):
            before = dns.get(id_)
            if before is None or before["zone"] != zone:
                return _failure(404, 81044, "Record does not exist.")
            if method in ("PUT", "PATCH"):
                dns.update(id_, _inputs(zone, before if method == "PATCH" else {}, body))
            if method == "DELETE":
                dns.delete(id_)
        case _:
            return _failure(501, 10000, f"the sandbox's API does not do {method} {'/'.join(rest)}")
    cloud.commit()
    return _result({"id": id_} if method == "DELETE" else _record(cloud, id_))


def _named(cloud: Cloud, query: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    asked = query.get("name", ())
    return [(id_, name) for id_, name in cloud.cloudflare.zones() if not asked or name in asked]


def _zone(id_: str, name: str) -> Document:
    return {
        "id": id_,
        "name": name,
        "status": "active",
        "paused": False,
        "type": "full",
        "account": {"id": ACCOUNT_ID, "name": ACCOUNT_NAME},
    }


def _asked(cloud: Cloud, zone: str, query: Mapping[str, list[str]]) -> list[str]:
    dns = cloud.cloudflare
    names = [name.lower() for name in query.get("name", ())] or sorted(dns.names(zone))
    kinds = set(query.get("type", ()))
    return [
        id_
        for name in names
        for kind in sorted(kinds or {record["type"] for record in dns.at(zone, name)})
        for id_ in dns.ids(zone, name, kind)
    ]


def _record(cloud: Cloud, id_: str) -> Document:
    record = cloud.cloudflare.get(id_) or {}
    told = {key: record.get(key) for key in ("name", "type", "content", "ttl", "proxied", "comment", "tags")}
    told |= {"priority": int(record["priority"])} if record.get("priority") is not None else {}
    return {
        "id": id_,
        "zone_id": record.get("zone"),
        "zone_name": dict(cloud.cloudflare.zones()).get(str(record.get("zone"))),
        **told,
        "proxiable": record.get("type") in ("A", "AAAA", "CNAME"),
        "settings": {},
        "meta": {"read_only": True} if record.get("read_only") else {},
        "created_on": record.get("created"),
        "modified_on": record.get("modified"),
    }


def _inputs(zone: str, before: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise CloudflareError("POST", f"/zones/{zone}/dns_records", 9207, "Request body is invalid.")
    parts = ("name", "type", "content", "ttl", "proxied", "comment", "tags", "priority")
    inputs = {part: before[part] for part in parts if before.get(part) is not None}
    inputs |= {part: given[part] for part in parts if given.get(part) is not None}
    missing = [part for part in ("name", "type") if not isinstance(inputs.get(part), str)]
    if missing or not isinstance(inputs.get("ttl", 1), int):
        raise CloudflareError("POST", f"/zones/{zone}/dns_records", 9207, "Request body is invalid.")
    return {"ttl": 1, **inputs, "zoneId": zone}


def _domains(cloud: Cloud, query: Mapping[str, list[str]]) -> list[Document]:
    names = dict(cloud.cloudflare.zones())
    asked = query.get("hostname", ())
    return [
        {
            "id": domain["id"],
            "zone_id": domain["zone"],
            "zone_name": names[domain["zone"]],
            "hostname": domain["hostname"],
            "service": domain["service"],
            "environment": "production",
        }
        for domain in cloud.workers.domains()
        if not asked or domain["hostname"] in asked
    ]


def _pages(found: list[Document], query: Mapping[str, list[str]], size: int) -> Answer:
    try:
        page, size = int(query.get("page", ["1"])[0]), int(query.get("per_page", [str(size)])[0])
    except ValueError:
        return _failure(400, 1004, "page and per_page must be numbers.")
    page, size = max(page, 1), min(max(size, 1), 5_000_000)
    result = found[(page - 1) * size : page * size]
    total = {"count": len(result), "total_count": len(found), "total_pages": -(-len(found) // size)}
    return _result(result, {"page": page, "per_page": size, **total})


def _result(result: list[Document] | Document, info: Mapping[str, int] | None = None) -> Answer:
    body: Document = {"success": True, "errors": [], "messages": [], "result": result}
    return 200, {"content-type": "application/json"}, json.dumps(body | ({"result_info": info} if info else {}))


def _failure(status: int, code: int, message: str) -> Answer:
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return status, {"content-type": "application/json"}, json.dumps(body)
