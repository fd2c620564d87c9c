"""The publications of a mail domain as a table: what was served from when to when, and who may still hold it."""

from collections.abc import Sequence
from datetime import datetime

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
            at(publication.since),
            "now" if publication.until is None else at(publication.until),
            policy.mode.value if policy else "unreadable",
            span(policy.max_age) if policy else "?",
            terminal(shorten(" ".join(policy.mx), 200)) if policy else "?",
            _kept(one, now),
            terminal(shorten(publication.id, 32)),
        )
    return table


def _kept(one: Held, now: datetime) -> str:
    served = one.publication.until is None
    if one.until <= now:
        return f"over since {at(one.until)}"
    if served or not one.certain:
        age = span(one.policy.max_age if one.policy else MAX_AGE_LIMIT)
        return f"{age} and the TTL after {'it ends' if served else 'its id left DNS, when is not known'}"
    return not_before(one.until)
