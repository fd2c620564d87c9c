"""The evidence file of `mtasts probe`: MX probes made where port 25 is open, dated, to be judged elsewhere.

Pure: text in, value out. Whoever reads it decides how old it may be. docs/reference/verify-json.md has the format.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mtasts.protocol.tlsa import Digests
from mtasts.verify.model import Certificate, Link, LookOutcome, MxHost, MxProbe, Trouble
from mtasts.verify.plain import plain, read_stamp, stamp
from mtasts.verify.probe_signature import signature_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SCHEMA = "mtasts-probe"
VERSION = 2
TEXT_LIMIT = 500  # characters of any one text in it
LINKS_LIMIT = 16  # certificates of one chain


class BadProbeFile(ValueError):  # noqa: N818 - what it is about
    """Not an evidence file; the message says where and why."""


@dataclass(frozen=True, slots=True)
class ProbeFile:
    """What was probed, when, and whether anything answered on port 25 there.

    `hosts` has the names of the MX hosts of each domain as DNS told them then. `document` is the whole as it was read,
    for its signature.
    """

    made_at: datetime
    smtp_open: bool
    hosts: Mapping[str, frozenset[str]]
    probes: Mapping[tuple[str, str], MxProbe]
    document: Mapping[str, Any]


def render_probe_file(
    made_at: datetime,
    smtp_open: bool,
    domains: Iterable[tuple[str, tuple[MxHost, ...]]],
    key: "Ed25519PrivateKey | None" = None,
) -> str:
    """The file's text: the MX hosts of each domain by name, and every probe once; signed where there is a key."""
    listed: dict[str, list[str]] = {}
    probes: dict[tuple[str, str], Any] = {}
    for domain, hosts in domains:
        listed.setdefault(domain, list(dict.fromkeys(host.name for host in hosts)))
        for host in hosts:
            for probe in host.all_probes:
                probes[probe.host, probe.address] = plain(probe)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "version": VERSION,
        "made_at": stamp(made_at),
        "smtp_open": smtp_open,
        "domains": [{"domain": domain, "hosts": hosts} for domain, hosts in listed.items()],
        "probes": list(probes.values()),
    }
    if key is not None:
        document["signature"] = signature_of(document, key)
    return json.dumps(document, indent=1) + "\n"


def read_probe_file(text: str) -> ProbeFile:
    """Its form, not who wrote it (`probe_evidence.refusal`). Raises BadProbeFile."""
    try:
        value = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise BadProbeFile(f"is not JSON: {error}") from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise BadProbeFile(f"is not an evidence file of `mtasts probe` (no schema {SCHEMA!r})")
    if value.get("version") != VERSION:
        raise BadProbeFile(f"has version {value.get('version')!r:.40}; this program reads version {VERSION}")
    try:
        probes = [_probe(item) for item in value["probes"]]
        made_at = read_stamp(value["made_at"])
        hosts = _each_once([(_text(item["domain"]), _names(item["hosts"])) for item in value["domains"]])
        by_place = _each_once([((probe.host, probe.address), probe) for probe in probes])
        return ProbeFile(made_at, value["smtp_open"] is True, hosts, by_place, value)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadProbeFile(f"does not have the form of version {VERSION}: {type(error).__name__}: {error}") from None


def _each_once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """What is there twice has no one meaning. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"has {twice!r:.80} twice")
    return found


def _names(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} is not a list of names")
    return frozenset(map(_text, value))


def _probe(item: dict[str, Any]) -> MxProbe:
    return MxProbe(
        host=_text(item["host"]),
        address=_text(item["address"]),
        outcome=LookOutcome(item["outcome"]),
        problems=tuple(
            Trouble(_text(trouble["code"]), _text(trouble["text"]), _text(trouble["result_type"]))
            for trouble in item["problems"]
        ),
        connected=item["connected"] is True,
        greeting=_text(item["greeting"]),
        starttls=item["starttls"] if item["starttls"] in (True, False) else None,
        tls_version=_text(item["tls_version"]),
        certificate=_certificate(item["certificate"]) if item["certificate"] is not None else None,
        seconds=float(item["seconds"]),
        # Files of before DANE was looked at have none, and then nobody knows what was presented.
        chain=tuple(map(_link, item.get("chain", [])[:LINKS_LIMIT])),
    )


def _link(item: dict[str, Any]) -> Link:
    return Link(
        certificate=_digests(item["certificate"]),
        key=_digests(item["key"]),
        not_before=read_stamp(item["not_before"]),
        not_after=read_stamp(item["not_after"]),
        ca=item["ca"] is True,
        names=tuple(_text(name) for name in item["names"]),
    )


def _digests(item: dict[str, Any]) -> Digests:
    return Digests(_text(item["sha256"]), _text(item["sha512"]))


def _certificate(item: dict[str, Any]) -> Certificate:
    return Certificate(
        names=tuple(_text(name) for name in item["names"]),
        subject=_text(item["subject"]),
        issuer=_text(item["issuer"]),
        not_before=read_stamp(item["not_before"]),
        not_after=read_stamp(item["not_after"]),
        self_signed=item["self_signed"] is True,
        sha256=_text(item["sha256"]),
        ca_issuers=item["ca_issuers"] is True,
        sent=int(item["sent"]) if item["sent"] is not None else None,
        # Files of before have neither.
        key=_text(item.get("key", "")),
        anchors=tuple(_text(anchor) for anchor in item.get("anchors", [])),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not a text")
    return value[:TEXT_LIMIT]
