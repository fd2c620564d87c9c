"""The `adopted:` block of a policy file: its schema, and the rule for what a schema cannot say."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mtasts.policy.adopted import Adopted, unusable
from mtasts.policy.rules import Say
from mtasts.policy.setting import END
from mtasts.protocol.mta_sts import POLICY_BYTES_LIMIT
from mtasts.protocol.problem import quote

A_MOMENT: Final = "a moment such as 2026-12-31T12:00:00Z"
_ID: Final = f"^[A-Za-z0-9]{{1,32}}{END}"
_MOMENT: Final = (
    f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(Z|[-+][0-9]{{2}}:[0-9]{{2}}){END}"
)

ADOPTED_SCHEMA: Final[dict[str, Any]] = {
    "description": "What the domain published before it came here, as `mtasts adopt` saw it. As long as this file asks "
    "for the same, the same bytes are published under the same id.",
    "type": "object",
    "properties": {
        "id": {
            "description": "The id that the _mta-sts record named.",
            "type": "string",
            "pattern": _ID,
            "examples": ["20240101000000Z"],
        },
        "seen": {
            "description": "When it was looked at, with the time zone.",
            "type": "string",
            "pattern": _MOMENT,
            "examples": ["2026-12-31T12:00:00Z"],
        },
        "text": {
            "description": "The policy file as served, byte for byte. Left out where nothing was served that senders "
            "can use.",
            "type": "string",
            "minLength": 1,
            "maxLength": POLICY_BYTES_LIMIT,
        },
    },
    "required": ["id", "seen"],
    "additionalProperties": False,
}


def adopted_rule(written: Mapping[str, Any], say: Say) -> Adopted | None:
    """What was published; only a text that senders can use may be published again (RFC 8461 s3.2)."""
    seen, text = written.get("seen"), written.get("text")
    moment = _moment(seen, say) if isinstance(seen, str) else None
    reason = unusable(text) if isinstance(text, str) and text else None
    if reason is not None:
        say(f"is not a policy that senders can use: {reason}", "text")
    name = written.get("id")
    if moment is None or reason is not None or not isinstance(name, str) or not isinstance(text, str | None):
        return None
    try:
        return Adopted(name, moment, text)
    except ValueError:
        return None  # the schema has said it


def _moment(written: str, say: Say) -> datetime | None:
    if re.match(_MOMENT, written, re.ASCII) is None:
        return None  # the schema has said it
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        say(f"{quote(written)} is not a moment of the calendar", "seen")
        return None
