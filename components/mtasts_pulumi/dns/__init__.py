"""DNS adapters: how each provider turns a wanted record into a resource. Another provider is one more module here.

A module is imported only when a domain uses it.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NotRequired, Optional, Protocol, TypedDict

import pulumi

_MODULES = {"cloudflare": "mtasts_pulumi.dns.cloudflare", "route53": "mtasts_pulumi.dns.route53"}


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a resource in the program. A domain that moves has two of each record: each is named by its zone.

    `before` are ends that the name had when the domain did not move, or moved: the engine finds the record by them.
    """

    base: str
    end: str = ""
    before: tuple[str, ...] = ()

    def part(self, more: str) -> "Name":
        """The name of one of several resources."""
        return replace(self, base=f"{self.base}-{more}")

    def __str__(self) -> str:
        return f"{self.base}{self.end}"

    def options(self, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        """`opts`, with the names by which the engine may know the resource."""
        aliases = [pulumi.Alias(name=f"{self.base}{end}") for end in self.before]
        return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=aliases))


@dataclass(frozen=True, slots=True)
class Home:
    """A zone that a domain's records are in. `stays`: it is the only one, or the one that they go to."""

    provider: str
    zone: str
    end: str
    before: tuple[str, ...]
    stays: bool

    def name(self, base: str) -> Name:
        """The name of a record in this zone."""
        return Name(base, self.end, self.before)


class Zone(TypedDict):
    """A DNS zone."""

    provider: str
    """The DNS provider, by its name in a policy file, such as `route53`."""
    zone: str
    """The provider's id of the zone."""


class Place(Zone):
    """Where a mail domain's records are: one zone, and while it moves also the one that they leave."""

    leaving: NotRequired[Zone]
    """While the domain moves: the zone that its records leave. They are published in both."""


def homes(provider: str, zone: str, leaving: Optional[Zone] = None) -> Sequence[Home]:
    """Where a domain's records are: in one zone, or, while they move, in the one that they leave and the new one.

    No resource changes its name as long as its domain does not move. While it moves all are named by their zone, so
    that either of the two may be the one that is left in the end.
    """
    if leaving is None:
        return [Home(provider, zone, "", (_at(zone),), stays=True)]
    return [
        Home(leaving["provider"], leaving["zone"], _at(leaving["zone"]), ("",), stays=False),
        # The old zone may be named here, when a move is taken back.
        Home(provider, zone, _at(zone), (), stays=True),
    ]


def _at(zone: str) -> str:
    return f"-at-{zone}"


class DnsAdapter(Protocol):
    """The records this project publishes. `zone` is the provider's zone id; names are full, without the last dot."""

    def txt(
        self,
        resource_name: Name,
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
        resource_name: Name,
        zone: pulumi.Input[str],
        name: pulumi.Input[str],
        target: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.CustomResource:
        """The CNAME by which a certificate authority sees that the name is ours."""
        ...

    def host(
        self,
        resource_name: Name,
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
