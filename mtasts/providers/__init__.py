"""The DNS providers and the hosting backends: the project's own, and each that an installed distribution brings.

Another distribution brings one as an entry point of the group `mtasts.dns_providers`, whose value is a `DnsProvider`,
or `mtasts.hosting`, whose value is a `Hosting` (docs/contributing.md). The project's own are listed here, so that they
are known in a checkout that nobody installed.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final, TypeVar

from mtasts.errors import CannotLook
from mtasts.providers import cloudflare, route53, s3_cloudfront
from mtasts.providers.hosting import Hosting
from mtasts.providers.provider import DnsProvider

GROUP: Final = "mtasts.dns_providers"
HOSTING_GROUP: Final = "mtasts.hosting"

T = TypeVar("T", DnsProvider, Hosting)

_POINTS: Final = entry_points()


def _every(group: str, what: str, own: Sequence[T]) -> Mapping[str, T]:
    """By key, sorted. Raises CannotLook for one that cannot be loaded, or whose key another one has."""
    found = {each.key: each for each in own}
    kind = type(own[0])
    for point in _POINTS.select(group=group):
        hint = f"update or uninstall {point.dist.name if point.dist else point.value}, which brings it"
        try:
            brought = point.load()
        except Exception as error:  # whatever a stranger's module raises
            raise CannotLook(f"the {what} {point.name} cannot be loaded: {error}", hint) from error
        if not isinstance(brought, kind):
            raise CannotLook(f"the {what} {point.name}: {point.value} is not a {kind.__name__}", hint)
        if brought.key in found:
            raise CannotLook(f"there are two {what}s named {brought.key}", hint)
        found[brought.key] = brought
    return MappingProxyType(dict(sorted(found.items())))


PROVIDERS: Final = _every(GROUP, "DNS provider", (cloudflare.PROVIDER, route53.PROVIDER))
HOSTINGS: Final = _every(HOSTING_GROUP, "hosting backend", (s3_cloudfront.HOSTING,))
# What `mtasts up` publishes with.
HOSTING: Final = s3_cloudfront.HOSTING
_BY_TYPE: Final = {provider.record_type: provider for provider in PROVIDERS.values()}


def of_record(resource_type: str) -> DnsProvider | None:
    """The provider whose record has this type token; None for any other resource."""
    return _BY_TYPE.get(resource_type)


def of_host(resource_type: str) -> Hosting | None:
    """The backend whose web host has this type token; None for any other resource."""
    return next((hosting for hosting in HOSTINGS.values() if hosting.host_type == resource_type), None)


__all__ = [
    "GROUP",
    "HOSTING",
    "HOSTINGS",
    "HOSTING_GROUP",
    "PROVIDERS",
    "DnsProvider",
    "Hosting",
    "of_host",
    "of_record",
]
