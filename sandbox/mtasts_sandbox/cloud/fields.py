"""Inputs of a resource: a table per resource, from which checking and diffing follow.

The tables hold only what the sandbox really implements, so an input it would have to ignore is refused by name. A test
holds each name, kind and "required" against the installed provider SDKs.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mtasts_sandbox.cloud.values import has_unknown, is_unknown

Kind = Literal["text", "number", "flag", "list", "map", "object"]


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `replaces`: a change makes a new resource; `unordered`: the provider keeps it as a set."""

    kind: Kind
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    replaces: bool = False
    unordered: bool = False
    between: tuple[int, int] | None = None  # of a number, or of a list's length
    item: "Field | None" = None  # of a list or map
    fields: Mapping[str, "Field"] = field(default_factory=dict)  # of an object


def text(*choices: str, required: bool = False, default: str | None = None, replaces: bool = False) -> Field:
    """A string, one of `choices` when there are any."""
    return Field("text", required=required, default=default, choices=choices, replaces=replaces)


def number(
    low: int | None = None, high: int | None = None, *, required: bool = False, default: int | None = None
) -> Field:
    """A number; in a range, both ends in it, when one is given."""
    between = None if low is None or high is None else (low, high)
    return Field("number", required=required, default=default, between=between)


def flag(*, required: bool = False, default: bool | None = None) -> Field:
    """A boolean."""
    return Field("flag", required=required, default=default)


def texts(*choices: str, required: bool = False, replaces: bool = False, ordered: bool = False) -> Field:
    """A list of strings; a set, unless `ordered`."""
    return Field("list", required=required, replaces=replaces, unordered=not ordered, item=text(*choices))


def strings() -> Field:
    """A map of strings, such as tags."""
    return Field("map", item=text())


def nested(*, required: bool = False, **fields: Field) -> Field:
    """An object."""
    return Field("object", required=required, fields=fields)


def many(low: int, high: int, *, required: bool = False, **fields: Field) -> Field:
    """A list of `low` to `high` objects; the provider keeps it as a set."""
    return Field("list", required=required, unordered=True, between=(low, high), item=Field("object", fields=fields))


def required(what: Field) -> Field:
    """The same input, but it must be given."""
    return replace(what, required=True)


@dataclass(frozen=True, slots=True)
class Failure:
    """One input that is wrong: where, and why as a sentence."""

    path: str
    reason: str


def check(fields: Mapping[str, Field], inputs: Mapping[str, Any], owner: str) -> tuple[dict[str, Any], list[Failure]]:
    """The inputs with defaults filled in, and everything that is wrong with them. `owner`: the resource's type."""
    failures: list[Failure] = []
    checked = _check_fields(fields, inputs, "", owner, failures)
    # The wire's maps have no order; what a person reads should have one.
    return checked, sorted(failures, key=lambda failure: failure.path)


def _check_fields(
    fields: Mapping[str, Field], inputs: Mapping[str, Any], prefix: str, owner: str, failures: list[Failure]
) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in inputs.items():
        path = prefix + name
        known = fields.get(name)
        if known is None:
            listing = ", ".join(sorted(fields))
            failures.append(Failure(path, f"the sandbox's {owner} has no input {path!r}; here it knows {listing}"))
        else:
            checked[name] = _check_value(known, value, path, owner, failures)
    for name, known in fields.items():
        if name not in checked:
            if known.required:
                failures.append(Failure(prefix + name, f"Missing required property '{prefix}{name}'"))
            elif known.default is not None:
                checked[name] = known.default
    return checked


_PYTHON: Mapping[Kind, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "flag": (bool,),
    "list": (list,),
    "map": (dict,),
    "object": (dict,),
}


def _check_value(known: Field, given: Any, path: str, owner: str, failures: list[Failure]) -> Any:
    if is_unknown(given):
        return given
    value = _coerced(known.kind, given)
    low, high = known.between or (0, 0)
    if not _fits(known.kind, value):
        failures.append(Failure(path, f"{path}: {value!r:.80} is not a {known.kind}"))
        return value
    match known.kind:
        case "text":
            if known.choices and value not in known.choices:
                failures.append(Failure(path, f"expected {path} to be one of {list(known.choices)}, got {value!r:.80}"))
        case "number" if known.between and not low <= value <= high:
            failures.append(Failure(path, f"expected {path} to be in the range ({low} - {high}), got {value}"))
        case "object":
            return _check_fields(known.fields, value, path + ".", owner, failures)
        case "map" if known.item:
            return {
                key: _check_value(known.item, item, f"{path}.{key}", owner, failures) for key, item in value.items()
            }
        case "list" if known.item:
            if known.between and not low <= len(value) <= high:
                failures.append(Failure(path, f"{path}: {len(value)} items, {low} to {high} are possible"))
            return [
                _check_value(known.item, item, f"{path}[{index}]", owner, failures) for index, item in enumerate(value)
            ]
    return value


def _fits(kind: Kind, value: Any) -> bool:
    return isinstance(value, _PYTHON[kind]) and not (kind == "number" and isinstance(value, bool))


def _coerced(kind: Kind, value: Any) -> Any:
    # The bridge takes "true" for true and 300 for "300", as Terraform's type system does.
    if kind == "text" and isinstance(value, bool):
        return "true" if value else "false"
    if kind == "text" and isinstance(value, int | float):
        return str(value)
    if kind == "flag" and value in ("true", "false"):
        return value == "true"
    return value


Change = Literal["add", "delete", "update"]


def diff(fields: Mapping[str, Field], old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Change, bool]]:
    """Property path -> (what happens to it, does that replace the resource); empty when nothing changes."""
    changes: dict[str, tuple[Change, bool]] = {}
    for name, known in fields.items():
        for path, change in _diff_value(known, old.get(name), new.get(name), name):
            changes[path] = (change, known.replaces)
    return changes


def _diff_value(known: Field, old: Any, new: Any, path: str) -> Iterator[tuple[str, Change]]:
    if known.unordered and isinstance(old, list) and isinstance(new, list) and not has_unknown(new):
        old, new = sorted(old, key=_spelling), sorted(new, key=_spelling)
    if old == new or (not old and not new and known.kind in ("list", "map")):
        return
    if old is None or new is None:
        yield path, "add" if old is None else "delete"
    elif known.kind == "object" and isinstance(old, dict) and isinstance(new, dict):
        for name, inner in known.fields.items():
            yield from _diff_value(inner, old.get(name), new.get(name), f"{path}.{name}")
    elif known.kind == "map" and isinstance(old, dict) and isinstance(new, dict) and known.item:
        for name in old | new:
            yield from _diff_value(known.item, old.get(name), new.get(name), _map_path(path, name))
    elif known.kind == "list" and isinstance(old, list) and isinstance(new, list) and known.item:
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            yield from _diff_value(known.item, before, after, f"{path}[{index}]")
    else:
        yield path, "update"


def _spelling(item: Any) -> str:
    return json.dumps(item, sort_keys=True)


def _map_path(path: str, name: str) -> str:
    # The engine's property path syntax: a key that is no plain word stands quoted in brackets.
    return f"{path}.{name}" if name.isidentifier() else f'{path}["{name}"]'
