"""When a step is judged, and whether what comes of it may be written."""

from datetime import UTC, datetime

import pytest

from mtasts.app.steps.occasion import Occasion

NOW = datetime(2026, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("occasion", "writes"),
    [
        (Occasion(NOW), True),
        (Occasion(NOW, sandbox=True), True),
        (Occasion(NOW, dry=True), False),
        (Occasion(NOW, dry=True, sandbox=True), False),
        (Occasion(NOW, rehearsed=True), False),
        (Occasion(NOW, rehearsed=True, sandbox=True), True),
        (Occasion(NOW, rehearsed=True, dry=True, sandbox=True), False),
    ],
)
def test_what_may_be_written(occasion, writes):
    """What will be right on the day that was handed in may not be right today."""
    assert occasion.writes is writes
