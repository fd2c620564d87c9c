"""What the verbs that read reports have in common: which store, which domains, which days."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.history.eras import Publication
from mtasts.live.publications import read_publications
from mtasts.live.store import DEFAULT_LOCATION, Store, default_location, open_store
from mtasts.protocol.names import BadName, to_a_labels
from mtasts.render.escape import shorten, terminal
from mtasts.reports.entries import same_name
from mtasts.reports.fleet import FleetLine, fleet_lines, silent
from mtasts.reports.stored import StoredReport
from mtasts.reports.summary import Summary, summarise
from mtasts.reports.window import DEFAULT_DAYS, Window
from mtasts.verdict.minima import Minima


def add_store(parser: argparse.ArgumentParser) -> None:
    """--store."""
    parser.add_argument(
        "--store",
        metavar="DIR|s3://BUCKET/PREFIX",
        default=default_location(),
        help=f"where reports are kept (default: $MTASTS_REPORTS, else {DEFAULT_LOCATION})",
    )


def add_question(parser: argparse.ArgumentParser) -> None:
    """The arguments of a question: DOMAIN..., --store, --since, --until, --publications."""
    parser.add_argument("domains", nargs="*", metavar="DOMAIN", help="mail domains; all in the store if none is named")
    add_store(parser)
    parser.add_argument(
        "--since",
        type=_day,
        metavar="DATE",
        help=f"first UTC day (default: {DEFAULT_DAYS} days that end with --until)",
    )
    parser.add_argument("--until", type=_day, metavar="DATE", help="last UTC day, counted too (default: today)")
    parser.add_argument(
        "--publications",
        type=Path,
        metavar="FILE",
        help="JSON list of what was published when, to tell equal policies apart by id",
    )


def add_minima(parser: argparse.ArgumentParser) -> None:
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
    """The minima that the arguments ask for. Raises CannotLook for one below 1."""
    try:
        return Minima(args.min_days, args.min_reporters, args.min_sessions, args.max_age_days)
    except ValueError as error:
        raise CannotLook(str(error), "give 1 or more") from error


@dataclass(frozen=True, slots=True)
class Question:
    """An open store and what to ask it."""

    store: Store
    window: Window
    domains: Sequence[str]
    publications: dict[str, tuple[Publication, ...]]

    def reports(self, domain: str) -> Iterator[StoredReport]:
        """The reports filed under a domain within the window."""
        return self.store.window(domain, self.window.since, self.window.until)

    def summary(self, domain: str) -> Summary:
        """What they say."""
        return summarise(domain, self.window, self.reports(domain), self.publications.get(domain, ()))

    def fleet(self) -> tuple[FleetLine, ...]:
        """The sums of the domains asked for, from the store's day rows."""
        span = (self.window.since, self.window.until)
        lines = fleet_lines(self.store.fleet(*span), self.store.fleet_failures(*span))
        by_name = {line.domain: line for line in lines}
        # A domain that fell silent must not fall out of the list.
        return tuple(by_name.get(domain) or silent(domain) for domain in self.domains)

    def summaries(self) -> Iterator[Summary]:
        """One domain after the other; nothing is kept."""
        for domain in self.domains:
            yield self.summary(domain)


def open_question(args: argparse.Namespace, today: date | None = None) -> Question:
    """Open what the arguments name. Raises CannotLook for days in disorder or a store that is not there."""
    window = window_of(args.since, args.until, today or datetime.now(UTC).date())
    publications = read_publications(args.publications) if args.publications else {}
    store = open_store(args.store)
    named = list(dict.fromkeys(domain_of(store, domain) for domain in args.domains))
    return Question(store, window, named or store.domains(), publications)


def domain_of(store: Store, text: str) -> str:
    """A domain as the store knows it. Raises CannotLook for what is no domain name, unless reports were filed so."""
    try:
        return to_a_labels(text.strip())
    except BadName as bad:
        if same_name(text) in store.domains():
            return same_name(text)
        raise CannotLook(f"{terminal(shorten(text, 200))}: {bad}", "name a mail domain, such as example.com") from None


def window_of(since: date | None, until: date | None, today: date) -> Window:
    """The days asked for: what is not given makes it `DEFAULT_DAYS` long."""
    last = until or today
    first = since or last - timedelta(days=DEFAULT_DAYS - 1)
    try:
        return Window(first, last, today)
    except ValueError as error:
        raise CannotLook(f"--since {first} --until {last}: {error}", "give --since before --until") from error


def address(text: str) -> tuple[str, int]:
    """ADDR:PORT of an argument; an IPv6 address stands in brackets."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDR:PORT, such as 127.0.0.1:8460 or [::1]:8460")
    return host, int(port)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date, write YYYY-MM-DD") from None
