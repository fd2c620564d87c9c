"""Hosting backends: what makes the place of the policies, the web hosts and the policy files."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

from mtasts.providers import HOSTINGS
from mtasts_pulumi.hosting.backend import HostingBackend

# All are loaded now: an SDK's package is not safe to be loaded by threads later.
BACKENDS: Final[Mapping[str, HostingBackend]] = MappingProxyType(
    {key: import_module(hosting.backend) for key, hosting in HOSTINGS.items()}
)


def backend_of(key: str) -> HostingBackend:
    """Raises ValueError for a name not known here."""
    if key not in BACKENDS:
        raise ValueError(f'hosting backend "{key}" is not one of {", ".join(BACKENDS)}')
    return BACKENDS[key]


__all__ = ["BACKENDS", "HostingBackend", "backend_of"]
