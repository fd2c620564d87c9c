"""The misfits between a file's values and its JSON Schema, as jsonschema finds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from mtasts.policy.schema import DEFAULTS_SCHEMA, POLICY_SCHEMA


@dataclass(frozen=True, slots=True)
class Misfit:
    """One finding of jsonschema: the path to the value, the keyword, what the keyword asks, and the value.

    For additionalProperties it asks for one of the known keys.
    """

    path: tuple[str | int, ...]
    keyword: str
    asked: Any
    value: Any


class _Validator(Protocol):
    def iter_errors(self, instance: Any) -> Iterator[Any]: ...


def misfits(value: Any, *, defaults: bool) -> Iterator[Misfit]:
    """All that is wrong with the shape of a domain's file, or of its stack's `_defaults.yaml`."""
    for error in _validator(defaults=defaults).iter_errors(value):
        asked = error.validator_value
        if error.validator == "additionalProperties":
            asked = list(error.schema["properties"])
        yield Misfit(tuple(error.absolute_path), str(error.validator), asked, error.instance)


@cache
def _validator(*, defaults: bool) -> _Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - 0.1 s to import, which no `--help` should wait for

    validator: _Validator = Draft202012Validator(DEFAULTS_SCHEMA if defaults else POLICY_SCHEMA)
    return validator
