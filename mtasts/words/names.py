"""Domains and hosts as people are shown them: the A-labels, which all else goes by, and the U-labels beside them.

For tables, pages, comments and messages. Keys, file names, commands to be copied and every machine's form keep the
A-labels alone. Whoever prints escapes the result, as any text that may come from outside.
"""

import re

from mtasts.protocol.names import to_u_labels

# A name with at least one A-label, or a pattern of such; what is in front of a dot or an @ is not cut off.
_WITH_A_LABEL = re.compile(r"(?<![\w.@*-])(?:\*\.)?(?:[\w-]+\.)*xn--[\w-]+(?:\.[\w-]+)*", re.ASCII | re.IGNORECASE)


def with_u_labels(text: str) -> str:
    """`text` with the U-labels in brackets behind each name in A-labels: `xn--mller-kva.example (müller.example)`."""
    return _WITH_A_LABEL.sub(_both, text) if "xn--" in text.lower() else text


def _both(match: re.Match[str]) -> str:
    name = match[0]
    people = to_u_labels(name)
    return name if people == name else f"{name} ({people})"
