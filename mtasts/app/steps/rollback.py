"""The way back of one mail domain: out of enforce at once, with a short max_age, and who is safe when."""

from dataclasses import dataclass, replace
from datetime import datetime

from mtasts.app.ledger import LedgerRequest, open_ledger
from mtasts.app.steps.edit import DomainFile, Edit, edit_domain
from mtasts.changes.facts import Facts
from mtasts.changes.rules import ChangeFinding, judge_change
from mtasts.errors import CannotLook
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


@dataclass(frozen=True, slots=True)
class Safety:
    """Which kind of sender is safe when; `unread`: why the ledger was not read, "" if it was."""

    findings: tuple[ChangeFinding, ...]
    unread: str


def safety(old: DomainPolicy, new: DomainPolicy, ledger: LedgerRequest | str, now: datetime) -> Safety:
    """Who is safe when, after the way back from `old` to `new`. Never raises: the edit is made by then.

    `ledger`: where to read it, with the seconds that there are; or why it is not to be read.
    """
    known, unread = (None, ledger) if isinstance(ledger, str) else _publications(ledger, old)
    if not old.mx:
        return Safety((), unread)
    facts = Facts(now=now, ledger=known or (), ledger_read=known is not None)
    # The YAML may say testing already while enforce is still what is served: the dates are about the latter.
    served = old if old.mode is Mode.ENFORCE else replace(old, mode=Mode.ENFORCE)
    return Safety(tuple(judge_change(served, new, facts)), unread)


def _publications(request: LedgerRequest, policy: DomainPolicy) -> tuple[tuple[Publication, ...] | None, str]:
    """The publications of the domain, or None and why."""
    try:
        ledger = open_ledger(request, [policy.domain], [policy])
    except CannotLook as error:
        return None, error.message
    except Exception as error:  # whatever a backend does: the edit is made, and that is what counts
        return None, f"{type(error).__name__}: {error}"
    return (ledger.of(policy.domain), "") if ledger.read else (None, ledger.where)
