"""Route 53.

Quirks, last looked at 2026-11: the provider adds the outer quotes of a TXT value itself, and wants a longer one cut
with `""` inside; ACM's names end in a dot, which Route 53 takes; an alias needs the distribution's own hosted zone.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from mtasts.providers import aws
from mtasts.providers.aws import is_alias_proof
from mtasts.providers.cause import GONE, TAKEN, ZONE, cause
from mtasts.providers.provider import Change, DnsProvider, Inputs, Record, Stated, stated, strings

_VALIDATION_TTL: Final = 300
_HOST_TTL: Final = 300
_CHANGES: Final = "Route 53 API reference, ChangeResourceRecordSets"


class _Records:
    def txt(self, zone: str, name: str, value: Any, ttl: int, change: Change) -> Record:
        content = change(_cut, value)
        return Record("TXT", {"zoneId": zone, "name": name, "type": "TXT", "ttl": ttl, "records": [content]})

    def validation(self, zone: str, name: Any, target: Any, change: Change) -> Record:
        del change
        # ACM asks for the same record for the same name and account each time, so what stands there is the wanted
        # value: it may be written over.
        inputs = {"zoneId": zone, "name": name, "type": "CNAME", "ttl": _VALIDATION_TTL, "records": [target]}
        return Record("CNAME", inputs | {"allowOverwrite": True})

    def host(self, zone: str, name: str, target: Any, target_zone: Any) -> Sequence[Record]:
        # Aliases cost no query and give both families.
        alias = {"name": target, "zoneId": target_zone, "evaluateTargetHealth": False}
        return [
            Record(kind, {"zoneId": zone, "name": name, "type": kind, "aliases": [alias]}, kind.lower())
            for kind in ("A", "AAAA")
        ]

    def cname(self, zone: str, name: str, target: Any) -> Record:
        inputs = {"zoneId": zone, "name": name, "type": "CNAME", "ttl": _HOST_TTL, "records": [target]}
        return Record("CNAME", inputs, "cname")

    def read(self, inputs: Inputs) -> Stated:
        records = inputs.get("records")
        if isinstance(records, list) and records:
            return stated(inputs, self.text(records))
        aliases = inputs.get("aliases")
        alias = aliases[0] if isinstance(aliases, list) and aliases else None
        name = alias.get("name") if isinstance(alias, dict) else None
        return stated(inputs, name if isinstance(name, str) else None)

    def text(self, outputs: Any) -> str:
        # A record set as somebody left it may have CloudFront's proof beside the record (docs/decisions/adopt.md).
        texts = [str(value).strip('"').replace('""', "") for value in outputs]
        return next((text for text in texts if not is_alias_proof(text)), texts[0])


def _cut(text: str) -> str:
    return '""'.join(strings(text))


def _identity(inputs: Inputs) -> str:
    return f"{inputs['zoneId']}_{str(inputs['name']).rstrip('.').lower()}_{inputs['type']}"


PROVIDER: Final = DnsProvider(
    key="route53",
    title="Route 53",
    zone_id=re.compile(r"Z[A-Z0-9]{1,31}", re.ASCII),
    zone_id_words="Z and up to 31 capitals or digits",
    zone_id_example="Z0123456789EXAMPLE",
    record_type="aws:route53/record:Record",
    text_property="records",
    sdk="pulumi_aws",
    records=_Records(),
    credentials=aws.CREDENTIALS,
    causes=(
        cause(
            r"Tried to create resource record set .* but it already exists",
            "{record} is there already, and is not ours",
            TAKEN,
            _CHANGES,
        ),
        cause(
            r"it is not there any more|Tried to delete resource record set .* but (?:it was not found|the values)",
            "{record} was changed or deleted by hand",
            GONE,
            _CHANGES,
        ),
        cause(
            r"conflicts with other records",
            "{record} has another record, and a CNAME stands alone",
            TAKEN,
            f"{_CHANGES}; RFC 1034 s3.6.2",
        ),
        cause(
            r"is not permitted in zone|must be the full name in zone",
            "{record} does not belong into its zone, which is that of another domain",
            ZONE,
            f"{_CHANGES}; docs/decisions/sandbox-cloud.md",
        ),
        cause(
            r"NoSuchHostedZone|(?i:(?:no|could not find|invalid|unknown) .{0,40}zone|zone.{0,20}not found)",
            "its DNS zone is not there",
            ZONE,
            _CHANGES,
        ),
    ),
    told=aws.TOLD,
    name_servers=re.compile(r"ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)"),
    other_names=("aws", "amazon", "amazon route 53", "route 53", "r53"),
    identity=_identity,
    api="mtasts.live.route53",
)
