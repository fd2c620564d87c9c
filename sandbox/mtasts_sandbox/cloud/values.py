"""Property values as they cross the wire to the engine: protobuf structs to plain Python and back.

Hand-written because json_format costs 20 times as much, and a first publication of 1,000 domains makes 16,000 calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

# The engine's sentinel for a string value not known yet, in a preview (sdk/go/common/resource/plugin/rpc.go).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# The same for other types: a value of any of these is not known yet.
_UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of a secret, not one
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
# Where the bridge of the real providers keeps what Terraform's state has otherwise than Pulumi's, in every resource.
RAW_STATE = "__pulumi_raw_state_delta"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that the engine must encrypt in its state."""

    value: Any


def is_unknown(value: object) -> bool:
    """Will this value be known only when something else has been created?"""
    return isinstance(value, str) and value in _UNKNOWNS


def has_unknown(value: object) -> bool:
    """Is anything in this value, however deep, not known yet?"""
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return is_unknown(value)


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A struct as plain Python: whole numbers as int, secrets and outputs unwrapped, nulls left out."""
    found = {name: _plain(value) for name, value in struct.fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain Python as a struct; None is left out."""
    struct = struct_pb2.Struct()
    _fill(struct, properties)
    return struct


def _plain(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _unwrapped(from_struct(value.struct_value))
        case "list_value":
            return [_plain(item) for item in value.list_value.values]
        case _:
            return None


def _unwrapped(plain: dict[str, Any]) -> Any:
    match plain.get(_SIGNATURE):
        case None:
            return plain
        case mark if mark == _SECRET:
            return plain.get("value")
        case mark if mark == _OUTPUT:
            return plain.get("value", UNKNOWN)
        case _:
            return plain  # an asset or archive: no input of ours takes one, so the check refuses it


def _fill(struct: struct_pb2.Struct, properties: Mapping[str, Any]) -> None:
    fields = struct.fields
    for name, value in properties.items():
        if value is not None:
            _set(fields[name], value)


def _set(target: struct_pb2.Value, value: Any) -> None:
    if isinstance(value, Secret):
        _set(target, {_SIGNATURE: _SECRET, "value": value.value})
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        _fill(target.struct_value, value)
    else:
        target.list_value.SetInParent()
        for item in value:
            _set(target.list_value.values.add(), item)
