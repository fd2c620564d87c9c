"""Finds the zone of a mail domain: its name servers show the DNS provider, the provider's API gives the zone's id.

Names are given and compared in A-labels without a last dot.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtasts.errors import CannotLook
from mtasts.live.dns_api import api_of
from mtasts.live.resolver import Resolver
from mtasts.providers import PROVIDERS


@dataclass(frozen=True, slots=True)
class FoundZone:
    """`id` is the provider's id of the zone `name`."""

    provider: str
    id: str
    name: str


async def name_servers(domain: str, resolver: Resolver) -> tuple[str, ...]:
    """The name servers of the zone that holds `domain`; empty where DNS does not answer.

    A name that DNS does not tell of may be a zone of its own, so nobody climbs past it.
    """
    for name in _and_above(domain):
        answer = await resolver.ask(name, "NS")
        if answer.found:
            return tuple(sorted(value.rstrip(".").lower() for value in answer.values))
        if not answer.absent:
            return ()
    return ()


def provider_of(servers: Sequence[str]) -> str | None:
    """The provider that all these name servers belong to; None where they are of another one, or of several."""
    for key, provider in PROVIDERS.items():
        pattern = provider.name_servers
        if pattern and servers and all(pattern.fullmatch(server) for server in servers):
            return key
    return None


def find_zone(domain: str, provider: str, environ: Mapping[str, str]) -> FoundZone | None:
    """The zone of `provider` in the account of the present credentials that is closest to `domain`, or None.

    None also without credentials. Raises CannotLook when the API refuses or does not answer, and for two public zones
    of one name, of which only the owner knows which one is delegated.
    """
    api = api_of(PROVIDERS[provider])
    ask = api.zones(environ) if api else None
    if ask is None:
        return None
    for name in _and_above(domain):
        ids = ask(name)
        if len(ids) > 1:
            listed = ", ".join(sorted(ids))
            raise CannotLook(f"{provider} has {len(ids)} zones named {name}: {listed}", "name the right one: --zone ID")
        if ids:
            return FoundZone(provider, ids[0], name)
    return None


def _and_above(domain: str) -> Iterator[str]:
    """The domain and the names above it, but no top-level domain."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        yield ".".join(labels[start:])
