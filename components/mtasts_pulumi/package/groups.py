"""The host groups of a PolicyHosting: which mail domains one distribution serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtasts.policy.rules import domain_rule, zone_rule
from mtasts.protocol.problem import quote
from mtasts.providers import PROVIDERS
from mtasts_pulumi.package import unknown
from mtasts_pulumi.package.judged import Problems, plain


@dataclass(frozen=True, slots=True)
class Member:
    """A mail domain of a host group."""

    domain: str
    provider: str
    zone: str


def members(given: Any, problems: Problems) -> dict[str, tuple[Member, ...]]:
    """The host groups by name; each mail domain stands in one of them, once. A group that is not known is left out."""
    groups = plain(given or {})
    found = (
        {} if unknown.is_unknown(groups) else {group: _read(group, told, problems) for group, told in groups.items()}
    )
    seen: set[str] = set()
    for group, read in found.items():
        for one in read:
            if one.domain in seen:
                problems.note(f"hostGroups.{group}.domains", f"{one.domain} is named twice")
            seen.add(one.domain)
    return {group: read for group, read in found.items() if read}


def _read(group: str, told: Any, problems: Problems) -> tuple[Member, ...]:
    path = f"hostGroups.{group}.domains"
    entries = told.get("domains") if isinstance(told, Mapping) else told
    if unknown.is_unknown(entries):
        return ()
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        problems.note(path, "has no mail domain")
        return ()
    read = (_member(entry, f"{path}[{position}]", problems) for position, entry in enumerate(entries))
    return tuple(one for one in read if one is not None)


def _member(entry: Any, path: str, problems: Problems) -> Member | None:
    told = entry if isinstance(entry, Mapping) else {}
    dns = told.get("dns")
    place = dns if isinstance(dns, Mapping) else {}
    domain = _text(told.get("domain"), f"{path}.domain", problems, unknown.name(path))
    provider = _text(place.get("provider"), f"{path}.dns.provider", problems, "route53")
    zone = _text(place.get("zone"), f"{path}.dns.zone", problems, unknown.zone(provider or ""))
    if domain is None or provider is None or zone is None:
        return None
    spelled = domain_rule(domain, lambda message, *_, warning=False: problems.note(f"{path}.domain", message))
    if provider not in PROVIDERS:
        problems.note(f"{path}.dns.provider", f"{quote(provider)} is not one of {', '.join(PROVIDERS)}")
        return None
    if reason := zone_rule(provider, zone):
        problems.note(f"{path}.dns.zone", reason)
        return None
    return None if spelled is None else Member(spelled, provider, zone)


def _text(value: Any, path: str, problems: Problems, stand_in: str) -> str | None:
    if unknown.is_unknown(value):
        return stand_in
    if isinstance(value, str) and value:
        return value
    problems.note(path, "is missing" if value is None or value == "" else f"must be a text, not {value!r}")
    return None
