"""Pages of the manual in man(7): name, synopsis, description, options, and where else to look. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One command's page. `command`: "mtasts verify". `rows`: an option or argument with its words, or a verb's."""

    command: str
    line: str
    usage: str
    description: str
    rows: tuple[tuple[str, str], ...]
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As `man` is asked for it: mtasts-reports-import."""
        return self.command.replace(" ", "-")


def man(page: Page, version: str) -> str:
    """The source of the page. Its text may be a stranger's, of a verb that another distribution brings."""
    return "".join(f"{line}\n" for line in _lines(page, version))


def _lines(page: Page, version: str) -> Iterator[str]:
    yield f'.TH "{_text(page.name.upper())}" 1 "" "{_text(f"mtasts {version}")}" "mtasts"'
    yield ".SH NAME"
    yield f"{_text(page.name)} \\- {_text(page.line)}"
    yield ".SH SYNOPSIS"
    usage = page.usage.split("\n")
    yield from _as_it_is(usage) if usage[1:] else [_line(page.usage)]
    yield ".SH DESCRIPTION"
    yield from _description(page.description)
    if page.rows:
        yield ".SH OPTIONS"
    for what, words in page.rows:
        yield ".TP"
        yield f"\\fB{_text(what)}\\fR"
        yield _line(" ".join(words.split()) or "see above")
    if not re.search("exit codes?", page.description, re.IGNORECASE):
        yield ".SH EXIT STATUS"
        yield "0 as asked; 1 looked, and it is not as it should be; 2 could not look."
    if page.others:
        yield ".SH SEE ALSO"
        yield ", ".join(f"\\fB{_text(other)}\\fR(1)" for other in page.others)


def _description(text: str) -> Iterator[str]:
    """Paragraphs are filled; what is set in, or a list, stays as it is."""
    for number, block in enumerate(re.split(r"\n\s*\n", text.strip("\n"))):
        if number:
            yield ".PP"
        lines = block.split("\n")
        if any(line[:1] == " " for line in lines) or any("   " in line for line in lines):
            yield from _as_it_is(lines)
        else:
            yield from map(_line, lines)


def _as_it_is(lines: Sequence[str]) -> Iterator[str]:
    yield ".nf"
    yield from (_line(line.rstrip()) for line in lines if line.strip())
    yield ".fi"


def _line(text: str) -> str:
    """A line of text: one that begins like a request is not one."""
    return ("\\&" if text[:1] in (".", "'") else "") + _text(text)


def _text(text: str) -> str:
    """Characters that man(7) reads as its own, as themselves. A quote would end an argument of .TH."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return (
        plain.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("^", "\\(ha").replace("~", "\\(ti")
    )
