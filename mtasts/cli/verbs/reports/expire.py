"""Remove from the store all reports about old days, and what lies in quarantine since then."""

import argparse
from datetime import UTC, date, datetime, timedelta

from mtasts.app.reports.upkeep import expire
from mtasts.cli.options.store import add_store_argument, store_of
from mtasts.cli.screen import say
from mtasts.errors import CannotLook
from mtasts.words.counted import number

_DAYS_LIMIT = 36_500  # a hundred years


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How old, and which store."""
    age = parser.add_mutually_exclusive_group(required=True)
    age.add_argument("--before", type=date.fromisoformat, metavar="DATE", help="remove days before this one")
    age.add_argument("--keep-days", type=int, metavar="N", help="keep the last N days")
    add_store_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Expire."""
    before = args.before or _before(args.keep_days, datetime.now(UTC).date())
    say(f"{number(expire(store_of(args), before), 'report')} about days before {before} removed")
    return 0


def _before(keep_days: int, today: date) -> date:
    if not 1 <= keep_days <= _DAYS_LIMIT:
        raise CannotLook(f"--keep-days {keep_days}: within 1..{_DAYS_LIMIT}")
    return today - timedelta(days=keep_days)
