"""The dates by which each kind of sender has left enforce after a roll-back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mtasts.changes.facts import Facts

# RFC 8461 s10.2: "for example, daily"; senders that refresh do it about once a day.
REFRESH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Horizon:
    """When senders stop enforcing, if the weaker policy is published now.

    `looks_again`: those that look for a new id when a message fails, before they give it up (RFC 8461 s5.1). `daily`:
    those that refresh daily. `expiry`: those that keep a policy until it expires; None when none is known to be held.
    `complete` is False when not every publication is known, so that `expiry` is the least it can be.
    """

    looks_again: datetime
    daily: datetime
    expiry: datetime | None
    complete: bool


def rollback_horizon(facts: Facts, ttl: int, max_age: int) -> Horizon:
    """The three dates; `ttl` (of the TXT record) and `max_age` in seconds are those of the policy that is left."""
    looks_again = facts.now + timedelta(seconds=ttl)
    enforcing = [one for one in facts.held(ttl) if one.enforces]
    expiry = max((one.until for one in enforcing), default=None)
    if expiry is None and not facts.ledger_read:
        expiry = looks_again + timedelta(seconds=max_age)
    current = expiry if expiry is not None and expiry > facts.now else None
    return Horizon(looks_again, looks_again + REFRESH, current, bool(facts.ledger) or facts.ledger_read)
