"""The ladder on which max_age climbs in enforce: a day, a week, two weeks, and twice as long each time.

Enforce begins with the max_age of testing, but not with more than a week: many domains tested with a year.
A mistake in enforce hurts for as long as senders hold it, so a longer max_age comes only after the present one has
stood its whole time (ours; RFC 8461 s3.2 and s10.2 want "weeks or greater" in the end).
"""

from typing import Final, TypedDict

from mtasts.policy.config import DomainPolicy
from mtasts.policy.rules import max_age_text
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT, Mode

_DAY = 86400
_WEEK = 7 * _DAY
RUNGS: Final = (_DAY, *(_WEEK * 2**power for power in range(6)), MAX_AGE_LIMIT)


def next_rung(max_age: int) -> int | None:
    """The next longer max_age (seconds) after this one, which need not be a rung; None at the top."""
    return next((rung for rung in RUNGS if rung > max_age), None)


def first_rung(testing: DomainPolicy) -> int:
    """The max_age (seconds) with which enforce begins after this policy: what was tested, a week at most.

    `rollout.first_max_age` says how long it may be where a week is not meant.
    """
    return min(testing.max_age, testing.rollout.first_max_age)


def first_rung_line(testing: DomainPolicy) -> str:
    """The line of the YAML that says so: `max_age: 1w`."""
    return f"max_age: {max_age_text(first_rung(testing))}"


class Wanted(TypedDict, total=False):
    """What an edit of a domain's YAML changes: arguments of `rollout.edit.edit_policy`."""

    mode: str
    max_age: int


def next_step(policy: DomainPolicy) -> Wanted | None:
    """The next step towards a long-lived enforce: from testing into it, then a rung; None at the top, and from none."""
    if policy.mode is Mode.TESTING:
        # Written out: the default max_age of enforce is longer than that of testing.
        return {"mode": Mode.ENFORCE.value, "max_age": first_rung(policy)}
    rung = next_rung(policy.max_age) if policy.mode is Mode.ENFORCE else None
    return None if rung is None else {"max_age": rung}
