"""The inputs of a Construct request as plain values, and the resources that they come from.

The SDK's own readers do not do: one wraps such values in outputs, the other refuses an output whose value is not known
yet, which the engine writes without one.
"""

from collections.abc import Iterator
from typing import Any, Final

from mtasts_pulumi.package.unknown import UNKNOWN

# Marks of the engine's wire format (pulumi/pulumi, sdk/go/common/resource/sig).
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark
_UNKNOWNS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # truth
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # text, and what has no type
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # mapping
    }
)


def plain(value: Any) -> Any:
    """A protobuf Value: its text, number or truth, lists and mappings of such; UNKNOWN where it is not known yet.

    What the package is told is published, so a secret is one no longer.
    """
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _mapping(value.struct_value.fields)
    if kind == "list_value":
        return [plain(one) for one in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    return getattr(value, kind) if kind in {"number_value", "bool_value"} else None


def _mapping(fields: Any) -> Any:
    mark = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if mark in {_OUTPUT, _SECRET}:
        return plain(fields["value"]) if "value" in fields else UNKNOWN
    return {key: plain(value) for key, value in fields.items()}


def came_from(request: Any) -> set[str]:
    """The URNs of the resources that the inputs of a request come from, but not those that it names anyway."""
    told = {urn for every in request.inputDependencies.values() for urn in every.urns}
    inside = {urn for value in request.inputs.fields.values() for urn in _dependencies(value)}
    return (told | inside) - set(request.dependencies)


def _dependencies(value: Any) -> Iterator[str]:
    for one in value.list_value.values:
        yield from _dependencies(one)
    fields = value.struct_value.fields
    for key in fields:
        yield from _dependencies(fields[key])
    if _SIGNATURE in fields and fields[_SIGNATURE].string_value == _OUTPUT and "dependencies" in fields:
        yield from (one.string_value for one in fields["dependencies"].list_value.values)
