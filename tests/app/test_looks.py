"""Looks at many mail domains, some at a time."""

import threading

import pytest

from mtasts.app.looks import AT_ONCE, each
from tests.patience import PATIENCE


def test_in_their_order_and_at_once():
    """Sixteen wait for each other, so they are under way together; the results come in the order asked."""
    together = threading.Barrier(AT_ONCE, timeout=PATIENCE)

    def look(number: int) -> int:
        together.wait()
        return -number

    assert list(each(look, range(2 * AT_ONCE))) == [(number, -number) for number in range(2 * AT_ONCE)]


def test_what_a_look_raises_is_raised():
    """After what was found before it."""
    seen = each(lambda number: 6 // number, [3, 2, 0])

    assert [next(seen), next(seen)] == [(3, 2), (2, 3)]
    with pytest.raises(ZeroDivisionError):
        next(seen)
