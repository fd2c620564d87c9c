"""One setting of the `rollout:` block: its key, its schema, its rule, and how a diff says that it changed."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

# `$` is the end in JSON Schema's regular expressions, but in Python also what stands before a last line feed.
END: Final = r"$(?!\n)"
DAY_PATTERN: Final = f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END}"
DURATION_PATTERN: Final = f"^[0-9]{{1,8}}[smhdw]{END}"
REASON_MOST: Final = 500

# What a value must be, for who wrote another one.
A_NUMBER: Final = "a number"
DAYS: Final = "a number of days"
A_DAY: Final = "a day such as 2026-12-31"
A_MAX_AGE: Final = "a number of seconds, or one with s, m, h, d or w such as 2w"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One thing that becomes different; `lowers`: less will be asked of the domain than before.

    `text` may hold words from the YAML, which the printer escapes.
    """

    text: str
    lowers: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """All that the program needs to know of a setting, beside its field in `RolloutSettings` with the default.

    `key`: its name below `rollout:`; `field`: that of RolloutSettings. `schema`: the JSON Schema of its value.
    `changes`: what a diff says of two different values of the field, given the key. `rule`: what the schema cannot say,
    as in rules.py; it gives the field's value. `wanted`: what must stand there, for who wrote something else: under "",
    or under the name of a key below it.
    """

    key: str
    field: str
    schema: dict[str, Any]
    changes: Callable[[str, Any, Any], Iterable[SettingChange]]
    rule: Callable[..., Any] | None = None
    wanted: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def dotted(self) -> str:
        """The key from the top of the file."""
        return f"rollout.{self.key}"

    @property
    def has_keys(self) -> bool:
        """Whether there are keys below it, or in each of its entries."""
        return "object" in (self.schema["type"], self.schema.get("items", {}).get("type"))

    def wanted_at(self) -> Iterator[tuple[str, str]]:
        """The dotted keys and what must stand there."""
        return ((f"{self.dotted}.{name}" if name else self.dotted, words) for name, words in self.wanted.items())


def reason_schema(description: str) -> dict[str, Any]:
    """A text that is there and not endless."""
    return {"description": description, "type": "string", "minLength": 1, "maxLength": REASON_MOST}


def number_schema(description: str, least: int, most: int, default: int) -> dict[str, Any]:
    """A whole number within bounds; the description ends with the default."""
    return {
        "description": f"{description} Default: {default}.",
        "type": "integer",
        "minimum": least,
        "maximum": most,
        "default": default,
    }


def more_asks_more(key: str, was: int, becomes: int) -> Iterator[SettingChange]:
    """A number of which a lower one lowers the bar."""
    yield SettingChange(f"{key} {was} -> {becomes}", lowers=becomes < was)


def more_asks_less(key: str, was: int, becomes: int) -> Iterator[SettingChange]:
    """A number of which a higher one lowers the bar."""
    yield SettingChange(f"{key} {was} -> {becomes}", lowers=becomes > was)


def reason_changes(key: str, was: str, becomes: str, *, lowers: bool) -> Iterator[SettingChange]:
    """A reason that is set, lifted or written in other words."""
    if not was:
        yield SettingChange(f"{key} is set: {becomes}", lowers=lowers)
    elif not becomes:
        yield SettingChange(f"{key} is removed (it said: {was})", lowers=lowers)
    else:
        yield SettingChange(f"{key} says {becomes} instead of {was}", lowers=lowers)
