"""Lengths of time for people: one that was set, exactly, and one that was measured, rounded down."""

from datetime import timedelta
from typing import Final

_UNITS: Final = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60))


def span(seconds: int) -> str:
    """A max_age or a TTL, exact: `1 day`, `2 weeks`, `90 s`."""
    for unit, length in _UNITS:
        count, rest = divmod(seconds, length)
        if count and not rest:
            return _counted(count, unit)
    return f"{seconds} s"


def roughly(length: timedelta) -> str:
    """An age, or what is left of something: `59 days`, `47 hours`, `90 minutes`, `40 s`; negative when it is over."""
    seconds = abs(int(length.total_seconds()))
    sign = "-" if length < timedelta(0) else ""
    for unit, size in _UNITS[1:]:
        if seconds >= 2 * size or seconds == size:
            return sign + _counted(seconds // size, unit)
    return f"{sign}{seconds} s"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
