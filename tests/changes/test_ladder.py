"""The ladder of max_age in enforce."""

import pytest

from mtasts.changes.ladder import RUNGS, next_rung, next_step
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from tests.changes.steps import DAY, WEEK, policy


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


@pytest.mark.parametrize(
    ("testing", "begins"),
    [
        (policy("testing", DAY), DAY),
        (policy("testing", 3600), 3600),
        (policy("testing", WEEK), WEEK),
        (policy("testing", WEEK + 1), WEEK),
        (policy("testing", MAX_AGE_LIMIT), WEEK),
        (policy("testing", MAX_AGE_LIMIT, first_max_age=2 * WEEK), 2 * WEEK),
        (policy("testing", DAY, first_max_age=2 * WEEK), DAY),
    ],
)
def test_the_first_rung(testing, begins):
    """What was tested, but a week at most where the YAML does not say another."""
    assert next_step(testing) == {"mode": "enforce", "max_age": begins}
