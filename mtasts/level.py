"""The level of a finding: one scale for change rules and checks."""

from enum import StrEnum


class Level(StrEnum):
    """What a finding costs. BLOCK: mail in enforce, or the policy itself. WARN: fix it. NOTE: know it."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"

    @property
    def weight(self) -> int:
        """The place of the level where the heaviest comes first."""
        return list(Level).index(self)
