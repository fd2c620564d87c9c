"""Reads octoDNS's zone files (YAML), as its YamlProvider means them, for the records that matter. Pure and bounded.

Source: octoDNS 1.22, provider/yaml.py and record/: a key is a name relative to the zone, its value one record or a list
of them, each with `type`, `ttl` and `value` or `values`; `;` in a TXT is written `\\;`. The YAML is read by events, so
that no text can nest deeper or grow larger than it is long: aliases and tags such as `!include` are not followed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from mtasts.adoption.estate import ADDRESS_KINDS, HOST, Listed, Listing, Unread, matters, merged
from mtasts.adoption.survey import StandingRecord
from mtasts.protocol.names import BadName, to_a_labels
from mtasts.protocol.problem import quote

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # as in mtasts.policy.yaml_text
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

DEFAULT_TTL: Final = 3600  # YamlProvider's default_ttl, which its config may set otherwise
DEPTH_LIMIT: Final = 12
VALUES_LIMIT: Final = 200
UNREAD_LIMIT: Final = 100
# What gives different answers to different people: no one value stands there.
_STEERED: Final = ("dynamic", "geo", "weighted")
_STRINGS: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


class _Refused:
    """Stands for an alias or a tagged value, which was not followed."""


@dataclass(slots=True)
class _Node:
    """A list or mapping under way. `key`: of a mapping, the one whose value comes next."""

    value: Any
    key: Any = None

    def put(self, value: Any) -> None:
        """The next value: of a mapping keys and values take turns. What was refused keeps nothing."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif isinstance(self.value, dict) and self.key is None:
            self.key = value if isinstance(value, str) else ""
        elif isinstance(self.value, dict):
            self.value[self.key] = value
            self.key = None


@dataclass(slots=True)
class _Zone:
    apex: str
    shown: str
    records: list[Listed] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def note(self, line: int, why: str) -> None:
        self.unread.append(Unread(f"{self.shown}:{line}", why))


def zone_of_file(name: str) -> str | None:
    """The zone of a file by its name (`example.com.yaml`), None for a file that is no zone's (`config.yaml`)."""
    stem = name.removesuffix(".yaml")
    return _name_or_none(stem) if stem != name and "." in stem else None


def zone_of_folder(name: str) -> str | None:
    """The zone of a split zone's folder by its name (`example.com.`, or with another ending after the dot)."""
    return _name_or_none(name.removesuffix(".")) if name.endswith(".") and "." in name[:-1] else None


def read_zone(text: str, shown: str, apex: str) -> Listing:
    """The records of one file of the zone `apex` (A-labels) that matter. `shown`: its path."""
    zone = _Zone(apex, shown)
    try:
        for line, key, value in _entries(text):
            _entry(zone, line, key, value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        zone.note(mark.line + 1 if mark else 1, f"cannot be read as YAML: {error.problem or error.context}")
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        zone.note(1, "cannot be read as YAML: it holds characters that YAML does not allow")
    except _TooDeep as error:
        zone.note(error.line, f"is nested deeper than {DEPTH_LIMIT} levels; the rest was not read")
    more = len(zone.unread) - UNREAD_LIMIT
    rest = [Unread(shown, f"and {more} more records that could not be read")] if more > 0 else []
    return Listing(merged(zone.records), (*zone.unread[:UNREAD_LIMIT], *rest), frozenset({apex}))


class _TooDeep(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def _entries(text: str) -> Iterator[tuple[int, Any, Any]]:
    """The keys of the outermost mapping with their values and lines, one at a time: never all of a large file."""
    stack: list[_Node] = []
    begun = 1
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            if len(stack) >= DEPTH_LIMIT:
                raise _TooDeep(line)
            stack.append(
                _Node(_Refused() if _tagged(event) else {} if isinstance(event, yaml.MappingStartEvent) else [])
            )
        elif isinstance(event, yaml.CollectionEndEvent | yaml.NodeEvent):
            value = stack.pop().value if isinstance(event, yaml.CollectionEndEvent) else _scalar(event)
            if len(stack) == 1 and isinstance(stack[0].value, dict):
                key, stack[0].key = stack[0].key, value if stack[0].key is None else None
                begun = line if key is None else begun
                if key is not None:
                    yield begun, key, value
            elif stack:
                stack[-1].put(value)
            elif not isinstance(value, dict) and value not in ("", "null", "~"):
                yield line, None, value


def _tagged(event: yaml.NodeEvent) -> bool:
    tag = getattr(event, "tag", None)
    return tag not in (None, "!") and not str(tag).startswith("tag:yaml.org")


def _scalar(event: yaml.NodeEvent) -> Any:
    return event.value if isinstance(event, yaml.ScalarEvent) and not _tagged(event) else _Refused()


def _entry(zone: _Zone, line: int, key: Any, value: Any) -> None:
    if key is None:
        zone.note(line, "is no octoDNS zone: it holds no mapping of names")
        return
    if not isinstance(key, str):
        zone.note(line, "a key is no name")
        return
    if key == "<<" or isinstance(value, _Refused):
        zone.note(line, f"{quote(key)}: aliases, merge keys and tags such as !include are not followed")
        return
    try:
        name = _absolute(key, zone.apex)
    except BadName as error:
        zone.note(line, f"the name {quote(key)} {error}")
        return
    for record in value if isinstance(value, list) else [value]:
        if isinstance(record, dict):
            _record(zone, line, name, record)
        elif HOST in name or isinstance(record, _Refused):
            zone.note(line, f"{name}: is no record: it has no type and value")


def _record(zone: _Zone, line: int, name: str, record: Mapping[str, Any]) -> None:
    kind = record.get("type")
    kind = kind.upper() if isinstance(kind, str) else ""
    options = record.get("octodns")
    if isinstance(options, dict) and str(options.get("ignored", "")).lower() in ("true", "yes", "on"):
        return  # octoDNS does nothing about it
    if not matters(name, kind):
        zone.records.append(Listed(StandingRecord(name, kind), f"{zone.shown}:{line}", zone.apex))
        return
    steered = next((word for word in _STEERED if record.get(word)), "")
    if steered:
        zone.note(line, f"{name} {kind}: has `{steered}`, so that different askers get different answers; not read")
        return
    given = record.get("values", record.get("value"))
    listed = given if isinstance(given, list) else [given]
    values = [text for one in listed[:VALUES_LIMIT] if (text := _value(kind, one, zone.apex)) is not None]
    if len(values) < len(listed):
        zone.note(line, f"{name} {kind}: a value cannot be read")
    if not values:
        return
    proxied = _cloudflare(options).get("proxied") in ("true", "yes", "on")
    found = StandingRecord(
        name, kind, tuple(values), _ttl(record.get("ttl")), proxied=proxied,
        comment=str(_cloudflare(options).get("comment", "")),
    )  # fmt: skip
    zone.records.append(Listed(found, f"{zone.shown}:{line}", zone.apex))


def _cloudflare(options: Any) -> Mapping[str, Any]:
    """What octodns-cloudflare is told of a record."""
    told = options.get("cloudflare") if isinstance(options, dict) else None
    return told if isinstance(told, dict) else {}


def _absolute(key: str, apex: str) -> str:
    """The whole name of a key in A-labels; what is in front of the last names may hold `_` and `*`."""
    text = key.lower().strip(".")
    if not text:
        return apex
    if not text.isascii():
        text = ".".join(one if one.isascii() else to_a_labels(one) for one in text.split("."))
    if any(not label or len(label) > 63 for label in text.split(".")) or any(c.isspace() for c in text):
        raise BadName("is no name")
    return f"{text}.{apex}"


def _value(kind: str, value: Any, apex: str) -> str | None:
    """As `StandingRecord` has values; None for what octoDNS would not take either."""
    if kind == "TXT":
        return _text(value) if isinstance(value, str) else None
    if kind == "MX":
        return _mail_host(value, apex)
    if not isinstance(value, str) or not value:
        return None
    # Since octoDNS 1.17 a target without its last dot is one of the zone.
    return _target(value, apex) if kind in ADDRESS_KINDS - {"A", "AAAA"} else value.lower()


def _mail_host(value: Any, apex: str) -> str | None:
    if not isinstance(value, dict):
        return None
    host = value.get("exchange", value.get("value"))
    rank = value.get("preference", value.get("priority"))
    if not isinstance(host, str) or not isinstance(rank, str) or not rank.isdecimal():
        return None
    return f"{int(rank[:5])} {_target(host, apex)}"


def _target(name: str, apex: str) -> str:
    return name.lower()[:-1] if name.endswith(".") else f"{name.lower()}.{apex}"


def _text(value: str) -> str:
    """The joined text of a TXT value: octoDNS takes it bare, or cut into quoted strings; `\\;` is a semicolon."""
    stripped = value.strip()
    if stripped.startswith('"') and stripped.endswith('"') and (strings := _STRINGS.findall(stripped)):
        value = "".join(strings)
    return value.replace("\\;", ";").replace('\\"', '"').replace("\\\\", "\\")


def _ttl(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 12 else DEFAULT_TTL


def _name_or_none(name: str) -> str | None:
    try:
        return to_a_labels(name)
    except BadName:
        return None
