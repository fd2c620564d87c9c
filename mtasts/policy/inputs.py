"""The texts that desired state comes from, and the places in them where something is wrong."""

from dataclasses import dataclass

from mtasts.protocol.problem import Severity


@dataclass(frozen=True, slots=True)
class Source:
    """One file of desired state: the path as the user would write it, and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{one_line(self.path)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class InputProblem:
    """One thing wrong in a file, at its place; `key` is the dotted YAML key, or `yaml` or `file` for what has none.

    An error forbids publishing anything; a warning is for what is allowed but should not be published.
    """

    place: Place
    key: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        mark = "" if self.severity is Severity.ERROR else "warning: "
        return f"{self.place}: {mark}{one_line(self.key)}: {one_line(self.message)}"


def one_line(text: str) -> str:
    """`text` with whatever would break the line, or play with a terminal, written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
