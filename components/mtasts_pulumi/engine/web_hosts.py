"""The web hosts that a stack has made, by the engine's state, and which mail domains are led to them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mtasts.policy.published_names import DISTRIBUTION
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.providers import of_host, of_record


@dataclass(frozen=True, slots=True)
class WebHost:
    """A distribution of this stack. `id`: the provider's; `name`: its own, `d….cloudfront.net`."""

    id: str
    name: str


def web_hosts(deployment: Mapping[str, Any]) -> dict[str, WebHost]:
    """By host group, from the `deployment` object of a state. Tolerates anything that is missing."""
    found = {}
    for name, resource in _living(deployment):
        if of_host(str(resource.get("type", ""))):
            outputs = resource.get("outputs")
            own = str(outputs.get("domainName", "")) if isinstance(outputs, Mapping) else ""
            if resource.get("id") and own:
                found[name.removesuffix(DISTRIBUTION)] = WebHost(str(resource["id"]), own)
    return found


def led_here(deployment: Mapping[str, Any]) -> frozenset[str]:
    """The mail domains of which the state has a record at the policy host, or the `_mta-sts` TXT."""
    found = set()
    for _, resource in _living(deployment):
        provider, inputs = of_record(str(resource.get("type", ""))), resource.get("inputs")
        if provider and isinstance(inputs, Mapping):
            name = provider.records.read(inputs).name
            for prefix in (policy_host(""), txt_name("")):
                if name.startswith(prefix):
                    found.add(name.removeprefix(prefix))
    return frozenset(found)


def _living(deployment: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in deployment.get("resources") or []:
        if isinstance(resource, Mapping) and not resource.get("delete"):
            yield str(resource.get("urn", "")).rsplit("::", 1)[-1], resource
