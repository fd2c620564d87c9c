"""What stands at the other end of stdout and stderr: the one place that decides what may be drawn there."""

import os
from typing import TextIO

# The terminals without cursor movements, by the two names they go by.
_CANNOT_DRAW = {"dumb", "unknown"}


def draws(stream: TextIO) -> bool:
    """Whether a bar can move there: a terminal that knows cursor movements."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in _CANNOT_DRAW
