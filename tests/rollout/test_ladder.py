"""The ladder of max_age in enforce."""

import pytest

from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from mtasts.rollout.ladder import RUNGS, next_rung

DAY = 86400


def test_the_rungs():
    """A day, a week, then twice as long each time, and the most that RFC 8461 s3.2 allows."""
    assert [rung // DAY for rung in RUNGS[:-1]] == [1, 7, 14, 28, 56, 112, 224]
    assert RUNGS[-1] == MAX_AGE_LIMIT


@pytest.mark.parametrize(
    ("now", "following"),
    [
        (0, DAY),
        (DAY - 1, DAY),
        (DAY, 7 * DAY),
        (3 * DAY, 7 * DAY),
        (7 * DAY, 14 * DAY),
        (224 * DAY, MAX_AGE_LIMIT),
        (MAX_AGE_LIMIT - 1, MAX_AGE_LIMIT),
        (MAX_AGE_LIMIT, None),
    ],
)
def test_the_next_rung(now, following):
    """The next longer one, also from between two; none at the top."""
    assert next_rung(now) == following
