"""Remove from the store all reports about old days, and what lies in quarantine since then."""

import argparse
from datetime import UTC, date, datetime, timedelta

from mtasts.cli.options.store import add_store_argument, store_location
from mtasts.cli.screen import say
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
    from mtasts.errors import CannotLook
    from mtasts.live.store import open_store

    before = args.before
    if before is None:
        if not 1 <= args.keep_days <= _DAYS_LIMIT:
            raise CannotLook(f"--keep-days {args.keep_days}: within 1..{_DAYS_LIMIT}")
        before = datetime.now(UTC).date() - timedelta(days=args.keep_days)
    with open_store(store_location(args)) as store:
        say(f"{number(store.expire(before), 'report')} about days before {before} removed")
    return 0
