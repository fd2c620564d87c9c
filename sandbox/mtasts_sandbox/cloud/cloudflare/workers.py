"""Cloudflare Workers that serve a policy: scripts, the routes of zones that call them, and their custom domains.

Forms and rules: developers.cloudflare.com, "Workers routes", "Custom domains" and the API reference of both, and what
users report of records that a custom domain makes (docs/decisions/sandbox-cloud.md).
"""

import secrets
from collections.abc import Collection, Iterator, Sequence

from mtasts_sandbox.cloud.cloudflare.dns import CloudflareDns, CloudflareError
from mtasts_sandbox.cloud.context import Context
from mtasts_sandbox.store import Document
from mtasts_sandbox.world import Change, Worker, WorkerScript

# The sandbox's one account, as AWS has one there.
ACCOUNT_ID, ACCOUNT_NAME = "5a2d80c5f9f34a0bb2e1c07d1c6f9e44", "Sandbox's Account"
_PLACEHOLDER = "100::"  # RFC 6666, the discard prefix: what the record of a custom domain says


class Workers:
    """All scripts of the account."""

    def __init__(self, context: Context, dns: CloudflareDns) -> None:
        self._context = context
        self._dns = dns
        self._scripts: dict[str, str] = {}
        self._routes: dict[str, Document] = {}
        self._domains: dict[str, Document] = {}
        for name, document in context.store.load("cf-script"):
            self._scripts[name] = document["policy"]
        self._routes.update(context.store.load("cf-route"))
        self._domains.update(context.store.load("cf-domain"))

    def scripts(self) -> list[WorkerScript]:
        """Every script, in the order they were made."""
        return [
            WorkerScript(
                name,
                tuple(route["pattern"] for route in self._routes.values() if route["script"] == name),
                tuple(domain["hostname"] for domain in self._domains.values() if domain["service"] == name),
                bytes.fromhex(policy),
            )
            for name, policy in self._scripts.items()
        ]

    def routes(self, zone_id: str | None = None) -> Iterator[Document]:
        """The routes of a zone, or of all: id, zone, pattern, script."""
        yield from (each for each in self._routes.values() if zone_id in (None, each["zone"]))

    def domains(self) -> Iterator[Document]:
        """The custom domains: id, hostname, zone, service, record."""
        yield from self._domains.values()

    def caught(self, host: str) -> Worker | None:
        """What answers for a host: its custom domain, or the most specific route; None when the edge knows nothing.

        That the host's record is proxied any more is not asked: it only leads clients here.
        """
        for domain in self._domains.values():
            if domain["hostname"] == host:
                return Worker(domain["service"], self._policy(domain["service"]), (host,))
        found = [route for route in self._routes.values() if _catches(route["pattern"], host)]
        if not found:
            return None
        # "The more specific pattern wins": the longer one, where an asterisk stands for nothing yet.
        route = max(found, key=lambda each: (not each["pattern"].startswith("*"), len(each["pattern"])))
        zone = dict(self._dns.zones())[route["zone"]]
        # The certificate of every zone covers it and one label below it.
        return Worker(route["script"], self._policy(route["script"]), (zone, f"*.{zone}"))

    def put(self, script: str, policy: bytes, routes: Sequence[str] = (), domains: Sequence[str] = ()) -> None:
        """Make a script that serves this policy, or give it other ones; its routes and domains become these.

        Raises CloudflareError for a host in no zone, and for a custom domain whose name has records already.
        """
        for host in domains:
            if not any(domain["hostname"] == host for domain in self._domains.values()):
                self._refuse_taken(host)
        self.remove(script, keep=domains)
        self._scripts[script] = policy.hex()
        self._context.store.put("cf-script", script, {"policy": policy.hex()})
        for pattern in routes:
            zone = self._zone(pattern.partition("://")[2] or pattern)
            route = {"id": secrets.token_hex(16), "zone": zone, "pattern": pattern, "script": script}
            self._routes[route["id"]] = route
            self._context.store.put("cf-route", route["id"], route)
        for host in domains:
            self._add_domain(script, host)
        self._tell(script)

    def remove(self, script: str, *, keep: Collection[str] = ()) -> bool:
        """Forget a script, its routes and its domains but those to keep; False when there is none."""
        known = script in self._scripts
        if known:
            self._tell(script)
        for id_ in [id_ for id_, route in self._routes.items() if route["script"] == script]:
            del self._routes[id_]
            self._context.store.drop("cf-route", id_)
        mine = [each for each in self._domains.values() if each["service"] == script and each["hostname"] not in keep]
        for domain in mine:
            del self._domains[domain["id"]]
            self._context.store.drop("cf-domain", domain["id"])
            self._dns.drop(domain["record"])
        self._scripts.pop(script, None)
        self._context.store.drop("cf-script", script)
        return known

    def _policy(self, script: str) -> bytes:
        return bytes.fromhex(self._scripts[script])

    def _add_domain(self, script: str, host: str) -> None:
        for id_, before in self._domains.items():
            if before["hostname"] == host:
                self._domains[id_] = before | {"service": script}
                self._context.store.put("cf-domain", id_, self._domains[id_])
                return
        zone = self._zone(host)
        inputs = {"zoneId": zone, "name": host, "type": "AAAA", "content": _PLACEHOLDER, "ttl": 1, "proxied": True}
        record = self._dns.create(inputs, read_only=True)
        domain = {"id": secrets.token_hex(20), "hostname": host, "zone": zone, "service": script, "record": record}
        self._domains[domain["id"]] = domain
        self._context.store.put("cf-domain", domain["id"], domain)

    def _refuse_taken(self, host: str) -> None:
        if any(record["type"] in ("A", "AAAA", "CNAME") for record in self._dns.at(self._zone(host), host)):
            message = (
                f"Hostname '{host}' already has externally managed DNS records (A, CNAME, etc). "
                "Delete them first or try a different hostname."
            )
            raise CloudflareError("PUT", f"/accounts/{ACCOUNT_ID}/workers/domains", 100117, message, 409)

    def _zone(self, pattern: str) -> str:
        host = pattern.partition("/")[0].lstrip("*").strip(".").lower()
        zones = {name: id_ for id_, name in self._dns.zones() if host == name or host.endswith("." + name)}
        if not zones:
            path = f"/accounts/{ACCOUNT_ID}/workers"
            raise CloudflareError("PUT", path, 7003, f"no Cloudflare zone of the sandbox holds {host}", 404)
        return zones[max(zones, key=len)]

    def _tell(self, script: str) -> None:
        """The script, and every proxied name of its zones: its address is another one where a Worker catches it."""
        self._context.changed(Change("worker", script))
        zones = {each["zone"] for each in self._routes.values() if each["script"] == script}
        zones |= {each["zone"] for each in self._domains.values() if each["service"] == script}
        for zone in zones:
            for name in self._dns.names(zone):
                for record in self._dns.at(zone, name):
                    if record["proxied"]:
                        self._context.changed(Change("record", name, record["type"]))


def _catches(pattern: str, host: str) -> bool:
    """Does a route's pattern catch the policy of a host? Only at its two ends an asterisk may stand for anything."""
    bare = pattern.lower().partition("://")[2] or pattern.lower()
    wanted, _, path = bare.partition("/")
    path_fits = f"/{path}" == "/.well-known/mta-sts.txt" or (
        path.endswith("*") and "/.well-known/mta-sts.txt".startswith(f"/{path[:-1]}")
    )
    return path_fits and (host.endswith(wanted[1:]) if wanted.startswith("*") else host == wanted)
