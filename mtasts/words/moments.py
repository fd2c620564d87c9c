"""Moments for people, in UTC and to the minute: a date that something waits for is never shown too early."""

from datetime import UTC, datetime, timedelta

_MINUTE = timedelta(minutes=1)


def at(moment: datetime) -> str:
    """When something was: `2026-12-08 14:03 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def not_before(moment: datetime) -> str:
    """From when on something may be, rounded up to the whole minute."""
    whole = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return at(whole if whole == moment else whole + _MINUTE)
