"""DNS records as resources of the engine, by what each provider says of them (`mtasts.providers`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, NotRequired, Optional, TypedDict

import pulumi

from mtasts.policy.published_names import at_zone
from mtasts.providers import PROVIDERS
from mtasts.providers.provider import DnsProvider, Record

Existing = Mapping[str, str]
"""For the resource of a record that is taken over, by its name: the engine's import id of what stands there."""
NONE: Existing = MappingProxyType({})


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
    """A zone that a domain's records are in. `stays`: it is the only one, or the one that they go to.

    `account`: the engine's provider that makes them, None for the default one.
    """

    provider: str
    zone: str
    end: str
    before: tuple[str, ...]
    stays: bool
    account: Optional[pulumi.ProviderResource] = None

    def name(self, base: str) -> Name:
        """The name of a record in this zone."""
        return Name(base, self.end, self.before)


class Zone(TypedDict):
    """A DNS zone."""

    provider: str
    """The DNS provider, by its name in a policy file, such as `route53`."""
    zone: str
    """The provider's id of the zone."""
    account: NotRequired[Optional[pulumi.ProviderResource]]
    """The engine's provider through which its records are made, for a zone in another account than the stack's own."""


class Place(Zone):
    """Where a mail domain's records are: one zone, and while it moves also the one that they leave."""

    leaving: NotRequired[Zone]
    """While the domain moves: the zone that its records leave. They are published in both."""


def homes(place: Place) -> Sequence[Home]:
    """Where a domain's records are: in one zone, or, while they move, in the one that they leave and the new one.

    No resource changes its name as long as its domain does not move. While it moves all are named by their zone, so
    that either of the two may be the one that is left in the end.
    """
    provider, zone, account, leaving = place["provider"], place["zone"], place.get("account"), place.get("leaving")
    if leaving is None:
        return [Home(provider, zone, "", (at_zone(zone),), True, account)]
    end = at_zone(leaving["zone"])
    return [
        Home(leaving["provider"], leaving["zone"], end, ("",), False, leaving.get("account")),
        # The old zone may be named here, when a move is taken back.
        Home(provider, zone, at_zone(zone), (), True, account),
    ]


def txt(
    resource_name: Name,
    home: Home,
    name: str,
    value: pulumi.Input[str],
    ttl: int,
    opts: pulumi.ResourceOptions,
    existing: Existing = NONE,
) -> pulumi.CustomResource:
    """One TXT record whose joined text is `value`. `name` is whole, without the last dot, as below."""
    record = provider_of(home).records.txt(home.zone, name, value, ttl, changed)
    return _register(home, resource_name, record, opts, existing)


def text(home: Home, record: pulumi.CustomResource) -> pulumi.Output[str]:
    """What a TXT record made by `txt` says by the provider, its strings joined."""
    provider = provider_of(home)
    told: pulumi.Output[Any] = getattr(record, provider.text_property)
    return told.apply(provider.records.text)


def validation(
    resource_name: Name,
    home: Home,
    name: pulumi.Input[str],
    target: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    existing: Existing = NONE,
) -> pulumi.CustomResource:
    """The CNAME by which a certificate authority sees that the name is ours."""
    record = provider_of(home).records.validation(home.zone, name, target, changed)
    return _register(home, resource_name, record, opts, existing)


def host(
    resource_name: Name,
    home: Home,
    name: str,
    target: pulumi.Input[str],
    target_zone: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    existing: Existing = NONE,
    *,
    host_record: str = "",
) -> Sequence[pulumi.CustomResource]:
    """What leads `name` to a web host, over IPv4 and IPv6; `host_record` as in a policy file."""
    return [
        _register(home, resource_name.part(record.part), record, opts, existing)
        for record in _host_records(home, name, target, target_zone, host_record)
    ]


def host_parts(home: Home, host_record: str = "") -> Sequence[tuple[str, str]]:
    """What `host` would make: the ends of the resources' names, and their record types."""
    return [(record.part, record.kind) for record in _host_records(home, "", "", "", host_record)]


def _host_records(
    home: Home, name: str, target: pulumi.Input[str], target_zone: pulumi.Input[str], host_record: str
) -> Sequence[Record]:
    records = provider_of(home).records
    if host_record:
        return [records.cname(home.zone, name, target)]
    return records.host(home.zone, name, target, target_zone)


def provider_of(home: Home) -> DnsProvider:
    """Raises ValueError for a name not known here."""
    if home.provider not in PROVIDERS:
        raise ValueError(f'dns provider "{home.provider}" is not one of {", ".join(PROVIDERS)}')
    return PROVIDERS[home.provider]


def _register(
    home: Home, resource_name: Name, record: Record, opts: pulumi.ResourceOptions, existing: Existing
) -> pulumi.CustomResource:
    provider = provider_of(home)
    # Without the SDK's class for it: Cloudflare's package has no part that could be imported alone, and the whole takes
    # longer than all else that a run does with two domains; AWS's may not be loaded by two threads at once. Only its
    # version is asked for, by which the engine takes a plugin.
    plugin = pulumi.ResourceOptions(version=version(provider.sdk), provider=home.account)
    options = pulumi.ResourceOptions.merge(plugin, resource_name.options(opts))
    if str(resource_name) in existing:
        # What stands there is taken over; where it says something else, it is changed in place in the same run.
        options = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(import_=existing[str(resource_name)]))
    return pulumi.CustomResource(provider.record_type, str(resource_name), dict(record.inputs), options)


def changed(change: Callable[[str], str], value: pulumi.Input[str]) -> pulumi.Input[str]:
    """`change` of `value`, at once where it is known: the SDK waits for outputs in a time quadratic in their number."""
    if isinstance(value, str):
        return change(value)
    output: pulumi.Output[str] = value if isinstance(value, pulumi.Output) else pulumi.Output.from_input(value)
    return output.apply(change)
