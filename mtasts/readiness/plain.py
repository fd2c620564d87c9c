"""Observed values as JSON values: dataclasses to objects, enums to words, times to stamps, bytes to Base64."""

import base64
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any


def plain(value: Any) -> Any:
    """`value` and all in it as dict, list, str, number, bool or None."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return round(value, 4) if isinstance(value, float) else value


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: str) -> datetime:
    """The aware time that `stamp` wrote. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
