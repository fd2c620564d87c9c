"""The publications of a mail domain as a table: what was served from when to when, and who may still hold it."""

from collections.abc import Sequence
from datetime import datetime

from mtasts.history.adopted import earlier_until
from mtasts.history.eras import Publication
from mtasts.history.ledger import Held, held
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT
from mtasts.render.escape import shorten, terminal
from mtasts.render.table import Titled
from mtasts.words.durations import span
from mtasts.words.moments import at, not_before


def ledger_table(publications: Sequence[Publication], now: datetime) -> Titled:
    """A row each, oldest first."""
    table = Titled("served from", "until", "mode", "max_age", "mx", "senders may hold it until", "id")
    for one in held(publications, now):
        publication, policy = one.publication, one.policy
        table.add_row(
            f"adopted, seen {at(publication.since)}" if publication.adopted else at(publication.since),
            "now" if publication.until is None else at(publication.until),
            policy.mode.value if policy else "unreadable",
            span(policy.max_age) if policy else "?",
            terminal(shorten(" ".join(policy.mx), 200)) if policy else "?",
            _kept(one, now),
            terminal(shorten(publication.id, 32)),
        )
    return table


def unknown_before(publications: Sequence[Publication], now: datetime) -> str:
    """What the ledger cannot tell of an adopted domain, a line for people; "" for any other, or when it is over."""
    adopted = next((one for one in publications if one.adopted), None)
    until = None if adopted is None else earlier_until(adopted.since, adopted.ttl)
    if until is None or until <= now:
        return ""
    return (
        "what was published before the adopted policy is not known; a sender may hold it until"
        f" {not_before(until)} at the latest (RFC 8461 s3.2: max_age is at most {MAX_AGE_LIMIT} seconds)"
    )


def _kept(one: Held, now: datetime) -> str:
    served = one.publication.until is None
    if one.until <= now:
        return f"over since {at(one.until)}"
    if served or not one.certain:
        age = span(one.policy.max_age if one.policy else MAX_AGE_LIMIT)
        return f"{age} and the TTL after {'it ends' if served else 'its id left DNS, when is not known'}"
    return not_before(one.until)
