"""Markdown of another step, kept from reaching beyond its place: nothing left open, no command, no mark of ours.

Whoever makes parts must see to all that; but the file came over from another step. Foreign words in it are not known
here any more: making them inert is for who knew them (`mtasts.render.markdown`).
"""

import re
from collections.abc import Sequence

from mtasts.render.markdown import fence, workflow_command_safe

_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")
_TAG = re.compile(r"<(/?)details\b", re.IGNORECASE)


def contained(markdown: str) -> str:
    """The Markdown, if it leaves nothing open that would swallow what follows; else as a block of code."""
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not _is_closed(lines):
        return fence(tuple(lines))
    # A line that starts with a slash can be a command to GitLab (`/approve`), one with colons to GitHub's runner, in
    # whose log a dry run ends; a hidden mark of ours would make another comment look like ours.
    safe = "\n".join(f" {line}" if line.startswith("/") else workflow_command_safe(line) for line in lines)
    return safe.replace("<!-- mtasts:", "<!-- ")


def _is_closed(lines: Sequence[str]) -> bool:
    opened = ""
    depth = 0
    for line in lines:
        found = _FENCE.match(line)
        if opened:
            if found and found[1].startswith(opened) and not found[2].strip():
                opened = ""
            continue
        if found:
            opened = found[1]
            continue
        if line.count("<!--") != line.count("-->"):
            return False
        for tag in _TAG.finditer(line):
            depth += -1 if tag[1] else 1
            if depth < 0:
                return False
    return not opened and depth == 0
