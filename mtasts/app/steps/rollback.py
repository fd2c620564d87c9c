"""The way back of one mail domain: out of enforce at once, with a short max_age, and who is safe when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mtasts.app.steps.edit import DomainFile, Edit, edit_domain
from mtasts.changes.facts import Facts
from mtasts.changes.rules import ChangeFinding, judge_change
from mtasts.history.eras import Publication
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode

_DAY = 86400


def roll_back(file: DomainFile, target: Mode) -> Edit | None:
    """The YAML in mode `target` (testing or none); None when it says so, or none, already. Raises CannotLook."""
    if file.policy.mode in (target, Mode.NONE):
        return None
    # A short max_age: what senders fetch from now on must not bind them for long (RFC 8461 s8.3 for none).
    return edit_domain(file, mode=target.value, max_age=min(file.policy.max_age, _DAY))


def dates(
    old: DomainPolicy, new: DomainPolicy, publications: Sequence[Publication] | None, now: datetime
) -> tuple[ChangeFinding, ...]:
    """Who is safe when; `publications` None: the ledger was not read."""
    if not old.mx:
        return ()
    facts = Facts(now=now, ledger=tuple(publications or ()), ledger_read=publications is not None)
    # The YAML may say testing already while enforce is still what is served: the dates are about the latter.
    served = old if old.mode is Mode.ENFORCE else replace(old, mode=Mode.ENFORCE)
    return tuple(judge_change(served, new, facts))
