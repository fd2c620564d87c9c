"""Does a value have the shape that a JSON Schema asks for?

The answer for a file that has it must be quick, and jsonschema takes longer to import than a hundred files take to
read. So the schema itself is compiled to plain checks; they know only the keywords that our schemas use, refuse to
compile any other, and a test holds them equal to jsonschema. Whatever they turn down is given to jsonschema, whose
findings are what the user sees.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mtasts.policy.schema import Schema

Check = Callable[[Any], bool]

_ANNOTATIONS = frozenset({"$schema", "title", "description", "default", "examples"})
# The keywords that say something of values of each type; JSON Schema ignores them for the others.
_OF_TYPE = {
    "string": ("enum", "pattern", "minLength", "maxLength"),
    "integer": ("enum", "minimum", "maximum"),
    "array": ("enum", "maxItems", "items", "uniqueItems"),
    "object": ("enum", "required", "properties", "additionalProperties"),
}
_KNOWN = _ANNOTATIONS.union(["type"], *_OF_TYPE.values())
# bool is missing on purpose: JSON Schema does not count true as a number. A float is looked at below.
_PYTHON = {"string": str, "integer": int, "array": list, "object": dict}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One finding of jsonschema: the path to the value, the keyword, what the keyword asks, and the value.

    For additionalProperties it asks for one of the known keys.
    """

    path: tuple[str | int, ...]
    keyword: str
    asked: Any
    value: Any


def misfits(value: Any, schema: Schema) -> Iterator[Misfit]:
    """What jsonschema finds wrong with `value`."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 0.1 s to import, needed only for a wrong file

    for error in Draft202012Validator(schema).iter_errors(value):
        asked = error.validator_value
        if error.validator == "additionalProperties":
            asked = list(error.schema["properties"])
        yield Misfit(tuple(error.absolute_path), str(error.validator), asked, error.instance)


def compile_schema(schema: Schema) -> Check:
    """A function that says whether a value fits `schema`. Raises ValueError for what has no quick check."""
    unknown = set(schema) - _KNOWN
    if unknown or "type" not in schema:
        raise ValueError(f"no quick check for a schema with {', '.join(sorted(unknown)) or 'no type'}")
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    checks: dict[type, tuple[Check, ...]] = {
        _PYTHON[name]: tuple(_KEYWORDS[word](schema[word], schema) for word in _OF_TYPE[name] if word in schema)
        for name in names
    }

    def fits(value: Any) -> bool:
        found = checks.get(type(value))
        if found is None:
            # JSON Schema counts 1.0 as an integer.
            return isinstance(value, float) and value.is_integer() and int in checks and fits(int(value))
        for check in found:  # noqa: SIM110 - `all` of a generator takes three times as long, and this is the hot path
            if not check(value):
                return False
        return True

    return fits


def _properties(asked: Schema, schema: Schema) -> Check:
    checks = {name: compile_schema(sub) for name, sub in asked.items()}

    def fit(value: dict[Any, Any]) -> bool:
        for name, item in value.items():
            check = checks.get(name)
            if check is not None and not check(item):
                return False
        return True

    return fit


def _additional(asked: Any, schema: Schema) -> Check:
    if asked is not False:
        raise ValueError("no quick check for additionalProperties other than false")
    return frozenset(schema.get("properties", {})).issuperset


def _items(asked: Schema, schema: Schema) -> Check:
    check = compile_schema(asked)

    def fit(value: list[Any]) -> bool:
        for item in value:  # noqa: SIM110 - as above
            if not check(item):
                return False
        return True

    return fit


def _unique(asked: bool, schema: Schema) -> Check:
    # `items` comes first (_OF_TYPE), so that all are strings here.
    if asked is not True or schema.get("items", {}).get("type") != "string":
        raise ValueError("no quick check for uniqueItems but of strings")
    return lambda value: len(set(value)) == len(value)


def _pattern(asked: str, schema: Schema) -> Check:
    search = re.compile(asked).search
    return lambda value: search(value) is not None


def _enum(asked: list[str], schema: Schema) -> Check:
    if schema["type"] != "string":
        raise ValueError("no quick check for enum but of strings")
    return frozenset(asked).__contains__


_KEYWORDS: dict[str, Callable[[Any, Schema], Check]] = {
    "enum": _enum,
    "pattern": _pattern,
    "minLength": lambda asked, schema: lambda value: len(value) >= asked,
    "maxLength": lambda asked, schema: lambda value: len(value) <= asked,
    "minimum": lambda asked, schema: lambda value: value >= asked,
    "maximum": lambda asked, schema: lambda value: value <= asked,
    "maxItems": lambda asked, schema: lambda value: len(value) <= asked,
    "items": _items,
    "uniqueItems": _unique,
    "required": lambda asked, schema: lambda value: all(key in value for key in asked),
    "properties": _properties,
    "additionalProperties": _additional,
}
