"""A query to the report store, and its answers: one domain after the other, or all in sums."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.history.eras import Publication
from mtasts.live.publications import read_publications
from mtasts.live.store import Store, open_store
from mtasts.protocol.names import BadName, same_name, to_a_labels
from mtasts.render.escape import shorten
from mtasts.reports.fleet import FleetLine, fleet_lines, silent
from mtasts.reports.stored import StoredReport
from mtasts.reports.summary import Summary, summarise
from mtasts.reports.window import DEFAULT_DAYS, Window


@dataclass(frozen=True, slots=True)
class Query:
    """Which store (a folder or `s3://BUCKET/PREFIX`), which domains (all in the store if none), which UTC days.

    Without `until` the days end with today, without `since` they are 30. `publications` is a JSON file that says what
    was published when: it tells equal policies apart by id.
    """

    store: str
    domains: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    publications: Path | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """An open store, and what it says to a query."""

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

    def summaries(self) -> Iterator[Summary]:
        """One domain after the other; nothing is kept."""
        for domain in self.domains:
            yield self.summary(domain)

    def fleet(self) -> tuple[FleetLine, ...]:
        """The sums of the domains asked for, from the store's day rows."""
        span = (self.window.since, self.window.until)
        lines = fleet_lines(self.store.fleet(*span), self.store.fleet_failures(*span))
        by_name = {line.domain: line for line in lines}
        # A domain that fell silent must not fall out of the list.
        return tuple(by_name.get(domain) or silent(domain) for domain in self.domains)


@contextmanager
def ask(query: Query, today: date) -> Iterator[Answers]:
    """Open the store, and close it in the end. Raises CannotLook for days in disorder or a store that is not there."""
    window = window_of(query.since, query.until, today)
    publications = read_publications(query.publications) if query.publications else {}
    with open_store(query.store) as store:
        named = list(dict.fromkeys(domain_of(store, domain) for domain in query.domains))
        yield Answers(store, window, named or store.domains(), publications)


def domain_of(store: Store, text: str) -> str:
    """A domain as the store knows it. Raises CannotLook for what is no domain name, unless reports were filed so."""
    try:
        return to_a_labels(text.strip())
    except BadName as bad:
        if same_name(text) in store.domains():
            return same_name(text)
        raise CannotLook(f"{shorten(text, 200)}: {bad}", "name a mail domain, such as example.com") from None


def window_of(since: date | None, until: date | None, today: date) -> Window:
    """The days asked for: what is not given makes it `DEFAULT_DAYS` long. Raises CannotLook for days in disorder."""
    last = until or today
    first = since or last - timedelta(days=DEFAULT_DAYS - 1)
    try:
        return Window(first, last, today)
    except ValueError as error:
        raise CannotLook(f"--since {first} --until {last}: {error}", "give --since before --until") from error
