"""--as-of: a time handed in."""

import argparse
from datetime import UTC, datetime, timedelta

import pytest

from mtasts.cli.options.clock import add_clock_argument, now_of


def judged(*words):
    parser = argparse.ArgumentParser()
    add_clock_argument(parser)
    return now_of(parser.parse_args(words))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-08", datetime(2026, 12, 8, tzinfo=UTC)),
        ("2026-12-08T09:30Z", datetime(2026, 12, 8, 9, 30, tzinfo=UTC)),
        ("2026-12-08T09:30", datetime(2026, 12, 8, 9, 30, tzinfo=UTC)),
        ("2026-12-08T09:30+02:00", datetime(2026, 12, 8, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_time(text, moment):
    """A date is its first moment; without a zone it is UTC."""
    assert judged("--as-of", text) == moment


def test_days_from_now():
    """And the clock's time without the option."""
    now = datetime.now(UTC)

    assert timedelta(days=14) <= judged("--as-of", "+14d") - now < timedelta(days=14, minutes=1)
    assert timedelta(0) <= judged() - now < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["tomorrow", "+d", "+1w", "2026-13-01", "+99999999999d", "", "+nand"])
def test_what_is_no_time(text, capsys):
    """Exit code 2 with what would be right."""
    with pytest.raises(SystemExit) as raised:
        judged("--as-of", text)
    assert raised.value.code == 2
    assert "is not a time; write it as" in capsys.readouterr().err
