"""Numbers with their nouns, and many changes of resources in a few words: each by itself, or counted by kind."""

import re
from collections import Counter
from collections.abc import Sequence

# `TXT _mta-sts.example.com`: a record, whatever its type and name.
_RECORD = re.compile(r"[A-Z]+ \S")


def listed(steps: Sequence[tuple[str, str]], most: int) -> str:
    """`steps`: what, and what is done to it. Up to `most` in their order; more as `create 11 records, 1 bucket`."""
    if len(steps) <= most:
        return ", ".join(f"{what} {done}" for what, done in steps)
    by_verb: dict[str, Counter[str]] = {}
    for what, done in steps:
        by_verb.setdefault(done, Counter())[_kind(what)] += 1
    return "; ".join(
        f"{done} {', '.join(number(count, kind) for kind, count in kinds.most_common())}"
        for done, kinds in by_verb.items()
    )


def bounded(lines: Sequence[str], most: int) -> list[str]:
    """Up to `most` lines, and one that counts the others: nothing is left out silently."""
    more = len(lines) - most
    return [*lines[:most], *([f"and {more} more"] if more > 0 else [])]


def few(words: Sequence[object], limit: int, between: str = ", ") -> str:
    """The first `limit` words, and how many more there are: nothing is left out silently."""
    more = len(words) - limit
    return between.join(map(str, words[:limit])) + (f" and {more} more" if more > 0 else "")


def _kind(what: str) -> str:
    return "record" if _RECORD.match(what) else what.partition(" (")[0]


def number(count: int, noun: str) -> str:
    """The count with its noun, in the plural unless it is one; what ends in s stays as it is."""
    if count == 1 or noun.endswith("s"):
        return f"{count} {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{count} {noun}s"
