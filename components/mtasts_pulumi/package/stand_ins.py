"""Inputs of a MailDomain with a stand-in for whatever a preview does not know of them."""

from collections.abc import Callable, Mapping
from typing import Any

from mtasts.protocol.mta_sts import Mode
from mtasts_pulumi.package import unknown
from mtasts_pulumi.package.unknown import is_unknown


def stand_ins(component: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of `given`, and stand-ins that the rules take. A number that is not known has its default."""
    known = {key: value for key, value in given.items() if not is_unknown(value)}
    lost = given.keys() - known.keys()
    if "domain" in lost:
        known["domain"] = unknown.name(component)
    if "dns" in given:
        known["dns"] = _dns(known.get("dns", {"provider": unknown.UNKNOWN, "zone": unknown.UNKNOWN}))
    for key, stand_in in (("mx", unknown.name), ("rua", unknown.address)):
        if key in given:
            known[key] = _each(key, given[key], stand_in)
    if lost & {"mode", "max_age"} and isinstance(known.get("mx"), list):
        known["mx"] = [*known["mx"], unknown.name("text")]  # so that the text is not known either
    return {**known, "mode": Mode.TESTING.value} if "mode" in lost else known


def _dns(dns: Any) -> Any:
    if not isinstance(dns, Mapping) or not unknown.within(dns):
        return dns
    provider = "route53" if is_unknown(dns.get("provider")) else dns.get("provider")
    zone = unknown.zone(str(provider)) if is_unknown(dns.get("zone")) else dns.get("zone")
    return {**dns, "provider": provider, "zone": zone}


def _each(key: str, values: Any, stand_in: Callable[[str], str]) -> Any:
    if is_unknown(values):
        return [stand_in(key)]
    if not isinstance(values, list):
        return values
    return [stand_in(f"{key}{position}") if is_unknown(one) else one for position, one in enumerate(values)]
