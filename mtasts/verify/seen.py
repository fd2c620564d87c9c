"""A look at a domain as the sighting that is kept: the MX hosts and the certificates they showed. Pure."""

import hashlib
from datetime import datetime, timedelta

from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost, Sighting
from mtasts.verify.model import HOST_LIMIT, AnswerKind, Certificate, MxHost, Observed

# A certificate may hold names without end. Of the text that is kept, the first names say which one it is.
_NAMES_LIMIT = 50
_TEXT_LIMIT = 300
_ANCHORS_LIMIT = 5


def sighting_of(observed: Observed, probe_max_age: timedelta = timedelta(hours=24)) -> Sighting | None:
    """What the look saw of the MX hosts; None when DNS did not answer, so that nothing was seen.

    Probes from an evidence file older than `probe_max_age` say nothing about the certificates of the time of the look.
    """
    kind = observed.mx.kind
    if kind is AnswerKind.TROUBLE:
        return None
    hosts = observed.hosts if observed.at - observed.probed_at <= probe_max_age else ()
    if kind is AnswerKind.FOUND:
        # By the answer, not by the probes: a look that ran out of time has fewer hosts than there are.
        names = {value.split(" ", 1)[-1] for value in observed.mx.values} - {"."}
    else:
        names = {host.name for host in observed.hosts}
    return seen_hosts(observed.at, names, hosts)


def mail_sighting(at: datetime, hosts: tuple[MxHost, ...]) -> Sighting | None:
    """The sighting of a look at the MX hosts alone; None when it found none, or perhaps not all of them."""
    return seen_hosts(at, {host.name for host in hosts}, hosts) if 0 < len(hosts) < HOST_LIMIT else None


def seen_hosts(at: datetime, names: set[str], hosts: tuple[MxHost, ...]) -> Sighting:
    """The sighting of the MX hosts `names`, with the certificates that the probes of `hosts` met."""
    shown: dict[str, set[Shown]] = {name: set() for name in names}
    for host in hosts:
        found = shown.get(host.name)
        if found is not None:
            found.update(_shown(probe.certificate) for probe in host.probes if probe.certificate is not None)
    return Sighting(at, tuple(SeenHost(name, tuple(sorted(shown[name]))) for name in sorted(shown)))


def _shown(certificate: Certificate) -> Shown:
    names = tuple(sorted({name.lower() for name in certificate.names}))
    if len(names) > _NAMES_LIMIT or any(len(name) > _TEXT_LIMIT for name in names):
        digest = hashlib.sha256("\0".join(names).encode("utf-8", "replace")).hexdigest()[:32]
        names = (*(name[:_TEXT_LIMIT] for name in names[:_NAMES_LIMIT]), f"({len(names)} names, sha256 {digest})")
    anchors = tuple(anchor[:_TEXT_LIMIT] for anchor in certificate.anchors[:_ANCHORS_LIMIT])
    return Shown(names, certificate.issuer[:_TEXT_LIMIT], anchors, certificate.key[:_TEXT_LIMIT])
