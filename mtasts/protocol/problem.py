"""Problems of something that was read, and the value read if no problem forbids it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Severity(StrEnum):
    """How bad: an error is refused by the grammar, a warning is valid on the wire but should not be published."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `code` is kebab-case and stable; `section` names its source, such as `RFC 8461 s3.1`."""

    severity: Severity
    code: str
    message: str
    section: str


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """A value that was read, or None if an error forbids it, and every problem found on the way."""

    value: T_co | None
    problems: tuple[Problem, ...]

    @property
    def valid(self) -> bool:
        """Whether the grammar accepts what was read; warnings do not count."""
        return self.value is not None


# A hostile body of 64 KiB can hold a problem a byte; nobody reads more than these.
PROBLEMS_LIMIT = 100


class Problems:
    """Collects the problems of one reading."""

    def __init__(self, section: str) -> None:
        self._section = section
        self._found: list[Problem] = []
        self._left_off = 0
        self.failed = False

    def error(self, code: str, message: str, section: str = "") -> None:
        """Note something that the grammar refuses."""
        self.failed = True
        self._add(Problem(Severity.ERROR, code, message, section or self._section))

    def warning(self, code: str, message: str, section: str = "") -> None:
        """Note something that is valid but should not be published."""
        self._add(Problem(Severity.WARNING, code, message, section or self._section))

    def _add(self, problem: Problem) -> None:
        if len(self._found) < PROBLEMS_LIMIT:
            self._found.append(problem)
        else:
            self._left_off += 1

    def listed(self) -> tuple[Problem, ...]:
        """All problems in the order found; a last one counts those that were too many to list."""
        if not self._left_off:
            return tuple(self._found)
        severity = Severity.ERROR if self.failed else Severity.WARNING
        rest = Problem(severity, "more-problems", f"and {self._left_off} more problems", self._section)
        return (*self._found, rest)


def quote(text: str, limit: int = 60) -> str:
    """`text` in double quotes for a message: one line, unprintable characters escaped, visibly shortened."""
    shown = text[:limit]
    escaped = "".join(c if c.isprintable() and c not in '\\"' else _escape(c) for c in shown)
    return f'"{escaped}"' if len(text) <= limit else f'"{escaped}..." ({len(text)} characters)'


def _escape(character: str) -> str:
    if character in '\\"':
        return "\\" + character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
