"""Records that stay in DNS when a domain is released, and how another tool takes each over without changing it. Pure.

Forms looked at 2026-11: Terraform and OpenTofu (language: import blocks; resources aws_route53_record and
cloudflare_dns_record, section Import), `pulumi import`, octoDNS 1.22 with octodns-route53 1.3.1 (record.py) and its
zone files in YAML, where a `;` is written `\\;`.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.providers import of_record

Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handed:
    """One record of `domain`. `type`: of the engine's resource; `id`: the provider's own; `inputs`: as it was made.

    `value`: of a TXT its joined text, of a CNAME its target, of an alias where it leads; without the last dot.
    """

    domain: str
    type: str
    id: str
    inputs: Inputs

    @property
    def provider(self) -> str:
        """The provider's key, "" for one that is not installed."""
        found = of_record(self.type)
        return found.key if found else ""

    @property
    def zone(self) -> str:
        """The provider's id of its zone."""
        return self._stated.zone if self._stated else ""

    @property
    def name(self) -> str:
        """The whole name, without the last dot."""
        return self._stated.name if self._stated else ""

    @property
    def kind(self) -> str:
        """TXT, CNAME, A, AAAA."""
        return self._stated.kind if self._stated else ""

    @property
    def ttl(self) -> int:
        """In seconds; 0 for an alias, which has none of its own."""
        return self._stated.ttl if self._stated else 0

    @property
    def value(self) -> str:
        """See above."""
        if self.kind == "TXT":
            return (self._stated and self._stated.text) or ""
        if alias := self.alias:
            return str(alias.get("name", "")).rstrip(".")
        records = self.inputs.get("records")
        told = records[0] if isinstance(records, list) and records else self.inputs.get("content", "")
        return str(told).rstrip(".")

    @property
    def alias(self) -> Inputs:
        """Of an alias of Route 53: `name`, `zoneId`, `evaluateTargetHealth`; else empty."""
        aliases = self.inputs.get("aliases")
        first = aliases[0] if isinstance(aliases, list) and aliases else None
        return first if isinstance(first, Mapping) else {}

    @property
    def import_id(self) -> str:
        """How Terraform and Pulumi call it: Cloudflare's id stands behind that of its zone."""
        return f"{self.zone}/{self.id}" if self.provider == "cloudflare" else self.id

    @property
    def label(self) -> str:
        """A name for it in another tool: letters, digits and underscores."""
        parts = {txt_name(self.domain): "mta_sts", record_name(self.domain): "tls_rpt"}
        host = f"policy_host_{self.kind.lower()}" if self.name == policy_host(self.domain) else "validation"
        return re.sub(r"[^a-z0-9_]", "_", f"{self.domain}_{parts.get(self.name, host)}".lower())

    @property
    def _stated(self) -> Any:
        found = of_record(self.type)
        return found.records.read(self.inputs) if found else None


def terraform(records: Iterable[Handed]) -> str:
    """Import blocks with their resources (Terraform from 1.5, OpenTofu from 1.6): a plan shows imports alone."""
    return "\n".join(block for record in records if (block := _terraform(record)))


def pulumi(records: Iterable[Handed]) -> str:
    """Commands that take each into another Pulumi project."""
    return "".join(
        f"pulumi import {record.type} {record.label.replace('_', '-')} {shlex.quote(record.import_id)}\n"
        for record in records
    )


def octodns(domain: str, records: Sequence[Handed]) -> str:
    """The lines of a zone file; its names are relative to a zone that begins at `domain`."""
    lines = []
    for name in dict.fromkeys(record.name for record in records):
        lines += [
            f"{_quoted(name.removesuffix(f'.{domain}'))}:",
            *_octodns([one for one in records if one.name == name]),
        ]
    return "".join(f"{line}\n" for line in lines)


def _terraform(record: Handed) -> str:
    made = _TERRAFORM.get(record.provider)
    if made is None:
        return ""
    kind, fields = made(record)
    address = f"{kind}.{record.label}"
    body = "\n".join(f"  {line}" for line in fields)
    return f"import {{\n  to = {address}\n  id = {_hcl(record.import_id)}\n}}\n\n" + (
        f'resource "{kind}" "{record.label}" {{\n{body}\n}}\n'
    )


def _route53(record: Handed) -> tuple[str, list[str]]:
    fields = [f"zone_id = {_hcl(record.zone)}", f"name = {_hcl(record.name)}", f"type = {_hcl(record.kind)}"]
    if alias := record.alias:
        health = "true" if alias.get("evaluateTargetHealth") else "false"
        inside = [f"name = {_hcl(record.value)}", f"zone_id = {_hcl(str(alias.get('zoneId')))}"]
        inside.append(f"evaluate_target_health = {health}")
        return "aws_route53_record", [*fields, "alias {", *(f"  {line}" for line in inside), "}"]
    values = ", ".join(_hcl(str(value)) for value in record.inputs.get("records") or ())
    return "aws_route53_record", [*fields, f"ttl = {record.ttl}", f"records = [{values}]"]


def _cloudflare(record: Handed) -> tuple[str, list[str]]:
    fields = [
        f"zone_id = {_hcl(record.zone)}",
        f"name = {_hcl(record.name)}",
        f"type = {_hcl(record.kind)}",
        f"content = {_hcl(str(record.inputs.get('content', '')))}",
        f"ttl = {record.ttl}",
        f"proxied = {'true' if record.inputs.get('proxied') else 'false'}",
    ]
    comment = record.inputs.get("comment")
    return "cloudflare_dns_record", [*fields, *([f"comment = {_hcl(str(comment))}"] if comment else [])]


_TERRAFORM: Final[Mapping[str, Callable[[Handed], tuple[str, list[str]]]]] = {
    "route53": _route53,
    "cloudflare": _cloudflare,
}


def _octodns(records: Sequence[Handed]) -> Iterator[str]:
    """What stands below one name."""
    if records[0].alias:
        yield "  type: Route53Provider/ALIAS"
        yield "  values:"
        for record in records:
            yield f"  - type: {record.kind}"
            yield f"    name: {_quoted(record.value + '.')}"
            yield f"    hosted-zone-id: {_quoted(str(record.alias.get('zoneId')))}"
            yield f"    evaluate-target-health: {'true' if record.alias.get('evaluateTargetHealth') else 'false'}"
        return
    for record in records:  # one
        yield f"  type: {record.kind}"
        yield f"  ttl: {record.ttl}"
        value = record.value.replace(";", "\\;") if record.kind == "TXT" else f"{record.value}."
        yield f"  value: {_quoted(value)}"


def _hcl(text: str) -> str:
    """A quoted string of HCL: as JSON has it, and no template begins in it."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


def _quoted(text: str) -> str:
    """A single-quoted scalar of YAML, in which a backslash is itself."""
    return "'" + text.replace("'", "''") + "'"
