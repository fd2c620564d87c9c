"""Other tools that hold a mail domain's records, known by their marks, and how each lets go without deleting. Pure.

A record that two tools own is changed back or deleted by the other one, at any hour. Sources, looked at 2026-11:
octoDNS 1.22 (processor/ownership.py, processor/filter.py, processor/meta.py); external-dns 0.23 (docs/registry/txt.md,
docs/advanced/domain-filter.md); Terraform (language: removed blocks) and OpenTofu 1.10. All texts are somebody else's,
to be escaped by whoever prints them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mtasts.adoption.survey import StandingRecord, names_of
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.problem import quote
from mtasts.protocol.tls_rpt import record_name
from mtasts.words.counted import few

_SHOWN: Final = 6  # records or addresses named in one line


class Tool(StrEnum):
    """A tool that keeps records as it was told, by its own name."""

    OCTODNS = "octoDNS"
    EXTERNAL_DNS = "external-dns"
    TERRAFORM = "Terraform/OpenTofu"
    UNKNOWN = "another tool"


@dataclass(frozen=True, slots=True)
class Release:
    """How a tool lets go of records without deleting them: `steps` in order, a line each.

    `snippet` is what goes into `file` of that tool as it stands, "" where a step says all.
    """

    steps: tuple[str, ...]
    file: str = ""
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A tool that owns records of a mail domain: which (`TYPE NAME` each), how that is known, and the way out."""

    tool: Tool
    records: tuple[str, ...]
    evidence: str
    release: Release


@dataclass(frozen=True, slots=True)
class InState:
    """A record that a Terraform or OpenTofu state holds.

    `address`: the instance's, such as `module.mail.aws_route53_record.txt["a.example"]`.
    """

    address: str
    kind: str
    name: str

    @property
    def resource(self) -> str:
        """The address without the keys of count and for_each, as a `removed` block wants it."""
        return without_keys(self.address)


# A key of count or for_each: digits, or a string as JSON writes it.
_KEY: Final = re.compile(r'\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\]')
_HOST_TYPES: Final = ("CNAME", "A", "AAAA")
_OCTODNS_VALUE: Final = "*octodns*"  # OwnershipProcessor's default
_OCTODNS_META: Final = re.compile(r"octodns-version=|^provider=[^ ]+$|^(?:time|uuid)=[0-9a-fA-F]")
_HERITAGE: Final = re.compile(r'^"?heritage=external-dns,')
_FIELD: Final = re.compile(r"external-dns/(owner|resource)=([^,\"]{1,200})")
_TOOLS_IN_WORDS: Final = (
    (Tool.TERRAFORM, re.compile(r"\b(?:terraform|opentofu|tofu|terragrunt)\b", re.IGNORECASE)),
    (Tool.OCTODNS, re.compile(r"\bocto-?dns\b", re.IGNORECASE)),
    (Tool.EXTERNAL_DNS, re.compile(r"\bexternal-?dns\b", re.IGNORECASE)),
    (Tool.UNKNOWN, re.compile(r"\b(?:managed|generated|controlled|owned) by\b|\bdo not edit\b", re.IGNORECASE)),
)
# What octoDNS calls its records: names relative to the zone, "/" begins a regular expression that is searched for. A
# plain entry is one name; these are the four names of the zone's own mail domain and of each one below it, and no mark
# of the ownership processor, which octoDNS shall take away.
OCTODNS_NAMES: Final = (r"/^_mta-sts(\.|$)/", r"/^_smtp\._tls(\.|$)/", r"/^(_[0-9a-f]+\.)?mta-sts(\.|$)/")


def marks(domain: str) -> tuple[str, ...]:
    """The names whose TXT records can hold a tool's mark for the records of `domain`, by the tools' defaults."""
    host = policy_host(domain)
    octodns = [f"_owner.TXT.{name}" for name in (txt_name(domain), record_name(domain))]
    octodns += [f"_owner.{kind}.{host}" for kind in _HOST_TYPES]
    # external-dns writes the type in front of the first label; until 0.18 also the name alone.
    external = [f"{kind}-{host}" for kind in _HOST_TYPES]
    texts = (f"txt-{txt_name(domain)}", f"txt-{record_name(domain)}")
    return tuple(
        name.lower() for name in (*octodns, f"octodns-meta.{domain}", f"meta.{domain}", *external, *texts, host)
    )


def owners(domain: str, records: Sequence[StandingRecord], state: Sequence[InState] = ()) -> tuple[Owner, ...]:
    """The tools that own records of `domain` (A-labels), each once.

    `records`: what stands at its names and at `marks(domain)`, from DNS or an account. `state`: every record of the
    states that were given, of other domains, too: a `removed` block takes all instances of a resource.
    """
    held = tuple(record for record in state if record.name in own_names(domain, record.name))
    found = [*_octodns(domain, records), *_external_dns(domain, records)]
    if held:
        found.append(
            Owner(Tool.TERRAFORM, _listed(held), "its state holds them", terraform_release(held, state)),
        )
    known = {owner.tool for owner in found}
    return (*found, *(owner for owner in _by_words(domain, records) if owner.tool not in known))


def own_names(domain: str, name: str) -> tuple[str, ...]:
    """The names of `domain`, with `name` among them if it proves to a CA that the policy host is ours."""
    proof = name.startswith("_") and name.partition(".")[2] == policy_host(domain)
    return (*names_of(domain), *([name] if proof else []))


def without_keys(address: str) -> str:
    """A resource's address without the keys of its instances and of its modules' instances."""
    return _KEY.sub("", address)


def octodns_release() -> Release:
    """For a whole zone, with all its mail domains: octoDNS knows nothing of the four names any more."""
    entries = "\n".join(f"      - {name}" for name in OCTODNS_NAMES)
    return Release(
        (
            "add the processor below, and name it first in the `processors` of the zone (or of `manager`), in front of"
            " an ownership processor; it leaves the names of every mail domain in the zone",
            "run octodns-sync: its plan must not name these records; a mark `_owner...` of them may be deleted. Not for"
            " a target that is a file (ZoneFileProvider, YamlProvider): it is written anew, without them",
            "take the records over; then take them out of octoDNS's own files, which changes nothing any more",
        ),
        "octoDNS's config",
        "processors:\n  not-mta-sts:\n    class: octodns.processor.filter.NameRejectlistFilter\n    rejectlist:\n"
        f"{entries}\n",
    )


def external_dns_release(domain: str, registry: Sequence[str] = (), source: str = "", owner: str = "") -> Release:
    """For the policy host. `registry`: the names of its marks; `source` and `owner`: what they say.

    With the marks gone and the source still there external-dns makes the record anew, so they go last.
    """
    host = policy_host(domain)
    whose = f" (owner id {quote(owner)})" if owner else ""
    where = f" of {quote(source)}" if source else " of its source (Ingress, Service, Gateway)"
    steps = (
        f"add the argument below to external-dns{whose}; with --regex-domain-filter it counts for nothing, and the name"
        " goes into --regex-domain-exclusion",
        f"take {host} out of the host names{where}",
        "take the record over; then the registry's TXT records may go: " + few(registry or ("none seen",), _SHOWN),
    )
    return Release(steps, "the arguments of external-dns", f"--exclude-domains={host}\n")


def terraform_release(held: Sequence[InState], state: Sequence[InState] = ()) -> Release:
    """For the records that a state holds; `state`: all of it, by which a resource is known to hold others, too.

    A `removed` block takes no instance key (Terraform, "removed block reference"), so it is written only for resources
    of which every instance is let go; for the others there is a command for each instance.
    """
    wanted = {record.address for record in held}
    more = Counter(record.resource for record in state if record.address not in wanted)
    whole = sorted({record.resource for record in held if not more[record.resource]})
    single = sorted(record.address for record in held if more[record.resource])
    blocks = "\n\n".join(
        f"removed {{\n  from = {one}\n\n  lifecycle {{\n    destroy = false\n  }}\n}}" for one in whole
    )
    commands = "\n".join(f"terraform state rm {_shell(one)}" for one in single)
    steps = []
    if whole:
        steps.append(
            "put the blocks below in the place of these resources and apply: Terraform from 1.7, OpenTofu from 1.10"
            " (before, a removed block has no lifecycle and never destroys); of a module that is not yours, use"
            " `terraform state rm ADDRESS` instead"
        )
    if single:
        steps.append(
            "run the commands below and take the same keys out of count or for_each before the next apply, which would"
            " make the records again; a removed block takes no key, and would let go of the other instances, too"
        )
    steps.append("a plan must say that none of them is created, changed or destroyed; then take the records over")
    snippet = "\n\n".join(part for part in (blocks, commands) if part)
    return Release(
        tuple(steps), "the Terraform configuration" if whole else "a shell", snippet + "\n" if snippet else ""
    )


def _octodns(domain: str, records: Sequence[StandingRecord]) -> Iterator[Owner]:
    marked = {record.name.lower() for record in records if _OCTODNS_VALUE in _plain(record)}
    owned = [
        f"{kind} {name}"
        for name, kinds in (*((text, ("TXT",)) for text in names_of(domain)[:2]), (policy_host(domain), _HOST_TYPES))
        for kind in kinds
        # `_owner` may have another name, the type and the record's own name follow it.
        if any(mark.partition(".")[2] == f"{kind}.{name}".lower() for mark in marked)
    ]
    if owned:
        yield Owner(Tool.OCTODNS, tuple(owned), f"marked by TXT records {quote(_OCTODNS_VALUE)}", octodns_release())
        return
    meta = [record for record in records if _is_meta(record)]
    if meta:
        text = (
            f"{meta[0].name} says {quote(_plain(meta[0])[0])}: it keeps the zone, and may delete what it does not know"
        )
        yield Owner(Tool.OCTODNS, (), text, octodns_release())


def _is_meta(record: StandingRecord) -> bool:
    first = record.name.partition(".")[0]
    return first in ("octodns-meta", "meta") and any(_OCTODNS_META.search(value) for value in _plain(record))


def _external_dns(domain: str, records: Sequence[StandingRecord]) -> Iterator[Owner]:
    heritage = [
        (record.name.lower(), value)
        for record in records
        for value in _plain(record)
        if record.kind == "TXT" and _HERITAGE.match(value) and _marks_host(record.name.lower(), domain)
    ]
    if not heritage:
        return
    said = dict(_FIELD.findall(heritage[0][1]))
    names = tuple(dict.fromkeys(name for name, _ in heritage))
    kinds = [kind for kind in _HOST_TYPES if any(re.search(rf"(?:^|[.-]){kind.lower()}[-.]", name) for name in names)]
    yield Owner(
        Tool.EXTERNAL_DNS,
        tuple(f"{kind} {policy_host(domain)}" for kind in kinds or ("A",)),
        f"{names[0]} says {quote(heritage[0][1], 120)}",
        external_dns_release(domain, names, said.get("resource", ""), said.get("owner", "")),
    )


def _marks_host(name: str, domain: str) -> bool:
    """Whether a mark is of the policy host: prefixes and suffixes are joined to its first label, which stays there."""
    ours, end = policy_host(domain), f".{domain}"
    return name == ours or (name.endswith(end) and "mta-sts" in name.removesuffix(end))


def _by_words(domain: str, records: Sequence[StandingRecord]) -> Iterator[Owner]:
    """By the comment or the tags of a record at Cloudflare: somebody says that it is kept by a tool."""
    found: dict[Tool, list[tuple[StandingRecord, str]]] = {}
    for record in records:
        words = " ".join((record.comment, *record.tags))
        tool = next((tool for tool, pattern in _TOOLS_IN_WORDS if pattern.search(words)), None)
        if tool is not None and record.name in own_names(domain, record.name):
            found.setdefault(tool, []).append((record, words.strip()))
    for tool, held in found.items():
        named = tuple(f"{record.kind} {record.name}" for record, _ in held)
        yield Owner(tool, named, f"its comment says {quote(held[0][1], 120)}", _release_of(tool, domain))


def _release_of(tool: Tool, domain: str) -> Release:
    if tool is Tool.OCTODNS:
        return octodns_release()
    if tool is Tool.EXTERNAL_DNS:
        return external_dns_release(domain)
    if tool is Tool.TERRAFORM:
        step = (
            "find the records' addresses with `terraform state list`, or give the state to adopt (--from terraform"
            " STATE), which writes the removed blocks"
        )
        return Release((step,))
    return Release(("ask whoever wrote that to leave these names alone before they are taken over",))


def _plain(record: StandingRecord) -> list[str]:
    return [value.strip().strip('"') for value in record.values]


def _listed(held: Sequence[InState]) -> tuple[str, ...]:
    return tuple(f"{record.kind} {record.name}" for record in held)


def _shell(address: str) -> str:
    """The address as one word of a POSIX shell."""
    return "'" + address.replace("'", "'\\''") + "'"
