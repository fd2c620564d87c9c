"""Cloudflare records.

Quirks, last looked at 2026-11: TXT content is sent in double quotes, else the API's answer differs from it for ever;
names are sent whole, since the API answers with the whole name; ACM's last dots are stripped by the API, so they are
not sent; a proxied policy host would answer with Cloudflare's certificate and loop, so nothing here is proxied.
"""

from collections.abc import Sequence
from importlib.metadata import version

import pulumi

from mtasts_pulumi.dns import Name, derived, strings

_TYPE = "cloudflare:index/dnsRecord:DnsRecord"
_COMMENT = "managed by mtasts; changes by hand are undone"
_HOST_TTL = 300


def txt(
    resource_name: Name,
    zone: pulumi.Input[str],
    name: pulumi.Input[str],
    value: pulumi.Input[str],
    ttl: int,
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """See `DnsAdapter.txt`."""
    return _record(resource_name, zone, name, "TXT", derived(value, _quoted), ttl, opts)


def text(record: pulumi.CustomResource) -> pulumi.Output[str]:
    """See `DnsAdapter.text`."""
    content: pulumi.Output[str] = record.content  # type: ignore[attr-defined]
    return content.apply(lambda value: value.strip('"').replace('" "', ""))


def validation(
    resource_name: Name,
    zone: pulumi.Input[str],
    name: pulumi.Input[str],
    target: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """See `DnsAdapter.validation`."""
    return _record(resource_name, zone, _undotted(name), "CNAME", _undotted(target), _HOST_TTL, opts)


def host(
    resource_name: Name,
    zone: pulumi.Input[str],
    name: pulumi.Input[str],
    distribution_name: pulumi.Input[str],
    distribution_zone: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.CustomResource]:
    """See `DnsAdapter.host`: one CNAME gives both families, so `distribution_zone` is not needed."""
    return [_record(resource_name.part("cname"), zone, name, "CNAME", distribution_name, _HOST_TTL, opts)]


def _record(
    resource_name: Name,
    zone: pulumi.Input[str],
    name: pulumi.Input[str],
    kind: str,
    content: pulumi.Input[str],
    ttl: int,
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    # Without the SDK's class for it: its package has no part that could be imported alone, and the whole takes longer
    # than all else that a run does with two domains. Only its version is asked for, by which the engine takes a plugin.
    inputs = {
        "zoneId": zone,
        "name": name,
        "type": kind,
        "content": content,
        "ttl": float(ttl),
        "proxied": False,
        "comment": _COMMENT,
    }
    plugin = pulumi.ResourceOptions(version=version("pulumi_cloudflare"))
    return pulumi.CustomResource(
        _TYPE, str(resource_name), inputs, pulumi.ResourceOptions.merge(plugin, resource_name.options(opts))
    )


def _quoted(text: str) -> str:
    return " ".join(f'"{part}"' for part in strings(text))


def _undotted(name: pulumi.Input[str]) -> pulumi.Input[str]:
    return derived(name, lambda text: text.rstrip("."))
