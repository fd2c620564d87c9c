"""The life of a mail domain, told in docs/rollout.md, played on the real engine (tests/publishing/test_rollout.py)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from mtasts.protocol.mta_sts import Mode, Policy

DAY: Final = 86400
WEEK: Final = 7 * DAY
BEGIN: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
TTL: Final = 300  # of the `_mta-sts` TXT record
MX_TTL: Final = 3600

_OLD, _NEW = ("mx1.example.com", "mx2.example.com"), ("mx1.example.com", "mx3.example.com")
_UNION = (*_OLD, "mx3.example.com")


@dataclass(frozen=True, slots=True)
class Act:
    """What is published, or done in DNS, on a day after the beginning. `removed`: TXT and policy host are taken away.

    `name` is what the tables call the policy.
    """

    day: int
    title: str
    name: str = ""
    policy: Policy | None = None
    mx: tuple[str, ...] | None = None
    removed: bool = False

    @property
    def at(self) -> datetime:
        """When."""
        return BEGIN + timedelta(days=self.day)


STORY: Final = (
    Act(0, "testing is published", "testing", Policy(Mode.TESTING, DAY, _OLD), _OLD),
    Act(15, "`promote`: enforce, with the max_age of testing", "enforce 1d", Policy(Mode.ENFORCE, DAY, _OLD)),
    Act(30, "`promote`: max_age one rung up, to a week", "enforce 1w", Policy(Mode.ENFORCE, WEEK, _OLD)),
    Act(31, "`mx --swap`: mx3 joins the policy", "enforce 1w with mx3", Policy(Mode.ENFORCE, WEEK, _UNION)),
    Act(39, "in DNS mx3 takes the place of mx2", mx=_NEW),
    Act(40, "`mx --swap`: mx2 leaves the policy", "enforce 1w without mx2", Policy(Mode.ENFORCE, WEEK, _NEW)),
    Act(45, "`rollback`: testing, a day", "testing again", Policy(Mode.TESTING, DAY, _NEW)),
    Act(46, "`retire`: mode none", "none", Policy(Mode.NONE, DAY, _NEW)),
    Act(53, "`retire`: TXT record and policy host are removed", removed=True),
)
