"""Change rules about the end: mode none, waiting, removal (RFC 8461 s8.3)."""

from collections.abc import Iterator
from typing import Final

from mtasts.protocol.mta_sts import Mode
from mtasts.rollout.config import DomainPolicy
from mtasts.rollout.facts import ChangeRule, Facts, Said
from mtasts.rollout.ledger import safe_removal
from mtasts.rollout.level import Level


def _removal_mode(old: DomainPolicy | None, new: DomainPolicy | None, _: Facts) -> Iterator[Said]:
    if old is not None and new is None and old.mode is not Mode.NONE:
        yield Said(f"{old.domain} leaves mode {old.mode} at once")


def _removal_too_early(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is not None:
        return
    safe = safe_removal(facts.ledger, facts.now, txt_since=facts.named_since, least_ttl=old.ttl)
    if safe is None or safe > facts.now:
        yield Said("senders may still hold a policy", earliest=safe)


RULES: Final = (
    ChangeRule(
        code="removal-mode",
        level=Level.BLOCK,
        title="only a policy of mode none may be removed",
        mail="senders go on enforcing what they hold and cannot learn that it is over",
        remedy="`mtasts retire DOMAIN` publishes mode none first",
        source="RFC 8461 s8.3",
        run=_removal_mode,
    ),
    ChangeRule(
        code="removal-too-early",
        level=Level.BLOCK,
        title="a policy is removed only when no sender can hold an older one",
        mail="senders go on enforcing what they hold and cannot learn that it is over",
        remedy="wait, and keep every MX host as the older policies want it",
        source="RFC 8461 s8.3",
        run=_removal_too_early,
    ),
)
