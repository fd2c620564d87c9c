"""Lines folded to a width, at blanks only: a name is never broken, not at its hyphens either.

What renders text yields each line whole; it is folded where it is printed, if that is a terminal.
"""

import re

# Of a pipe, a file, a job's log: nothing is folded or cut there, and a line stays a line.
UNLIMITED = 1_000_000

_LABEL = re.compile(r" *(?:\S+ {2,})?")


def folded(line: str, width: int, hang: int | None = None) -> list[str]:
    """The line in pieces of at most `width`, unless a word is longer.

    Further pieces are set in by `hang`; by default to where the words after a label begin (`  mail   words`), or by
    two more than the line itself.
    """
    if len(line) <= width:
        return [line]
    if hang is None:
        label = _LABEL.findall(line)[0]
        hang = len(label) if label.strip() else len(label) + 2
    hang = min(hang, width // 2)
    pieces: list[str] = []
    begin, lead = 0, ""
    for word in re.finditer(r"\S+", line):
        if len(lead) + word.end() - begin > width and line[begin : word.start()].strip():
            pieces.append(lead + line[begin : word.start()].rstrip())
            # A word that would not fit there is set in by less, rather than left to the terminal to break.
            begin, lead = word.start(), " " * max(0, min(hang, width - len(word[0])))
    return [*pieces, lead + line[begin:]]
