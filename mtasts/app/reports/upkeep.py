"""Maintenance of a report store: deletes old reports, and rebuilds everything but the raw reports from them."""

from datetime import date

from mtasts.app.reports.query import domain_of
from mtasts.live.store import open_store


def delete(location: str, domain: str) -> tuple[str, int]:
    """Remove all reports of a domain; the domain as the store knows it, and how many there were. Raises CannotLook."""
    with open_store(location) as store:
        found = domain_of(store, domain)
        return found, store.delete(found)


def expire(location: str, before: date) -> int:
    """Remove the reports about days before this one, and what is in quarantine since then; how many reports."""
    with open_store(location) as store:
        return store.expire(before)


def reindex(location: str) -> int:
    """Build everything but the raw reports from them; how many there are."""
    with open_store(location) as store:
        return store.reindex()
