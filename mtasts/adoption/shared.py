"""Moves what the files of many domains have in common into the stack's `_defaults.yaml`. Pure.

Works on the texts of `mtasts.policy.draft`, whose layout is known; a file is only shortened if it means the same after.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mtasts.policy.config import DnsZone, DomainPolicy, Source, load
from mtasts.protocol.problem import Severity

DEFAULTS: Final = "_defaults.yaml"


@dataclass(frozen=True, slots=True)
class Shared:
    """What is proposed for all: reporting addresses that most have, and a zone that all have; empty for nothing."""

    rua: tuple[str, ...] = ()
    dns: DnsZone | None = None

    def __bool__(self) -> bool:
        return bool(self.rua or self.dns)


def shared_by(policies: Sequence[DomainPolicy]) -> Shared:
    """What more than half of at least two domains report to, and the zone if all are in one."""
    if len(policies) < 2:
        return Shared()
    rua, count = Counter(policy.rua for policy in policies).most_common(1)[0]
    zones = {policy.dns for policy in policies}
    return Shared(
        rua if rua and 2 * count > len(policies) else (),
        next(iter(zones)) if len(zones) == 1 else None,
    )


def defaults_text(shared: Shared) -> str:
    """The text of `_defaults.yaml`."""
    lines = ["# yaml-language-server: $schema=../defaults.schema.json"]
    lines.append("# What the mail domains of this stack share. Each domain's own file wins over it, key by key.")
    if shared.rua:
        lines += ["tls_rpt:", "  rua:", *(f'    - "{uri}"' for uri in shared.rua)]
    if shared.dns:
        lines += ["dns:", f"  provider: {shared.dns.provider}", f'  zone: "{shared.dns.zone}"']
    return "\n".join(lines) + "\n"


def finished(path: str, text: str, group: str, defaults: str) -> str:
    """A drafted file in its host group ("" for none), without what `defaults`, the text of the stack's, says already.

    Unchanged but for the group where the shorter one would not mean the same.
    """
    whole = text.replace("\nmode:", f"\nhost_group: {group}\nmode:", 1) if group else text
    meant = _meaning(path, whole, defaults)
    short = whole
    for key in ("tls_rpt", "dns"):
        tried = _without(short, key)
        if meant is not None and _meaning(path, tried, defaults) == meant:
            short = tried
    return short


def _without(text: str, key: str) -> str:
    """The text without a block of the outermost level; of `dns` only provider and zone."""
    kept, inside = [], False
    block: list[str] = []
    for line in text.splitlines(keepends=True):
        inside = line.startswith(f"{key}:") or (inside and line.startswith(" "))
        if inside:
            block.append(line)
            continue
        kept += _left(block, key)
        block = []
        kept.append(line)
    return "".join([*kept, *_left(block, key)])


def _left(block: Sequence[str], key: str) -> list[str]:
    if key != "dns":
        return []
    left = [line for line in block if not line.startswith(("  provider:", "  zone:"))]
    return left if len(left) > 1 else []


def _meaning(path: str, text: str, defaults: str) -> DomainPolicy | None:
    loaded = load([Source(path, text)], Source(DEFAULTS, defaults) if defaults else None)
    wrong = any(problem.severity is Severity.ERROR for problem in loaded.problems)
    return None if wrong or not loaded.policies else replace(loaded.policies[0], source="")


def meanings(files: Mapping[str, str], defaults: str) -> tuple[DomainPolicy, ...]:
    """The policies that these files, by path, mean with these defaults."""
    sources = [Source(path, text) for path, text in files.items()]
    return load(sources, Source(DEFAULTS, defaults) if defaults else None).policies
