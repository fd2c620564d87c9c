"""DNS adapters: how each provider turns a wanted record into a resource. Another provider is one more module here.

A module is imported only when a domain uses it: the Cloudflare SDK alone costs about two seconds.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Protocol

import pulumi

_MODULES = {"cloudflare": "components.dns.cloudflare", "route53": "components.dns.route53"}


class DnsAdapter(Protocol):
    """The records this project publishes. `zone` is the provider's zone id; names are full, without the last dot."""

    def txt(
        self,
        resource_name: str,
        zone: pulumi.Input[str],
        name: pulumi.Input[str],
        value: pulumi.Input[str],
        ttl: int,
        opts: pulumi.ResourceOptions,
    ) -> pulumi.CustomResource:
        """One TXT record whose joined text is `value`."""
        ...

    def text(self, record: pulumi.CustomResource) -> pulumi.Output[str]:
        """What a TXT record made by `txt` says by the provider, its strings joined."""
        ...

    def validation(
        self,
        resource_name: str,
        zone: pulumi.Input[str],
        name: pulumi.Input[str],
        target: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.CustomResource:
        """The CNAME by which a certificate authority sees that the name is ours."""
        ...

    def host(
        self,
        resource_name: str,
        zone: pulumi.Input[str],
        name: pulumi.Input[str],
        distribution_name: pulumi.Input[str],
        distribution_zone: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> Sequence[pulumi.CustomResource]:
        """What leads `name` to a CloudFront distribution, over IPv4 and IPv6."""
        ...


def adapter(provider: str) -> DnsAdapter:
    """The adapter of `provider`, imported now. Raises ValueError for a name not known here."""
    if provider not in _MODULES:
        raise ValueError(f'dns provider "{provider}" is not one of {", ".join(sorted(_MODULES))}')
    module: DnsAdapter = importlib.import_module(_MODULES[provider])
    return module


def derived(value: pulumi.Input[str], change: Callable[[str], str]) -> pulumi.Input[str]:
    """`change` of `value`, at once where it is known: the SDK waits for outputs in a time quadratic in their number."""
    if isinstance(value, str):
        return change(value)
    output: pulumi.Output[str] = value if isinstance(value, pulumi.Output) else pulumi.Output.from_input(value)
    return output.apply(change)


def strings(value: str) -> list[str]:
    """`value` cut into the strings of at most 255 bytes that a TXT record is made of (RFC 1035 s3.3.14). ASCII only."""
    return [value[start : start + 255] for start in range(0, len(value), 255)] or [""]
