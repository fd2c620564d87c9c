"""The direction of a step: towards refusing more mail, or away from it. Pure.

The way back must always be open, so a step that only weakens is judged without anything that might not answer; a step
that strengthens needs all of it.
"""

from typing import Final

from mtasts.changes.change_mode import binds_harder
from mtasts.history.ledger import allows
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Mode

_RANK: Final = {Mode.NONE: 0, Mode.TESTING: 1, Mode.ENFORCE: 2}


def strengthens(old: DomainPolicy | None, new: DomainPolicy | None) -> bool:
    """Whether senders refuse more, or for longer: into enforce, and in it a longer max_age or fewer mx patterns."""
    if new is None or new.mode is not Mode.ENFORCE:
        return False
    return binds_harder(old, new) or (old is not None and not _covers(new, old))


def weakens(old: DomainPolicy | None, new: DomainPolicy | None) -> bool:
    """Whether the step is a way back: a lower mode, or in the same one a shorter max_age or more mx patterns.

    Everything is where it was, so a step that also moves the records or the policy host is none; a beginning and a
    removal are none either.
    """
    if old is None or new is None or _place(old) != _place(new):
        return False
    if new.mode is not old.mode:
        return _RANK[new.mode] < _RANK[old.mode]
    shorter, wider = new.max_age < old.max_age, not _covers(old, new)
    return (shorter or wider) and new.max_age <= old.max_age and _covers(new, old)


def _covers(wide: DomainPolicy, narrow: DomainPolicy) -> bool:
    """Whether every MX host that `narrow` allows is allowed by `wide` too."""
    return all(allows(wide.mx, pattern) for pattern in narrow.mx)


def _place(policy: DomainPolicy) -> tuple[object, ...]:
    return policy.dns, policy.leaving, policy.accounts, policy.host_group
