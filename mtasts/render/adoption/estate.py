"""Lines and JSON values of an estate: what is odd, the groups and files proposed, how other tools let go."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mtasts.adoption.estate import Found
from mtasts.adoption.odd import Oddity
from mtasts.adoption.owners import Release, Tool
from mtasts.adoption.survey import StandingRecord
from mtasts.words.counted import few, number
from mtasts.words.names import with_u_labels

_SHOWN = 3  # domains named in a row of the table; JSON has all
_MEMBERS = 4
_ROWS = 200  # of the table; nobody reads more, and the worst come first


def odd_lines(odd: Sequence[Oddity]) -> Iterator[str]:
    """The table: a row each, the most harmful first; what it costs, which domains, what is odd."""
    if not odd:
        yield "odd: nothing"
        return
    yield f"odd: {number(len(odd), 'thing')}, the most harmful first"
    for one in odd[:_ROWS]:
        domains = few([with_u_labels(domain) for domain in one.domains], _SHOWN)
        yield f"  {one.harm.word:<9}{domains}: {one.text}"
    if len(odd) > _ROWS:
        yield f"  and {len(odd) - _ROWS} more (--json has all)"


def group_lines(groups: Mapping[str, str]) -> Iterator[str]:
    """The host groups proposed, with the domains that each gets."""
    members: dict[str, list[str]] = defaultdict(list)
    for domain, name in sorted(groups.items()):
        members[name or domain].append(domain)
    if members:
        yield f"host groups: {len(members)} for {number(len(groups), 'domain')}"
    for name, domains in sorted(members.items()):
        yield f"  {name}  {number(len(domains), 'domain')}: {few(domains, _MEMBERS)}"


def release_lines(tool: Tool, release: Release) -> Iterator[str]:
    """How a source's own tool lets go: the steps, and the snippet as it stands."""
    yield f"{tool.value} keeps these records, too, and would change them back: before they are taken over"
    for count, step in enumerate(release.steps, 1):
        yield f"  {count}. {step}"
    if release.snippet:
        yield f"  for {release.file}:"
        yield from (f"    {line}".rstrip() for line in release.snippet.rstrip("\n").split("\n"))


def oddity_values(odd: Sequence[Oddity]) -> list[dict[str, Any]]:
    """The table for programs, with every domain."""
    return [{"harm": one.harm.word, "code": one.code, "text": one.text, "domains": list(one.domains)} for one in odd]


def found_value(found: Found, group: str | None, file: Path | None, text: str) -> dict[str, Any]:
    """One domain: what its source lists, its host group and its file (`text` "" for one that is not to be written)."""
    provider, zone = found.zones[0] if len(found.zones) == 1 else ("", "")
    return {
        "domain": found.domain,
        "zone": {"provider": provider, "id": zone, "name": found.apex},
        "records": [_record(one.record, one.place, one.address) for one in found.own],
        "host_group": group,
        "file": {"path": str(file) if file else None, "text": text},
    }


def release_value(tool: Tool, release: Release) -> dict[str, Any]:
    """How a tool lets go."""
    return {"tool": tool.value, "steps": list(release.steps), "file": release.file, "snippet": release.snippet}


def _record(record: StandingRecord, place: str, address: str) -> dict[str, Any]:
    return {
        "name": record.name,
        "kind": record.kind,
        "values": list(record.values),
        "ttl": record.ttl,
        "id": record.id,
        "place": place,
        "address": address,
    }
