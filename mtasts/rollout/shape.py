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

from mtasts.rollout.schema import Schema

Check = Callable[[Any], bool]

_ANNOTATIONS = frozenset({"$schema", "title", "description", "default", "examples"})
_TYPES: dict[str, Check] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    # JSON Schema counts 1.0 as an integer, and true as none.
    "integer": lambda value: (
        (isinstance(value, int) and value is not True and value is not False)
        or (isinstance(value, float) and value.is_integer())
    ),
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One finding of jsonschema: the path to the value, the keyword, what the keyword asks, and the value."""

    path: tuple[str | int, ...]
    keyword: str
    asked: Any
    value: Any


def compile_schema(schema: Schema) -> Check:
    """A function that says whether a value fits `schema`. Raises ValueError for a keyword it does not know."""
    checks = []
    for keyword, asked in schema.items():
        if keyword in _ANNOTATIONS:
            continue
        if keyword not in _KEYWORDS:
            raise ValueError(f"the schema uses {keyword}, which has no quick check")
        checks.append(_KEYWORDS[keyword](asked, schema))
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def misfits(value: Any, schema: Schema) -> Iterator[Misfit]:
    """What jsonschema finds wrong with `value`."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 0.1 s to import, needed only for a wrong file

    for error in Draft202012Validator(schema).iter_errors(value):
        yield Misfit(tuple(error.absolute_path), str(error.validator), error.validator_value, error.instance)


def _type(asked: Any, schema: Schema) -> Check:
    checks = [_TYPES[name] for name in ([asked] if isinstance(asked, str) else asked)]
    return checks[0] if len(checks) == 1 else lambda value: any(check(value) for check in checks)


def _pattern(asked: str, schema: Schema) -> Check:
    search = re.compile(asked).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _properties(asked: Schema, schema: Schema) -> Check:
    checks = {name: compile_schema(sub) for name, sub in asked.items()}

    def fits(value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        return all(checks[name](item) for name, item in value.items() if name in checks)

    return fits


def _additional(asked: Any, schema: Schema) -> Check:
    if asked is not False:
        raise ValueError("additionalProperties has a quick check only for false")
    known = frozenset(schema.get("properties", {}))
    return lambda value: not isinstance(value, dict) or known.issuperset(value)


def _unique(asked: bool, schema: Schema) -> Check:
    if asked is not True or schema.get("items", {}).get("type") != "string":
        raise ValueError("uniqueItems has a quick check only for strings")
    # With an item that is no string, `items` has turned the value down, whatever is said here.
    return lambda value: (
        not isinstance(value, list) or not all(isinstance(item, str) for item in value) or len(set(value)) == len(value)
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KEYWORDS: dict[str, Callable[[Any, Schema], Check]] = {
    "type": _type,
    "enum": lambda asked, schema: lambda value: isinstance(value, str) and value in asked,
    "pattern": _pattern,
    "minLength": lambda asked, schema: lambda value: not isinstance(value, str) or len(value) >= asked,
    "maxLength": lambda asked, schema: lambda value: not isinstance(value, str) or len(value) <= asked,
    "minimum": lambda asked, schema: lambda value: not _number(value) or value >= asked,
    "maximum": lambda asked, schema: lambda value: not _number(value) or value <= asked,
    "items": lambda asked, schema: _items(compile_schema(asked)),
    "minItems": lambda asked, schema: lambda value: not isinstance(value, list) or len(value) >= asked,
    "maxItems": lambda asked, schema: lambda value: not isinstance(value, list) or len(value) <= asked,
    "uniqueItems": _unique,
    "properties": _properties,
    "required": lambda asked, schema: lambda value: not isinstance(value, dict) or all(key in value for key in asked),
    "additionalProperties": _additional,
}


def _items(check: Check) -> Check:
    return lambda value: not isinstance(value, list) or all(check(item) for item in value)
