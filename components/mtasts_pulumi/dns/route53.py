"""Route 53 records.

Quirks, last looked at 2026-11: the provider adds the outer quotes of a TXT value itself, and wants a longer one cut
with `""` inside; ACM's names end in a dot, which Route 53 takes; an alias needs the distribution's own hosted zone.
"""

from collections.abc import Sequence

import pulumi
from pulumi_aws.route53 import Record  # by name, which loads the package now: not safe for threads later

from mtasts_pulumi.dns import Name, derived, strings

_VALIDATION_TTL = 300


def txt(
    resource_name: Name,
    zone: pulumi.Input[str],
    name: pulumi.Input[str],
    value: pulumi.Input[str],
    ttl: int,
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """See `DnsAdapter.txt`."""
    content = derived(value, lambda text: '""'.join(strings(text)))
    record: pulumi.CustomResource = Record(
        str(resource_name),
        zone_id=zone,
        name=name,
        type="TXT",
        ttl=ttl,
        records=[content],
        opts=resource_name.options(opts),
    )
    return record


def text(record: pulumi.CustomResource) -> pulumi.Output[str]:
    """See `DnsAdapter.text`."""
    records: pulumi.Output[Sequence[str]] = record.records  # type: ignore[attr-defined]
    return records.apply(lambda values: values[0].replace('""', ""))


def validation(
    resource_name: Name,
    zone: pulumi.Input[str],
    name: pulumi.Input[str],
    target: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.CustomResource:
    """See `DnsAdapter.validation`.

    ACM asks for the same record for the same name and account each time, so what stands there is the wanted value:
    it may be written over.
    """
    record: pulumi.CustomResource = Record(
        str(resource_name),
        zone_id=zone,
        name=name,
        type="CNAME",
        ttl=_VALIDATION_TTL,
        records=[target],
        allow_overwrite=True,
        opts=resource_name.options(opts),
    )
    return record


def host(
    resource_name: Name,
    zone: pulumi.Input[str],
    name: pulumi.Input[str],
    distribution_name: pulumi.Input[str],
    distribution_zone: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.CustomResource]:
    """See `DnsAdapter.host`: A and AAAA aliases, which cost no query and give both families."""
    alias = {"name": distribution_name, "zone_id": distribution_zone, "evaluate_target_health": False}
    names = {kind: resource_name.part(kind.lower()) for kind in ("A", "AAAA")}
    return [
        Record(str(each), zone_id=zone, name=name, type=kind, aliases=[alias], opts=each.options(opts))
        for kind, each in names.items()
    ]
