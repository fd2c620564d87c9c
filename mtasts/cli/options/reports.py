"""Options of the verbs that query a report store: DOMAIN..., the days, the minima; and the types of their arguments."""

import argparse
from datetime import date
from pathlib import Path

from mtasts.app.reports.query import Query
from mtasts.cli.options.store import add_store_argument, store_of
from mtasts.errors import CannotLook
from mtasts.protocol.names import BadName, to_a_labels
from mtasts.reports.window import DEFAULT_DAYS
from mtasts.verdict.minima import Minima


def add_query_arguments(parser: argparse.ArgumentParser) -> None:
    """DOMAIN..., --store, --since, --until, --publications."""
    parser.add_argument("domains", nargs="*", metavar="DOMAIN", help="mail domains; all in the store if none is named")
    add_store_argument(parser)
    parser.add_argument(
        "--since", type=day, metavar="DATE", help=f"first UTC day (default: {DEFAULT_DAYS} days that end with --until)"
    )
    parser.add_argument("--until", type=day, metavar="DATE", help="last UTC day, counted too (default: today)")
    parser.add_argument(
        "--publications",
        type=Path,
        metavar="FILE",
        help="JSON list of what was published when, to tell equal policies apart by id",
    )


def query_of(args: argparse.Namespace) -> Query:
    """What they ask for."""
    return Query(store_of(args), tuple(args.domains), args.since, args.until, args.publications)


def add_minima_arguments(parser: argparse.ArgumentParser) -> None:
    """How much evidence is asked for before enforce."""
    least = Minima()
    group = parser.add_argument_group("what enforce asks for")
    group.add_argument("--min-days", type=int, default=least.days, metavar="N", help=f"days (default {least.days})")
    group.add_argument(
        "--min-reporters", type=int, default=least.reporters, metavar="N", help=f"reporters (default {least.reporters})"
    )
    group.add_argument(
        "--min-sessions", type=int, default=least.sessions, metavar="N", help=f"sessions (default {least.sessions})"
    )
    group.add_argument(
        "--max-age-days",
        type=int,
        default=least.age_days,
        metavar="N",
        help=f"age of the last counted day (default {least.age_days})",
    )


def minima_of(args: argparse.Namespace) -> Minima:
    """The minima that they ask for. Raises CannotLook for one below 1."""
    try:
        return Minima(args.min_days, args.min_reporters, args.min_sessions, args.max_age_days)
    except ValueError as error:
        raise CannotLook(str(error), "give 1 or more") from error


def address(text: str) -> tuple[str, int]:
    """ADDR:PORT of an argument; an IPv6 address stands in brackets."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDR:PORT, such as 127.0.0.1:8460 or [::1]:8460")
    return host, int(port)


def mail_domain(text: str) -> str:
    """A mail domain of an argument, in A-labels."""
    try:
        return to_a_labels(text.strip())
    except BadName as bad:
        raise argparse.ArgumentTypeError(f"{text!r}: {bad}") from None


def day(text: str) -> date:
    """A day of an argument."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date: write YYYY-MM-DD") from None
