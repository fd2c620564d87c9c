"""A small, honest World in memory: what the wire half is tested against without the cloud half."""

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtasts_sandbox.authority import Authority
from mtasts_sandbox.events import EventLog
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.wire import Wire, serve
from mtasts_sandbox.world import Change, Ports, RRset, Site, StoredObject, Worker, WorkerScript, Zone
from tests.patience import PATIENCE

FUNCTION = """
function handler(event) {
    var request = event.request;
    if (request.uri !== '/.well-known/mta-sts.txt') {
        return {statusCode: 404, statusDescription: 'Not Found', headers: {'content-type': {value: 'text/plain'}},
                body: 'not here'};
    }
    request.uri = '/' + request.headers.host.value + request.uri;
    return request;
}
"""
POLICY = b"version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmax_age: 86400\r\n"
TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "SRV", "TLSA", "TXT")


class MemoryWorld:
    """Zones, records, sites and objects in dictionaries; every setter tells the subscribers afterwards."""

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}
        self._records: dict[str, dict[str, dict[str, RRset]]] = {}
        self._sites: dict[str, Site] = {}
        self._objects: dict[tuple[str, str], StoredObject] = {}
        self._workers: dict[str, Worker] = {}
        self._subscribers: list[Callable[[Change], None]] = []
        self.listable: set[str] = set()

    def add_zone(self, name: str, soa_minimum: int = 60) -> None:
        self._zones[name] = Zone(name, "route53", f"Z{name}", soa_minimum)
        self._records.setdefault(name, {})
        self._tell(Change("zone", name))

    def drop_zone(self, name: str) -> None:
        del self._zones[name], self._records[name]
        self._tell(Change("zone", name))

    def put(self, name: str, rdtype: str, *values: str, ttl: int = 300) -> None:
        zone = self.zone_of(name)
        assert zone is not None
        self._records[zone.name].setdefault(name, {})[rdtype] = RRset(name, rdtype, ttl, values)
        self._tell(Change("record", name, rdtype))

    def drop(self, name: str, rdtype: str) -> None:
        zone = self.zone_of(name)
        assert zone is not None
        del self._records[zone.name][name][rdtype]
        if not self._records[zone.name][name]:
            del self._records[zone.name][name]
        self._tell(Change("record", name, rdtype))

    def put_site(self, site: Site) -> None:
        self._sites[site.host] = site
        self._tell(Change("site", site.host))

    def drop_site(self, host: str) -> None:
        del self._sites[host]
        self._tell(Change("site", host))

    def put_object(self, bucket: str, key: str, body: bytes, version: str = "v1", **metadata: str) -> None:
        self._objects[bucket, key] = StoredObject(
            body,
            "text/plain; charset=utf-8",
            "max-age=60",
            {k.replace("_", "-"): v for k, v in metadata.items()},
            version,
        )
        self._tell(Change("object", bucket, key))

    def drop_object(self, bucket: str, key: str) -> None:
        del self._objects[bucket, key]
        self._tell(Change("object", bucket, key))

    def zones(self) -> Sequence[Zone]:
        return list(self._zones.values())

    def zone_of(self, name: str) -> Zone | None:
        while name:
            if name in self._zones:
                return self._zones[name]
            name = name.partition(".")[2]
        return None

    def rrset(self, zone: Zone, name: str, type: str) -> RRset | None:  # noqa: A002 - as in the protocol
        return self._records[zone.name].get(name, {}).get(type)

    def names(self, zone: Zone) -> Collection[str]:
        return self._records[zone.name].keys()

    def site(self, host: str) -> Site | None:
        return self._sites.get(host)

    def hosts(self) -> Collection[str]:
        return self._sites.keys()

    def worker(self, host: str) -> Worker | None:
        return self._workers.get(host)

    def scripts(self) -> Sequence[WorkerScript]:
        return [WorkerScript(each.script, (), (host,), each.policy) for host, each in self._workers.items()]

    def put_worker(self, host: str, worker: Worker) -> None:
        self._workers[host] = worker
        self._tell(Change("worker", worker.script))

    def drop_worker(self, host: str) -> None:
        self._tell(Change("worker", self._workers.pop(host).script))

    def read_object(self, bucket: str, key: str, host: str) -> StoredObject | None:
        return self._objects.get((bucket, key))

    def tells_missing(self, bucket: str, key: str, host: str) -> bool:
        return bucket in self.listable and (bucket, key) not in self._objects

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def _tell(self, change: Change) -> None:
        for callback in list(self._subscribers):
            callback(change)


@dataclass
class Stage:
    """A wire half that is up, with what it stands on."""

    world: MemoryWorld
    events: EventLog
    faults: Faults
    wire: Wire
    authority: Authority
    state_dir: Path


def site(host: str, authority: Authority, **changes: object) -> Site:
    """A site as the policy host component makes it."""
    chain, key = authority.issue([host])
    fields: dict[str, object] = {
        "host": host,
        "certificate_pem": chain,
        "key_pem": key,
        "origin_bucket": "policies",
        "origin_path": "",
        "function_code": FUNCTION,
        "headers": {"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff"},
        "viewer_protocol": "https-only",
        "minimum_tls": "TLSv1.2_2021",
        "ipv6": True,
        "enabled": True,
    }
    return Site(**{**fields, **changes})  # type: ignore[arg-type]


def publish(world: MemoryWorld, domain: str, authority: Authority, id_: str = "a1", body: bytes = POLICY) -> None:
    """All that a published mail domain has: zone, host, object, TXT."""
    world.add_zone(domain)
    host = f"mta-sts.{domain}"
    world.put(host, "A", "127.0.0.1")
    world.put(host, "AAAA", "::1")
    world.put_object("policies", f"{host}/.well-known/mta-sts.txt", body, mta_sts_id=id_)
    world.put_site(site(host, authority))
    world.put(f"_mta-sts.{domain}", "TXT", f"v=STSv1; id={id_};")


def on_loop(test: Callable[..., Coroutine[object, object, None]]) -> Callable[..., None]:
    """Run an async test on a loop of its own; a hang is a failure, not a stop."""

    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE):
                await test(*args, **kwargs)

        asyncio.run(bounded())

    return run


def trusting(stage: "Stage") -> ssl.SSLContext:
    """A client's TLS context that trusts the sandbox CA and nothing else."""
    context = ssl.create_default_context(cafile=str(stage.state_dir / "ca.pem"))
    # What Python 3.13 does by default: certificates must keep to RFC 5280 in all.
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@contextlib.asynccontextmanager
async def stage(state_dir: Path, world: MemoryWorld | None = None, ports: Ports | None = None) -> AsyncIterator[Stage]:
    """Serve a world (an empty one unless given) and stop it afterwards."""
    world = world or MemoryWorld()
    events, faults = EventLog.open(state_dir), Faults()
    wire = await serve(world, events, faults, ports or Ports(), state_dir)
    try:
        yield Stage(world, events, faults, wire, Authority.open(state_dir), state_dir)
    finally:
        await wire.close()
        events.close()
