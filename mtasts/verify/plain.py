"""Observed values as JSON values: dataclasses to objects, enums to words, times to stamps, bytes to Base64."""

import base64
import functools
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, cast


def plain(value: Any) -> Any:
    """`value` and all in it as dict, list, str, number, bool or None."""
    kind = type(value)
    if kind is str or value is None or kind is int or kind is bool:
        return value
    if kind is tuple:
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    names = _names(cast(Hashable, kind))
    if names:
        return {name: plain(getattr(value, name)) for name in names}
    if kind is datetime:
        return stamp(value)
    if kind is bytes:
        return base64.b64encode(value).decode("ascii")
    return round(value, 4) if kind is float else value


@functools.cache
def _names(kind: Hashable) -> tuple[str, ...]:
    """The fields of a dataclass; none of any other type. Looked up once a type: a domain has hundreds of values."""
    return tuple(field.name for field in fields(kind)) if isinstance(kind, type) and is_dataclass(kind) else ()


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: str) -> datetime:
    """The aware time that `stamp` wrote. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
