"""The sandbox's one process: embedded cloud, provider servers, AWS API, DNS, edge and mail servers on one event loop.

Started by `mtasts_sandbox.client`; `python -m mtasts_sandbox.daemon` is its own entry. Everything listens on loopback.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook
from mtasts.protocol.names import BadName, to_a_labels
from mtasts.signals import heeded
from mtasts_sandbox import provider
from mtasts_sandbox.authority import Authority
from mtasts_sandbox.cloud.aws import sites_by_hand
from mtasts_sandbox.cloud.aws.api import AwsApi
from mtasts_sandbox.cloud.by_hand import Marks, set_records
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.cloudflare.dns import CloudflareError
from mtasts_sandbox.cloud.context import Quotas
from mtasts_sandbox.control import ControlServer, socket_path
from mtasts_sandbox.events import EventLog
from mtasts_sandbox.faults import BadFault, Faults
from mtasts_sandbox.folder import STATE, Settings, take_lock, write_settings
from mtasts_sandbox.store import BadStore, Store
from mtasts_sandbox.wire import Wire
from mtasts_sandbox.wire import serve as serve_wire
from mtasts_sandbox.world import Ports


class Daemon:
    """Everything that runs, and how it is told what to do."""

    def __init__(self, state_dir: Path, settings: Settings, zones: Sequence[tuple[str, ...]] = ()) -> None:
        """`zones`: (name, provider, zone id, and perhaps its account) of zones to make at the start."""
        self._zones = zones
        self._dir = state_dir
        self._settings = settings
        self._stop = asyncio.Event()
        self._started = datetime.now(UTC)
        self._faults = Faults()
        self._closers: list[Callable[[], Any]] = []
        self._ports: dict[str, int] = {}

    async def run(self, ready: Callable[[Mapping[str, int]], None]) -> None:
        """Serve until told to stop. `ready` gets the real ports. Raises CannotLook when something cannot start."""
        self._lock = take_lock(self._dir)  # freed by the end of the process, when nothing of it is left
        try:
            await self._start()
            for number in heeded(signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
            ready(self._ports)
            await self._stop.wait()
        finally:
            for close in reversed(self._closers):
                result = close()
                if asyncio.iscoroutine(result):
                    await result

    async def _start(self) -> None:
        write_settings(self._dir, self._settings)
        (self._dir / "pulumi").mkdir(exist_ok=True)
        try:
            store = Store(self._dir / STATE)
            self._closers.append(store.close)
            authority = Authority.open(self._dir)
            self._events = EventLog.open(self._dir)
        except (BadStore, OSError, ValueError) as error:
            raise CannotLook(
                f"the sandbox's state cannot be used: {error}", "`mtasts sandbox reset` forgets it"
            ) from error
        self._closers.append(self._events.close)
        quotas = Quotas(names_per_certificate=self._settings.certificate_names)
        self._cloud = Cloud(store, authority, quotas, ipv6=has_ipv6())
        self._add_zones(self._zones)
        await self._serve()

    async def _serve(self) -> None:
        wanted = self._settings.ports
        ports = Ports(dns=wanted["dns"], https=wanted["https"], smtp=wanted["smtp"])
        self._wire: Wire = await serve_wire(self._cloud, self._events, self._faults, ports, self._dir)
        self._closers.append(self._wire.close)
        for package in provider.PACKAGES:
            _check_free(wanted[package], f"{package} provider")
        _check_free(wanted["api"], "AWS API")
        taken, servers = await provider.serve(self._cloud, self._faults, wanted)
        self._closers.append(servers.close)
        api = AwsApi(self._cloud)
        await api.start(wanted["api"])
        self._closers.append(api.close)
        real = self._wire.ports
        self._ports = {"dns": real.dns, "https": real.https, "smtp": real.smtp, **taken, "api": api.port}
        control = ControlServer(socket_path(self._dir), self._handlers())
        await control.start()
        self._closers.append(control.close)

    # What it can be told

    def _handlers(self) -> dict[str, Any]:
        return {
            "status": self._status,
            "shutdown": self._shutdown,
            "fault": self._fault,
            "clear": self._clear,
            "events": self._read_events,
            "zone": self._zone,
            "delegate": self._delegate,
            "record": self._record,
            "mail": self._mail,
            "web": self._web,
            "worker": self._worker,
            "distribution": self._distribution,
            "reset": self._reset,
        }

    async def _status(self, request: Mapping[str, Any]) -> dict[str, Any]:
        cloud = self._cloud
        return {
            "pid": os.getpid(),
            "started": self._started.isoformat(timespec="seconds"),
            "ports": self._ports,
            "settings": asdict(self._settings),
            "zones": [asdict(zone) for zone in cloud.zones() if zone.provider != "cloudfront"],
            "workers": [
                {"name": each.name, "routes": list(each.routes), "domains": list(each.domains)}
                for each in cloud.scripts()
            ],
            "distributions": [
                {"id": id_, "aliases": each["inputs"].get("aliases", []), "enabled": each["inputs"]["enabled"]}
                | {name: each[name] for name in ("account", "domain")}
                for id_, each in cloud.cloudfront.distributions.items()
            ],
            "holds": {
                "buckets": cloud.s3.count(),
                "certificates": cloud.acm.count(),
                "distributions": len(cloud.cloudfront.distributions),
                "names with records": sum(len(cloud.names(zone)) for zone in cloud.zones()),
            },
            "mail": [asdict(server) for server in self._wire.mail.servers()],
            "web": [{"name": server.name, **server.told()} for server in self._wire.web.servers()],
            "faults": [asdict(fault) for fault in self._faults.active()],
            "kinds": [asdict(kind) for kind in self._faults.kinds.values()],
        }

    async def _shutdown(self, request: Mapping[str, Any]) -> dict[str, Any]:
        # The answer must leave before the socket closes.
        asyncio.get_running_loop().call_later(0.02, self._stop.set)
        return {}

    async def _fault(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            value = request.get("value")
            fault = self._faults.set(
                str(request["name"]), None if value is None else float(value), str(request.get("where", "*"))
            )
        except BadFault as error:
            raise CannotLook(str(error), "`mtasts sandbox fault list` shows all") from error
        await self._wire.settled()
        return {"fault": asdict(fault)}

    async def _clear(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            cleared = self._faults.clear(request.get("name"), request.get("where"))
        except BadFault as error:
            raise CannotLook(str(error), "`mtasts sandbox fault list` shows all") from error
        await self._wire.settled()
        return {"cleared": cleared}

    async def _read_events(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"events": [asdict(event) for event in self._events.read(int(request.get("since", 0)))]}

    async def _zone(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Make all of them, or none: [name, provider, zone id, and perhaps its account] each."""
        zones = [(_name(name), *map(str, rest)) for name, *rest in request["zones"]]
        for _, package, zone_id, *_account in zones:
            if package not in ("route53", "cloudflare"):
                raise CannotLook(f"{package!r} is not a DNS provider of the sandbox", "route53 or cloudflare")
            if not (zone_id.isascii() and zone_id.isalnum() and 1 <= len(zone_id) <= 32):
                raise CannotLook(f"{zone_id!r} is not a zone id", "1 to 32 letters and digits")
        self._add_zones(zones)
        return {}

    async def _delegate(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name, zone_id = _name(request["name"]), str(request["zone"])
        try:
            self._cloud.delegate(name, zone_id)
        except KeyError:
            raise CannotLook(
                f"{name} has no zone {zone_id:.40}", "`mtasts sandbox zone add NAME PROVIDER ZONEID` makes it"
            ) from None
        self._cloud.commit()
        return {}

    def _add_zones(self, zones: Sequence[tuple[str, ...]]) -> None:
        for zone in zones:
            self._cloud.add_zone(*zone)
        self._cloud.commit()

    async def _record(self, request: Mapping[str, Any]) -> dict[str, Any]:
        values = [str(value) for value in request.get("values", [])]
        ttl = int(request.get("ttl", 300))
        zone = set_records(
            self._cloud,
            _owner(request["name"]),
            str(request["type"]).upper(),
            ttl,
            values,
            Marks(bool(request.get("proxied")), str(request.get("comment", "")), bool(request.get("unquoted"))),
        )
        return {"zone": asdict(zone)}

    async def _mail(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Add a mail server with its A and AAAA records, or remove it with them."""
        host = _name(request["host"])
        if request.get("remove"):
            gone = await self._wire.mail.remove(host)
            addresses: list[str] = []
        else:
            given = [str(address) for address in request.get("addresses", [])]
            server = await self._wire.mail.add(host, count=int(request.get("count", 1)), addresses=given)
            gone, addresses = False, list(server.addresses)
        if addresses or gone:
            self._publish(host, addresses)
        return {"addresses": addresses, "removed": gone}

    async def _web(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Put a web server of somebody else with its A record, or remove it with that."""
        name = _name(request["name"])
        if request.get("remove"):
            gone = await self._wire.web.remove(name)
            if gone:
                self._publish(name, [])
            return {"removed": gone}
        server = await self._wire.web.put(
            name,
            base64.b64decode(str(request["policy"])),
            hosts=[str(host) for host in request.get("hosts", [])],
            status=int(request.get("status", 200)),
            address=str(request.get("address", "")),
        )
        self._publish(name, [server.address])
        return {"address": server.address}

    async def _worker(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Put a Cloudflare Worker with its routes and custom domains, or remove it with them."""
        name, workers = str(request["name"]), self._cloud.workers
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
            raise CannotLook(f"{name[:100]!r} is not a name for a Worker", "letters, digits, - and _")
        try:
            if request.get("remove"):
                removed = workers.remove(name)
            else:
                removed = False
                policy = base64.b64decode(str(request["policy"]))
                routes = [str(pattern) for pattern in request.get("routes", [])]
                workers.put(name, policy, routes, [_name(host) for host in request.get("domains", [])])
            self._cloud.commit()
        except CloudflareError as error:
            self._cloud.rollback()
            raise CannotLook(error.message, "") from error
        return {"removed": removed}

    async def _distribution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Make a CloudFront distribution beside the engine, with the alias's record if wanted; or switch one."""
        if "id" in request:
            sites_by_hand.switch(self._cloud, str(request["id"]), enabled=bool(request["enabled"]))
            return {}
        alias, policy = _owner(request["alias"]), base64.b64decode(str(request["policy"]))
        id_, domain = sites_by_hand.make(self._cloud, alias, policy, own=not request.get("stranger"))
        if request.get("record"):
            sites_by_hand.lead(self._cloud, alias, domain, str(request["record"]))
        return {"id": id_, "domain": domain}

    def _publish(self, host: str, addresses: Sequence[str]) -> None:
        """Make these the host's addresses in DNS; a host that is in none of the sandbox's zones has none there."""
        if self._cloud.zone_of(host) is not None:
            for kind, colon in (("A", False), ("AAAA", True)):
                set_records(self._cloud, host, kind, 300, [each for each in addresses if (":" in each) == colon])

    async def _reset(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Forget everything but the zones, which `up` made."""
        zones = [
            (zone.name, zone.provider, zone.zone_id, zone.account)
            for zone in self._cloud.zones()
            if zone.provider != "cloudfront"
        ]
        for server in self._wire.mail.servers():
            await self._wire.mail.remove(server.host)
        for each in self._wire.web.servers():
            await self._wire.web.remove(each.name)
        self._faults.clear()
        self._cloud.reset()
        self._add_zones(zones)
        return {}


def _name(given: object) -> str:
    try:
        return to_a_labels(str(given))
    except BadName as error:
        raise CannotLook(f"{str(given)[:300]!r} is not a name: it {error}", "") from error


def _owner(given: object) -> str:
    """A record's name: as a host's, but in front of that may stand `*` or names like `s1._domainkey`."""
    labels = str(given).lower().split(".")
    special = [n for n, label in enumerate(labels) if re.fullmatch(r"_[a-z0-9_-]{1,62}|\*", label)]
    start = special[-1] + 1 if special else 0
    if not all(re.fullmatch(r"[a-z0-9_-]{1,63}|\*", label) for label in labels[:start]):
        start = 0
    return ".".join([*labels[:start], _name(".".join(labels[start:]))])


def has_ipv6() -> bool:
    """Is there an IPv6 loopback to listen on?"""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _check_free(port: int, what: str) -> None:
    # gRPC would log several lines of its own and say little.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"the sandbox's {what} cannot listen on 127.0.0.1 port {port}: {error.strerror}"
            raise CannotLook(message, "stop what listens there, or choose another port") from error


def main() -> int:
    """Run as its own process: settings as JSON in argv, and one line of JSON to the descriptor given, when ready."""
    parser = argparse.ArgumentParser()
    parser.add_argument("state_dir", type=Path)
    parser.add_argument("settings", type=json.loads)
    parser.add_argument("ready", type=int)
    args = parser.parse_args()
    tell = os.fdopen(args.ready, "w")

    def ready(ports: Mapping[str, int]) -> None:
        tell.write(json.dumps({"ports": dict(ports)}))
        tell.close()

    try:
        asyncio.run(Daemon(args.state_dir, Settings(**args.settings)).run(ready))
    except CannotLook as error:
        tell.write(json.dumps({"error": error.message, "hint": error.hint}))
        tell.close()
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
