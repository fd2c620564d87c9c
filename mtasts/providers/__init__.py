"""The DNS providers: the project's own, and each that an installed distribution brings.

Another distribution brings one as an entry point of the group `mtasts.dns_providers`, whose value is a `DnsProvider`
(docs/contributing.md). The project's own are listed here, so that they are known in a checkout that nobody installed.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final

from mtasts.errors import CannotLook
from mtasts.providers import cloudflare, route53
from mtasts.providers.provider import DnsProvider

GROUP: Final = "mtasts.dns_providers"
_OWN: Final = (cloudflare.PROVIDER, route53.PROVIDER)


def _every() -> Mapping[str, DnsProvider]:
    """By key, sorted. Raises CannotLook for one that cannot be loaded, or whose key another one has."""
    found = {provider.key: provider for provider in _OWN}
    for point in entry_points(group=GROUP):
        hint = f"update or uninstall {point.dist.name if point.dist else point.value}, which brings it"
        try:
            provider = point.load()
        except Exception as error:  # whatever a stranger's module raises
            raise CannotLook(f"the DNS provider {point.name} cannot be loaded: {error}", hint) from error
        if not isinstance(provider, DnsProvider):
            raise CannotLook(f"the DNS provider {point.name}: {point.value} is not a DnsProvider", hint)
        if provider.key in found:
            raise CannotLook(f"there are two DNS providers named {provider.key}", hint)
        found[provider.key] = provider
    return MappingProxyType(dict(sorted(found.items())))


PROVIDERS: Final = _every()
_BY_TYPE: Final = {provider.record_type: provider for provider in PROVIDERS.values()}


def of_record(resource_type: str) -> DnsProvider | None:
    """The provider whose record has this type token; None for any other resource."""
    return _BY_TYPE.get(resource_type)


__all__ = ["GROUP", "PROVIDERS", "DnsProvider", "of_record"]
