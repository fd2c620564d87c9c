"""The `rollout:` part of the JSON Schema: the bar that a domain clears before enforce, and who lowered it why."""

from typing import Any, Final

from mtasts.policy.settings import (
    FIRST_MAX_AGE,
    TRUSTED_LIMIT,
    WAIVERS_LIMIT,
    WINDOW_LEAST,
    WINDOW_MOST,
    RolloutSettings,
)
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT

# See schema.py on this end.
_END: Final = r"$(?!\n)"
DAY_PATTERN: Final = f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_END}"
DURATION_PATTERN: Final = f"^[0-9]{{1,8}}[smhdw]{_END}"
REASON_MOST: Final = 500
# Ours: nobody needs more to believe, and a slip of a few digits is caught.
REPORTERS_MOST: Final = 100
SESSIONS_MOST: Final = 1_000_000
_DEFAULT: Final = RolloutSettings()

# Where a plain 2026-12-31 is meant, which YAML 1.1 reads as a date of its own.
DAY_KEYS: Final = frozenset({"rollout.accept_little_evidence.until", "rollout.waivers.until"})


def _reason(description: str) -> dict[str, Any]:
    return {"description": description, "type": "string", "minLength": 1, "maxLength": REASON_MOST}


def _number(description: str, least: int, most: int, default: int) -> dict[str, Any]:
    return {"description": description, "type": "integer", "minimum": least, "maximum": most, "default": default}


_UNTIL: Final = {
    "description": "The last day (UTC) on which it holds.",
    "type": "string",
    "pattern": DAY_PATTERN,
    "examples": ["2026-12-31"],
}

ROLLOUT_SCHEMA: Final[dict[str, Any]] = {
    "description": "What `mtasts ready` asks for before the next step towards enforce. Not published.",
    "type": "object",
    "properties": {
        "window": _number(
            f"Days of reports that count. Default: {_DEFAULT.window_days}.",
            WINDOW_LEAST,
            WINDOW_MOST,
            _DEFAULT.window_days,
        ),
        "reporters": _number(
            f"Distinct reporters that must tell of good sessions. Default: {_DEFAULT.reporters}.",
            1,
            REPORTERS_MOST,
            _DEFAULT.reporters,
        ),
        "trusted_reporters": {
            "description": "Domains whose reports count in full, with every name below them, as those of the known "
            "reporters do.",
            "type": "array",
            "items": {"type": "string", "examples": ["example.net"]},
            "maxItems": TRUSTED_LIMIT,
        },
        "sessions": _number(
            f"Good sessions that they must tell of, together. Default: {_DEFAULT.sessions}.",
            1,
            SESSIONS_MOST,
            _DEFAULT.sessions,
        ),
        "days": _number(
            f"Days on which there must be reports; at most the window. Default: {_DEFAULT.days}.",
            1,
            WINDOW_MOST,
            _DEFAULT.days,
        ),
        "recency": _number(
            f"Days since the last day with reports, at most; at most the window. Default: {_DEFAULT.recency_days}.",
            1,
            WINDOW_MOST,
            _DEFAULT.recency_days,
        ),
        "hold": _reason("Why no step towards enforce may be taken. Remove the key to go on."),
        "accept_little_evidence": {
            "description": "For a domain that gets too little mail to reach the minima: go on with less. It never "
            "excuses a failure.",
            "type": "object",
            "properties": {"reason": _reason("Why less is enough."), "until": _UNTIL},
            "required": ["reason", "until"],
            "additionalProperties": False,
        },
        "waivers": {
            "description": "Failures that do not count. Each names at least one of result_type, mx and reporter; all "
            "that it names must match.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "result_type": {
                        "description": "The result type of RFC 8460 s4.3.",
                        "type": "string",
                        "pattern": f"^[a-z][a-z0-9-]{{0,63}}{_END}",
                        "examples": ["certificate-expired"],
                    },
                    "mx": {
                        "description": "The MX host, or a pattern as in mx.",
                        "type": "string",
                        "examples": ["mx2.example.com"],
                    },
                    "reporter": {
                        "description": "The domain that sent the report.",
                        "type": "string",
                        "examples": ["example.net"],
                    },
                    "reason": _reason("Why these failures do not count."),
                    "until": _UNTIL,
                },
                "required": ["reason", "until"],
                "additionalProperties": False,
            },
            "maxItems": WAIVERS_LIMIT,
        },
        "adopted": _reason(
            "Why the first publication may be enforce: the domain had this very policy, in mode enforce, before it "
            "came here."
        ),
        "first_max_age": {
            "description": "The longest max_age with which enforce may begin: seconds, or a number with s, m, h, d or "
            "w. Default: 1w.",
            "type": ["integer", "string"],
            "minimum": 1,
            "maximum": MAX_AGE_LIMIT,
            "pattern": DURATION_PATTERN,
            "default": FIRST_MAX_AGE,
            "examples": ["2w"],
        },
    },
    "additionalProperties": False,
}
