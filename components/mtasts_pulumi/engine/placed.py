"""The place of each domain, from the engine's state: zones, host group, and how far a move has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mtasts.changes.moves import Arrival, Placed
from mtasts.live.project import Project
from mtasts.policy.config import DnsZone
from mtasts.policy.published_names import ARRIVED, DISTRIBUTION, DOMAIN_TYPE, GROUP_INPUT, MOVE, STASH_TYPE
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.providers import of_host, of_record
from mtasts_pulumi.engine.published import deployment
from mtasts_pulumi.engine.state import read_state


def known_places(project: Project, stack: str, environ: Mapping[str, str]) -> Mapping[str, Placed]:
    """By mail domain; none for a stack that is not there. Raises CannotLook when the backend does not answer."""
    return places_of(deployment(project, stack, environ))


def places_of(state: Mapping[str, Any]) -> Mapping[str, Placed]:
    """From the `deployment` object of a checkpoint or of `stack export`. Tolerates anything that is missing."""
    modes = read_state(state).published
    zones: dict[str, set[DnsZone]] = {}
    arrived: dict[str, Arrival] = {}
    groups: dict[str, str] = {}
    hosts: dict[str, str] = {}
    for resource in state.get("resources") or []:
        kind, inputs = str(resource.get("type", "")), resource.get("inputs")
        name = str(resource.get("urn", "")).rsplit("::", 1)[-1]
        if not isinstance(inputs, Mapping):
            continue
        if kind == DOMAIN_TYPE:
            groups[name] = str(inputs.get(GROUP_INPUT, ""))
        elif (provider := of_record(kind)) and not resource.get("delete"):
            record = provider.records.read(inputs)
            domain = record.name.removeprefix(txt_name(""))
            if domain != record.name and record.zone:
                zones.setdefault(domain, set()).add(DnsZone(provider.key, record.zone))
        elif (hosting := of_host(kind)) and not resource.get("delete"):
            for host in hosting.host_names(inputs):
                hosts[host.removeprefix(policy_host(""))] = name.removesuffix(DISTRIBUTION)
        elif kind == STASH_TYPE and name.endswith(MOVE):
            moved = _arrived(resource.get("outputs"))
            if moved is not None:
                arrived[name.removesuffix(MOVE)] = moved
    return {
        domain: Placed(
            frozenset(zones.get(domain, ())),
            hosts.get(domain) or groups.get(domain, ""),
            modes.get(domain, ""),
            arrived.get(domain),
        )
        for domain in zones.keys() | hosts.keys()
    }


def _arrived(outputs: Any) -> Arrival | None:
    """None also for what earlier versions noted, without the zone: it may have been the other one."""
    told = outputs.get("output") if isinstance(outputs, Mapping) else None
    word, _, rest = told.partition(" ") if isinstance(told, str) else ("", "", "")
    at, _, zone = rest.partition(" ")
    if word != ARRIVED or not zone:
        return None
    try:
        return Arrival(zone, datetime.fromisoformat(at))
    except ValueError:
        return None
