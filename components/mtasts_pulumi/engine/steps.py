"""Steps of the engine, each what it does to one resource, in the user's words. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtasts.policy.published_names import AT_ZONE, MOVE, OURS, STACK_TYPE, STASH_TYPE
from mtasts.protocol.mta_sts import read_policy, select_txt
from mtasts.providers import HOSTINGS, of_record
from mtasts.render.escape import shorten, terminal

# Stands in the engine's events for a value that is not known before the update (the SDK's runtime.rpc.UNKNOWN).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SHOWN = 100  # characters of a value, in a line
_MAX_TEXT = 70_000  # characters of a body looked at; a policy has at most 64 KiB

_NOUNS = {STASH_TYPE: "id"} | {kind: noun for hosting in HOSTINGS.values() for kind, noun in hosting.nouns.items()}
_NOT_IN_THE_WORLD = (OURS, STACK_TYPE, "pulumi:providers:")


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on one resource. `op` is the engine's word: create, update, import, replace, delete, same, ...

    What an import found is `old`; the update that follows it in the same run, if there is one, is part of it.
    """

    op: str
    urn: str
    type: str
    old: Mapping[str, Any] | None  # inputs before, None when it is new
    new: Mapping[str, Any] | None  # inputs after, None when it goes
    protected: bool
    retained: bool = False  # the engine forgets it, and the cloud keeps it
    custom: bool = True  # of a provider; False for a component, of whichever program

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def is_component(self) -> bool:
        """Components, the stack itself and the engine's providers: they change nothing in the world."""
        return not self.custom or self.type.startswith(_NOT_IN_THE_WORLD)

    @property
    def is_record(self) -> bool:
        """A record in a DNS zone."""
        return of_record(self.type) is not None

    @property
    def what(self) -> str:
        """What a person calls it: `TXT _mta-sts.example.com`, `policy file`."""
        if provider := of_record(self.type):
            record = provider.records.read(self.new or self.old or {})
            # A validation record's name comes from the certificate, which a preview does not have yet.
            name = self.name if record.name in {"", UNKNOWN} else record.name
            where = f" in zone {record.zone}" if AT_ZONE.search(self.name) else ""
            return f"{record.kind or 'record'} {name}{where}"
        if self.retained and self.op == "delete" and self.type in _NOUNS:
            return f"{_NOUNS[self.type]} (its versions stay)"
        if self.type == STASH_TYPE and self.name.endswith(MOVE):
            return "time of the move"
        return _NOUNS.get(self.type) or _spaced(self.type.rsplit(":", 1)[-1])

    @property
    def detail(self) -> str:
        """What becomes of a record that is taken over, "" where it stays as it is. For people, escaped."""
        provider = of_record(self.type)
        if self.op != "import" or provider is None or self.old is None or self.new is None:
            return ""
        was, now = provider.records.read(self.old), provider.records.read(self.new)
        if (was.kind, was.text) != (now.kind, now.text):
            becomes = "says" if now.kind == "TXT" else "leads to"
            value = "what is new" if now.text in {None, UNKNOWN} else _shown(now.text)
            kind = f"{was.kind} " if was.kind != now.kind else ""
            return f"{becomes} {value} (before: {kind}{_shown(was.text)})"
        return f"TTL {now.ttl} s (before: {was.ttl} s)" if was.ttl != now.ttl else ""


def _shown(text: str | None) -> str:
    return shorten(terminal(text or "nothing"), _SHOWN)


def _spaced(name: str) -> str:
    """`BucketPublicAccessBlock` as `bucket public access block`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """What one side (before or after) of a domain's resources says. None: not there, or not known yet."""

    mode: str | None = None
    max_age: int | None = None
    id: str | None = None


def facts(inputs: Mapping[str, Any] | None, kind: str) -> ResourceFacts:
    """Read a policy file's or a TXT record's inputs; ResourceFacts() for anything else. Never raises."""
    if not inputs:
        return ResourceFacts()
    content = inputs.get("content")
    if provider := of_record(kind):
        record = provider.records.read(inputs)
        known = record.kind == "TXT" and record.text not in {None, UNKNOWN}
        found = select_txt([record.text or ""]).value if known else None
        return ResourceFacts(id=found.id if found else None)
    if isinstance(content, str) and content.startswith("version:") and len(content) < _MAX_TEXT:
        policy = read_policy(content.encode("utf-8", "replace")).value
        return ResourceFacts(mode=policy.mode.value, max_age=policy.max_age) if policy else ResourceFacts()
    return ResourceFacts()
