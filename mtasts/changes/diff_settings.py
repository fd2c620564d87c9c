"""What a change does to the bar that a domain has to clear: thresholds, waivers, holds, in words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from mtasts.policy.settings import Acceptance, RolloutSettings, Waiver


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One thing that becomes different; `lowers`: less will be asked of the domain than before.

    `text` may hold words from the YAML, which the printer escapes.
    """

    text: str
    lowers: bool = False


# Field, the YAML's word, and whether more of it asks for less.
_NUMBERS = (
    ("window_days", "window", False),
    ("reporters", "reporters", False),
    ("sessions", "sessions", False),
    ("days", "days", False),
    ("recency_days", "recency", True),
    ("first_max_age", "first_max_age", True),
)


def setting_changes(old: RolloutSettings, new: RolloutSettings) -> tuple[SettingChange, ...]:
    """Every difference between two `rollout:` blocks, the defaults written out in both."""
    return (
        *_numbers(old, new),
        *_reason("hold", old.hold, new.hold, less=bool(old.hold) and not new.hold),
        *_reason("adopted", old.adopted, new.adopted, less=bool(new.adopted) and not old.adopted),
        *_acceptance(old.accept_little, new.accept_little),
        *_waivers(old.waivers, new.waivers),
        *_trusted(old.trusted_reporters, new.trusted_reporters),
    )


def _numbers(old: RolloutSettings, new: RolloutSettings) -> Iterator[SettingChange]:
    for field, word, more_is_less in _NUMBERS:
        was, becomes = getattr(old, field), getattr(new, field)
        if was != becomes:
            yield SettingChange(f"{word} {was} -> {becomes}", lowers=(becomes > was) is more_is_less)


def _reason(word: str, was: str, becomes: str, *, less: bool) -> Iterator[SettingChange]:
    if was == becomes:
        return
    if not was:
        yield SettingChange(f"{word} is set: {becomes}", lowers=less)
    elif not becomes:
        yield SettingChange(f"{word} is lifted (it said: {was})", lowers=less)
    else:
        yield SettingChange(f"{word} says {becomes} instead of {was}", lowers=less)


def _acceptance(was: Acceptance | None, becomes: Acceptance | None) -> Iterator[SettingChange]:
    if was == becomes:
        return
    if becomes is None:
        yield SettingChange("little evidence is accepted no longer")
    else:
        longer = was is None or becomes.until > was.until
        yield SettingChange(f"little evidence is accepted until {becomes.until}: {becomes.reason}", lowers=longer)


def _trusted(was: tuple[str, ...], becomes: tuple[str, ...]) -> Iterator[SettingChange]:
    for name in becomes:
        if name not in was:
            yield SettingChange(f"the reports of {name} are trusted", lowers=True)
    for name in was:
        if name not in becomes:
            yield SettingChange(f"the reports of {name} are trusted no longer")


def _waivers(was: tuple[Waiver, ...], becomes: tuple[Waiver, ...]) -> Iterator[SettingChange]:
    for waiver in becomes:
        if waiver not in was:
            yield SettingChange(f"waived until {waiver.until}: {waiver.selectors} ({waiver.reason})", lowers=True)
    for waiver in was:
        if waiver not in becomes:
            yield SettingChange(f"waived no longer: {waiver.selectors}")
