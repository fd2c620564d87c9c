"""The change rules: what may become of a mail domain's policy, judged from old and new YAML, the ledger and the facts.

Pure: the clock is in the facts. `RULES` is data, so that one rule can be left out (the simulation shows by that what
each is for) and docs/reference/change-rules.md can be written from it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from mtasts.changes.change_adopted import RULES as ADOPTED
from mtasts.changes.change_end import RULES as END
from mtasts.changes.change_max_age import RULES as MAX_AGE
from mtasts.changes.change_mode import RULES as MODE
from mtasts.changes.change_mx import RULES as MX
from mtasts.changes.change_records import RULES as RECORDS
from mtasts.changes.change_release import RULES as RELEASE
from mtasts.changes.change_release import of_another_tool
from mtasts.changes.facts import ChangeFinding as ChangeFinding  # noqa: PLC0414 - callers find it here
from mtasts.changes.facts import ChangeRule as ChangeRule  # noqa: PLC0414
from mtasts.changes.facts import Facts as Facts  # noqa: PLC0414
from mtasts.level import Level as Level  # noqa: PLC0414
from mtasts.policy.config import DomainPolicy

RULES: Final[tuple[ChangeRule, ...]] = (*MODE, *MAX_AGE, *MX, *END, *RECORDS, *ADOPTED, *RELEASE)


def judge_change(
    old: DomainPolicy | None, new: DomainPolicy | None, facts: Facts, rules: Sequence[ChangeRule] = RULES
) -> tuple[ChangeFinding, ...]:
    """All that the rules say of the step from `old` to `new` (None: the domain is not there), gravest first.

    Equal values are a step too: what has changed around an unchanged policy is said. Raises ValueError for two domains
    or none.
    """
    policy = new or old
    if policy is None or (old is not None and new is not None and old.domain != new.domain):
        raise ValueError("a change is of one mail domain, which is there before or after it")
    found = [
        ChangeFinding(
            domain=policy.domain,
            level=said.level or rule.level,
            code=rule.code,
            text=said.text,
            mail=said.mail or rule.mail,
            remedy=said.remedy or rule.remedy.replace("DOMAIN", policy.domain),
            source=rule.source,
            earliest=said.earliest,
            needs_facts=said.needs_facts or rule.needs_facts,
            before_looking=rule.before_looking,
        )
        for rule in rules
        if rule.of_released == of_another_tool(old, new)
        for said in rule.run(old, new, facts)
    ]
    return tuple(sorted(found, key=lambda finding: finding.level.weight))


def allowed(findings: Iterable[ChangeFinding]) -> bool:
    """Whether the change may be made: nothing blocks."""
    return not any(finding.level is Level.BLOCK for finding in findings)
