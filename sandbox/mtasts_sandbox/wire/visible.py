"""Writes the event log: turns changes of the world into what a client can see from this moment on.

It runs inside the change, before any client can be answered, so the order of the log is the order of what was served.
"""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mtasts.policy.published_names import ID_METADATA
from mtasts_sandbox.events import EventLog, served
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.wire.delivery import HIDING_KINDS, Copies, Delivery
from mtasts_sandbox.world import Change, RRset, Site, StoredObject, World

_RECORD_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TLSA", "TXT")


class Visible:
    """Follows the world. Start with `catch_up`, then pass every change to `changed`."""

    def __init__(self, world: World, faults: Faults, events: EventLog) -> None:
        self._world = world
        self._faults = faults
        self._events = events
        self.copies = Copies(world, faults, self._body)
        self.delivery = Delivery(world, faults, self.copies)
        self._targets: dict[str, tuple[str, str]] = {}  # host -> bucket, key of its policy
        self._hosts: dict[str, dict[str, set[str]]] = {}  # bucket -> key -> hosts
        self._hidden: set[str] = set()  # hosts whose body changed while a fault kept clients from it

    def catch_up(self) -> None:
        """Log what changed while nobody was looking (the first start, or changes before this one)."""
        before = self._events.visible()
        for zone in self._world.zones():
            for name in self._world.names(zone):
                self._records(name)
        for host in self._world.hosts():
            self._site(host)
        for script in self._world.scripts():
            self._worker(script.name)
        for slot, name in before:
            if slot == "worker":
                self._worker(name)
            elif _is_record(slot):
                self._record(name, _type_of(slot))
            elif name not in self._targets:
                self._site(name)

    def changed(self, change: Change) -> None:
        """Take in one change of the world."""
        match change.kind:
            case "record":
                self._records(change.name, change.detail)
            case "site":
                self._site(change.name)
            case "object":
                self._object(change.name, change.detail)
            case "zone":
                self._zone(change.name)
            case "worker":
                self._worker(change.name)

    def faults_changed(self) -> None:
        """Let what a fault held back become visible."""
        self.copies.faults_changed()
        hidden, self._hidden = self._hidden, set()
        for host in hidden:
            self._body(host)

    def close(self) -> None:
        """Stop the timers and the functions."""
        self.copies.close()
        self.delivery.close()

    def _records(self, name: str, rdtype: str = "") -> None:
        """Log what a name's records are now: of one type, or of all."""
        if rdtype == "TXT":
            self._record(name, rdtype)
            return
        # One record may show as another type: a proxied CNAME answers as an address.
        for each in dict.fromkeys((*_RECORD_TYPES, rdtype or "TXT")):
            self._record(name, each)

    def _record(self, name: str, rdtype: str) -> None:
        zone = self._world.zone_of(name)
        found = self._world.rrset(zone, name, rdtype) if zone is not None else None
        if found is None:
            self._events.hide("txt" if rdtype == "TXT" else f"record {rdtype}", name)
        else:
            self._events.show("txt" if rdtype == "TXT" else "record", name, _record_value(found))

    def _zone(self, zone: str) -> None:
        """A zone has come or gone, and with it everything in it."""
        for slot, name in self._events.visible():
            if _is_record(slot) and (name == zone or name.endswith(f".{zone}")):
                self._record(name, _type_of(slot))
        made = self._world.zone_of(zone)
        for name in self._world.names(made) if made is not None and made.name == zone else ():
            self._records(name)

    def _worker(self, name: str) -> None:
        script = next((each for each in self._world.scripts() if each.name == name), None)
        if script is None:
            self._events.hide("worker", name)
        else:
            told = {"routes": list(script.routes), "domains": list(script.domains), **served(script.policy)}
            self._events.show("worker", name, told)

    def _site(self, host: str) -> None:
        site = self._world.site(host)
        self._retarget(host, site)
        if site is None or not site.enabled:
            for slot in ("body", "certificate", "distribution"):
                self._events.hide(slot, host)
            return
        self._events.show("distribution", host, {"bucket": site.origin_bucket, "minimum_tls": site.minimum_tls})
        if site.certificate_pem is None:
            self._events.hide("certificate", host)
        else:
            self._events.show("certificate", host, _fingerprint(site.certificate_pem))
        self._body(host)

    def _retarget(self, host: str, site: Site | None) -> None:
        target = self.delivery.target(site, host) if site is not None and site.enabled else None
        before = self._targets.get(host)
        if before == target:
            return
        if before is not None:
            del self._targets[host]
            self._hosts[before[0]][before[1]].discard(host)
            self.copies.forget(host, *before)
        if target is not None:
            self._targets[host] = target
            self._hosts.setdefault(target[0], {}).setdefault(target[1], set()).add(host)
            self.copies.watch(host, *target)

    def _object(self, bucket: str, key: str) -> None:
        keys = self._hosts.get(bucket, {})
        # No key: all of the bucket's objects, as when its policy changes.
        for changed in [key] if key else list(keys):
            for host in list(keys.get(changed, ())):
                self.copies.changed(host, bucket, changed)
                self._body(host)

    def _body(self, host: str) -> None:
        """Log what this host's policy is now, if a client can get it."""
        if any(self._faults.on(kind, host) for kind in HIDING_KINDS):
            self._hidden.add(host)
            return
        site, target = self._world.site(host), self._targets.get(host)
        found = self.copies.get(host, *target) if target is not None else None
        # A host without a certificate answers nobody; CloudFront's own names have CloudFront's.
        if found is None or site is None or (site.certificate_pem is None and not host.endswith(".cloudfront.net")):
            self._events.hide("body", host)
        else:
            self._events.show("body", host, _body_value(found))


def _is_record(slot: str) -> bool:
    return slot == "txt" or slot.startswith("record ")


def _type_of(slot: str) -> str:
    return slot.removeprefix("record ").upper()


def _record_value(found: RRset) -> Any:
    if found.type == "TXT":
        return "\n".join(sorted(found.values))
    return {"type": found.type, "ttl": found.ttl, "values": sorted(found.values)}


def _body_value(found: StoredObject) -> dict[str, Any]:
    return {
        **served(found.body),
        "id": found.metadata.get(ID_METADATA),
        "metadata": dict(found.metadata),
        "version": found.version_id,
    }


def _fingerprint(certificate_pem: str) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    except ValueError:
        return "unreadable"
    return certificate.fingerprint(hashes.SHA256()).hex()
