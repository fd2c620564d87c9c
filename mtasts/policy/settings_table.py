"""The settings of the `rollout:` block, a record each: the bar that a domain clears before enforce, and who lowered it.

The schema, the checks of a file, the values and the words of a diff are all made from these records.
"""

from collections.abc import Iterator
from typing import Any, Final

from mtasts.policy.rules import max_age_rule
from mtasts.policy.setting import (
    A_DAY,
    A_MAX_AGE,
    A_NUMBER,
    DAY_PATTERN,
    DAYS,
    DURATION_PATTERN,
    END,
    Setting,
    SettingChange,
    more_asks_less,
    more_asks_more,
    number_schema,
    reason_changes,
    reason_schema,
)
from mtasts.policy.settings import (
    FIRST_MAX_AGE,
    TRUSTED_LIMIT,
    WAIVERS_LIMIT,
    WINDOW_LEAST,
    WINDOW_MOST,
    Acceptance,
    RolloutSettings,
    Waiver,
)
from mtasts.policy.settings_rules import acceptance_rule, reason_rule, trusted_rule, waivers_rule
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from mtasts.words.durations import span

# Ours: nobody needs more to believe, and a slip of a few digits is caught.
REPORTERS_MOST: Final = 100
SESSIONS_MOST: Final = 1_000_000
_DEFAULT: Final = RolloutSettings()

_UNTIL: Final = {
    "description": "The last day (UTC) on which it holds.",
    "type": "string",
    "pattern": DAY_PATTERN,
    "examples": ["2026-12-31"],
}


def _hold(key: str, was: str, becomes: str) -> Iterator[SettingChange]:
    return reason_changes(key, was, becomes, lowers=not becomes)


def _adopted(key: str, was: str, becomes: str) -> Iterator[SettingChange]:
    return reason_changes(key, was, becomes, lowers=not was)


def _first_max_age(key: str, was: int, becomes: int) -> Iterator[SettingChange]:
    yield SettingChange(f"{key} {span(was)} -> {span(becomes)}", lowers=becomes > was)


def _acceptance(_: str, was: Acceptance | None, becomes: Acceptance | None) -> Iterator[SettingChange]:
    if becomes is None:
        yield SettingChange("little evidence is no longer accepted")
    else:
        longer = was is None or becomes.until > was.until
        yield SettingChange(f"little evidence is accepted until {becomes.until}: {becomes.reason}", lowers=longer)


def _trusted(_: str, was: tuple[str, ...], becomes: tuple[str, ...]) -> Iterator[SettingChange]:
    for name in becomes:
        if name not in was:
            yield SettingChange(f"the reports of {name} are trusted", lowers=True)
    for name in was:
        if name not in becomes:
            yield SettingChange(f"the reports of {name} are no longer trusted")


def _waivers(_: str, was: tuple[Waiver, ...], becomes: tuple[Waiver, ...]) -> Iterator[SettingChange]:
    for waiver in becomes:
        if waiver not in was:
            yield SettingChange(f"waived until {waiver.until}: {waiver.selectors} ({waiver.reason})", lowers=True)
    for waiver in was:
        if waiver not in becomes:
            yield SettingChange(f"no longer waived: {waiver.selectors}")


SETTINGS: Final = (
    Setting(
        key="window",
        field="window_days",
        schema=number_schema("Days of reports that count.", WINDOW_LEAST, WINDOW_MOST, _DEFAULT.window_days),
        changes=more_asks_more,
        wanted={"": DAYS},
    ),
    Setting(
        key="reporters",
        field="reporters",
        schema=number_schema(
            "Distinct reporters that must report good sessions.", 1, REPORTERS_MOST, _DEFAULT.reporters
        ),
        changes=more_asks_more,
        wanted={"": A_NUMBER},
    ),
    Setting(
        key="trusted_reporters",
        field="trusted_reporters",
        schema={
            "description": "Domains whose reports count in full, with every name below them, as those of the known "
            "reporters do.",
            "type": "array",
            "items": {"type": "string", "examples": ["example.net"]},
            "maxItems": TRUSTED_LIMIT,
        },
        rule=trusted_rule,
        changes=_trusted,
    ),
    Setting(
        key="sessions",
        field="sessions",
        schema=number_schema("Good sessions that they must report, together.", 1, SESSIONS_MOST, _DEFAULT.sessions),
        changes=more_asks_more,
        wanted={"": A_NUMBER},
    ),
    Setting(
        key="days",
        field="days",
        schema=number_schema("Days on which there must be reports; at most the window.", 1, WINDOW_MOST, _DEFAULT.days),
        changes=more_asks_more,
        wanted={"": DAYS},
    ),
    Setting(
        key="recency",
        field="recency_days",
        schema=number_schema(
            "Days since the last day with reports, at most; at most the window.", 1, WINDOW_MOST, _DEFAULT.recency_days
        ),
        changes=more_asks_less,
        wanted={"": DAYS},
    ),
    Setting(
        key="hold",
        field="hold",
        schema=reason_schema("Why no step towards enforce may be taken. Remove the key to go on."),
        rule=reason_rule,
        changes=_hold,
    ),
    Setting(
        key="accept_little_evidence",
        field="accept_little",
        schema={
            "description": "For a domain that gets too little mail to reach the minima: go on with less. It never "
            "excuses a failure.",
            "type": "object",
            "properties": {"reason": reason_schema("Why less is enough."), "until": _UNTIL},
            "required": ["reason", "until"],
            "additionalProperties": False,
        },
        rule=acceptance_rule,
        changes=_acceptance,
        wanted={"until": A_DAY},
    ),
    Setting(
        key="waivers",
        field="waivers",
        schema={
            "description": "Failures that do not count. Each names at least one of result_type, mx and reporter; all "
            "that it names must match.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "result_type": {
                        "description": "The result type of RFC 8460 s4.3.",
                        "type": "string",
                        "pattern": f"^[a-z][a-z0-9-]{{0,63}}{END}",
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
                    "reason": reason_schema("Why these failures do not count."),
                    "until": _UNTIL,
                },
                "required": ["reason", "until"],
                "additionalProperties": False,
            },
            "maxItems": WAIVERS_LIMIT,
        },
        rule=waivers_rule,
        changes=_waivers,
        wanted={"result_type": "a result type such as certificate-expired", "until": A_DAY},
    ),
    Setting(
        key="adopted",
        field="adopted",
        schema=reason_schema(
            "Why the first publication may be enforce: the domain had this very policy, in mode enforce, before it "
            "came here."
        ),
        rule=reason_rule,
        changes=_adopted,
    ),
    Setting(
        key="first_max_age",
        field="first_max_age",
        schema={
            "description": "The longest max_age with which enforce may begin: seconds, or a number with s, m, h, d or "
            "w. Default: 1w.",
            "type": ["integer", "string"],
            "minimum": 1,
            "maximum": MAX_AGE_LIMIT,
            "pattern": DURATION_PATTERN,
            "default": FIRST_MAX_AGE,
            "examples": ["2w"],
        },
        rule=max_age_rule,
        changes=_first_max_age,
        wanted={"": A_MAX_AGE},
    ),
)

ROLLOUT_SCHEMA: Final[dict[str, Any]] = {
    "description": "What `mtasts ready` asks for before the next step towards enforce. Not published.",
    "type": "object",
    "properties": {setting.key: setting.schema for setting in SETTINGS},
    "additionalProperties": False,
}


def setting_changes(old: RolloutSettings, new: RolloutSettings) -> tuple[SettingChange, ...]:
    """Every difference between two `rollout:` blocks, the defaults written out in both."""
    pairs = ((one, getattr(old, one.field), getattr(new, one.field)) for one in SETTINGS)
    found = (one.changes(one.key, was, becomes) for one, was, becomes in pairs if was != becomes)
    return tuple(change for changes in found for change in changes)
