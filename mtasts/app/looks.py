"""Looks at many mail domains, some at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Asked = TypeVar("Asked")
Seen = TypeVar("Seen")

AT_ONCE = 16  # domains whose DNS is asked at a time


def each(look: Callable[[Asked], Seen], asked: Sequence[Asked]) -> Iterator[tuple[Asked, Seen]]:
    """What `look` finds of each one, in their order, as it becomes known. Raises what `look` raises.

    A thread a look: each brings its own loop, and a change of the defaults asks for a thousand domains at once.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from zip(asked, pool.map(look, asked), strict=True)
