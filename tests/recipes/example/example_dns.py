"""A DNS provider as another distribution ships one: nothing of it stands in the project."""

import re
from collections.abc import Sequence
from typing import Any

from mtasts.providers.cause import ZONE, cause
from mtasts.providers.provider import Change, Credentials, DnsProvider, Inputs, Record, Stated


class _Records:
    def txt(self, zone: str, name: str, value: Any, ttl: int, change: Change) -> Record:
        return _record(zone, name, "TXT", change(lambda text: f'"{text}"', value), ttl)

    def validation(self, zone: str, name: Any, target: Any, change: Change) -> Record:
        return _record(zone, change(lambda text: text.rstrip("."), name), "CNAME", target, 600)

    def host(self, zone: str, name: str, target: Any, target_zone: Any) -> Sequence[Record]:
        return [self.cname(zone, name, target)]

    def cname(self, zone: str, name: str, target: Any) -> Record:
        return _record(zone, name, "CNAME", target, 600, "cname")

    def read(self, inputs: Inputs) -> Stated:
        data = inputs.get("rrdatas") or [""]
        name, zone, kind = (str(inputs.get(key, "")) for key in ("dnsName", "managedZone", "rrtype"))
        return Stated(zone, name, kind, int(inputs.get("ttl") or 0), self.text(data))

    def text(self, outputs: Any) -> str:
        return str(outputs[0]).strip('"')


def _record(zone: str, name: Any, kind: str, data: Any, ttl: int, part: str = "") -> Record:
    inputs = {"managedZone": zone, "dnsName": name, "rrtype": kind, "rrdatas": [data], "ttl": ttl}
    return Record(kind, inputs, part)


PROVIDER = DnsProvider(
    key="exampledns",
    title="Example DNS",
    zone_id=re.compile(r"zone[0-9]{4}", re.ASCII),
    zone_id_words="zone and four digits",
    zone_id_example="zone0001",
    record_type="example:dns/recordSet:RecordSet",
    text_property="rrdatas",
    sdk="example-dns",
    records=_Records(),
    credentials=Credentials(
        package="example",
        variables=(("EXAMPLE_DNS_KEY",),),
        settings=frozenset({"example:key"}),
        missing="no Example DNS credentials, which {uses} needs",
        hint="set EXAMPLE_DNS_KEY",
    ),
    causes=(cause(r"E-1042", "Example DNS has no such zone for {record}", ZONE, "Example DNS, error codes"),),
    ttl_least=120,
    name_servers=re.compile(r"ns[0-9]\.example-dns\.example"),
    other_names=("example dns",),
)
