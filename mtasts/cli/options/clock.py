"""--as-of: judge as if it were another time, for rehearsals in the sandbox and for looking ahead."""

import argparse
from datetime import UTC, datetime, timedelta


def add_clock_argument(parser: argparse.ArgumentParser) -> None:
    """--as-of."""
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        type=_time,
        help="judge as if it were then (a rehearsal, and said so in the output): 2026-12-08, 2026-12-08T09:30Z or +14d",
    )


def now_of(args: argparse.Namespace) -> datetime:
    """The time that --as-of gives, else the clock's; aware, UTC."""
    given: datetime | None = args.as_of
    return given or datetime.now(UTC)


def _time(text: str) -> datetime:
    """A date is its first moment; a time without a zone is UTC; `+14d` is that many days from now."""
    try:
        if text.startswith("+") and text.endswith("d"):
            return datetime.now(UTC) + timedelta(days=float(text[1:-1]))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r:.60} is not a time; write it as 2026-12-08T09:30Z or +14d") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
