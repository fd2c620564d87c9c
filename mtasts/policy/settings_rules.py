"""Rules for the `rollout:` block that a schema cannot express: days that exist, names, and waivers that name something.

Rules as in rules.py. A list is judged entry by entry, also when the schema has found another entry wrong.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from mtasts.policy.rules import Say, day_rule, name_rule, pattern_rule
from mtasts.policy.setting import DAY_PATTERN
from mtasts.policy.settings import Acceptance, Waiver
from mtasts.protocol.general_keys import general_key
from mtasts.protocol.problem import quote
from mtasts.protocol.registrable import is_public_suffix

_DAY = re.compile(DAY_PATTERN, re.ASCII)
_SELECTORS = ("result_type", "mx", "reporter")


def reason_rule(written: str, say: Say, *path: int | str) -> str | None:
    """A reason as one line: it is printed in tables and in comments on pull requests."""
    reason = " ".join(written.split())
    if not reason and written:  # the schema has said it of ""
        say("is blank; whoever reads it later wants to know why", *path)
    return reason or None


def acceptance_rule(written: Mapping[str, Any], say: Say) -> Acceptance | None:
    """Why and until when little evidence is enough."""
    reason, until = _reason(written, say), _until(written, say)
    return None if reason is None or until is None else Acceptance(reason, until)


def waivers_rule(written: Sequence[Any], say: Say) -> tuple[Waiver, ...] | None:
    """The waivers, with names in A-labels."""
    waivers = [_waiver(entry, position, say) for position, entry in enumerate(written) if isinstance(entry, dict)]
    right = tuple(waiver for waiver in waivers if waiver is not None)
    return right if len(right) == len(written) else None


def trusted_rule(written: Sequence[Any], say: Say) -> tuple[str, ...] | None:
    """The domains whose reports count in full, in A-labels; what belongs to many is no reporter."""
    names = [_trusted(name, position, say) for position, name in enumerate(written) if isinstance(name, str)]
    right = tuple(dict.fromkeys(name for name in names if name is not None))
    return right if len(names) == len(written) and None not in names else None


def _trusted(written: str, position: int, say: Say) -> str | None:
    name = name_rule(written, say, position)
    if name is None:
        return None
    if is_public_suffix(name):
        say(f"{quote(name)} is not one organization's domain: anybody can register a name below it", position)
        return None
    if why := general_key(name):
        say(f"{quote(name)} signs for everybody ({why}), so its reports cannot be trusted", position)
        return None
    return name


def _waiver(entry: Mapping[str, Any], position: int, say: Say) -> Waiver | None:
    reason, until = _reason(entry, say, position), _until(entry, say, position)
    if not any(selector in entry for selector in _SELECTORS):
        say(f"names none of {', '.join(_SELECTORS)}, so it would cover every failure", position)
        return None
    names: dict[str, str | None] = {}
    for selector, rule in (("mx", pattern_rule), ("reporter", name_rule)):
        value = entry.get(selector, "")
        if isinstance(value, str):
            names[selector] = rule(value, say, position, selector) if selector in entry else ""
    kind = entry.get("result_type", "")
    if isinstance(kind, str) and kind:
        _advise_result_type(kind, say, position)
    mx, reporter = names.get("mx"), names.get("reporter")
    if reason is None or until is None or mx is None or reporter is None or not isinstance(kind, str):
        return None
    if not (kind or mx or reporter):
        return None  # result_type: "" alone; the schema has said it
    return Waiver(kind, mx, reporter, reason, until)


def _reason(entry: Mapping[str, Any], say: Say, *path: int | str) -> str | None:
    written = entry.get("reason")
    return reason_rule(written, say, *path, "reason") if isinstance(written, str) else None


def _until(entry: Mapping[str, Any], say: Say, *path: int | str) -> date | None:
    written = entry.get("until")
    if not isinstance(written, str) or _DAY.fullmatch(written) is None:
        return None  # the schema has said it
    return day_rule(written, say, *path, "until")


def _advise_result_type(kind: str, say: Say, position: int) -> None:
    """Reporters do send others than the registered ones, but rarely so: more often it is a slip, and waives nothing."""
    from mtasts.protocol.report_fields import RESULT_TYPES  # noqa: PLC0415 - needed only for a waiver

    if kind in RESULT_TYPES:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - as above

    near = get_close_matches(kind, RESULT_TYPES, n=1, cutoff=0.6)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    say(
        f"{quote(kind)} is not a result type of RFC 8460 s4.3; it matches only reports with exactly this word{hint}",
        position,
        "result_type",
        warning=True,
    )
