"""Change rules about the mode: into testing, from there to enforce, and back."""

from collections.abc import Iterator
from typing import Final

from mtasts.protocol.mta_sts import Mode
from mtasts.rollout.config import DomainPolicy
from mtasts.rollout.facts import ChangeRule, Facts, Said
from mtasts.rollout.level import Level


def _enforce_unproven(old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts) -> Iterator[Said]:
    if old is None or new is None or old.mode is not Mode.TESTING or new.mode is not Mode.ENFORCE or facts.ready:
        return
    reasons = "; ".join(facts.ready_reasons)
    yield Said(f"the verdict is not ready: {reasons}" if reasons else "there is no verdict that says ready")


RULES: Final = (
    ChangeRule(
        code="enforce-unproven",
        level=Level.BLOCK,
        title="going on to enforce needs a verdict that says ready",
        mail="enforcing senders would refuse what fails today unseen",
        remedy="`mtasts ready DOMAIN` names what is missing",
        source="ours: RFC 8461 s5 has testing for that",
        run=_enforce_unproven,
    ),
)
