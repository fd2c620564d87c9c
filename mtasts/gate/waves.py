"""Waves: which mail domains take their next step now, in which order, and which proposals are withdrawn. Pure.

A *flip* is the step from testing to enforce: what it breaks is mail that is refused. So of a fleet only a few flip at a
time, those first where a mistake costs least, and all others wait for the canaries if there are any. A longer max_age
refuses nothing new; it only takes a place among the open pull requests.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mtasts.changes.rules import ChangeFinding, Level
from mtasts.history.eras import Publication
from mtasts.history.ledger import read_text
from mtasts.policy.config import DomainPolicy
from mtasts.policy.rules import max_age_text
from mtasts.protocol.mta_sts import Mode
from mtasts.verdict.ready import ReadyState, Verdict
from mtasts.words.moments import not_before

PREFIX: Final = "mtasts/promote/"
# Ours: more than five changes of mail flow at once are nobody's to watch.
AT_MOST: Final = 5
# Ours: reports about the first day in enforce are here on the second, those that come late on the third.
SETTLE: Final = timedelta(days=3)

_REASONS = 3
_STACK = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.|lock\Z|\Z)){0,99}")
_NAME_LIMIT = 200


class Standing(StrEnum):
    """How a step stands: HOLDS if it may be taken now, WRONG if something is known to be in its way, else UNKNOWN."""

    HOLDS = "holds"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WaveStep:
    """The next step of one mail domain. `why` it may not be taken, "" if it may; `sessions` that its verdict counts."""

    domain: str
    branch: str
    flips: bool
    standing: Standing
    why: str = ""
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """A step that is proposed in an open pull request; `holds_until` the verdict in it expires, None if it has none."""

    number: int
    branch: str
    holds_until: datetime | None


class Fate(StrEnum):
    """What becomes of an open pull request: its evidence is renewed, it is left as it is, or it is taken back."""

    RENEW = "renew"
    LEAVE = "leave"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be opened. `open` and `flipping` are domains: with an open pull request, and just gone to enforce.

    `canaries`: each canary, and why the others wait for it ("" when they need not).
    """

    at_most: int
    open: frozenset[str]
    flipping: frozenset[str]
    canaries: Mapping[str, str]

    def against(self, step: WaveStep) -> str:
        """Why this step has to wait, in a few words; "" if there is room for it."""
        waits = next(((name, why) for name, why in self.canaries.items() if why), None)
        if step.flips and step.domain not in self.canaries and waits is not None:
            return f"waits for the canary {waits[0]}: {waits[1]}"
        taken = self.open | self.flipping if step.flips else self.open
        if len(taken) < self.at_most:
            return ""
        flipping = len(self.flipping - self.open)
        settling = f" and {flipping} just gone to enforce" if step.flips and flipping else ""
        return f"waits for its turn: {len(self.open)} open{settling}, at most {self.at_most} at once"

    def taken(self, domain: str) -> "Room":
        """The room that is left beside an open pull request about this domain."""
        return replace(self, open=self.open | {domain})


def branch_name(stack: str, old: DomainPolicy, new: DomainPolicy) -> str:
    """The branch of one step: the same for the same step, another for any other. Raises ValueError for a stack's name
    that no branch can have."""
    if not _STACK.fullmatch(stack):
        raise ValueError("the stack's name cannot be part of a branch's name")
    what = str(new.mode) if new.mode is not old.mode else f"max-age-{max_age_text(new.max_age)}"
    name = old.domain
    if len(name) > _NAME_LIMIT:
        # A branch can be a file, whose name has at most 255 bytes.
        name = f"{name[:_NAME_LIMIT]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"{PREFIX}{stack}/{name}-{what}"


def standing(
    verdict: Verdict | None, findings: Iterable[ChangeFinding], troubles: Collection[str] = ()
) -> tuple[Standing, str]:
    """How a step stands, and why it may not be taken. `troubles`: what could not be looked at for the findings.

    No verdict is only for a step that the change rules forbid whatever the evidence says.
    """
    if verdict is not None and not verdict.ready:
        wrong = verdict.state is ReadyState.NOT_READY
        return Standing.WRONG if wrong else Standing.UNKNOWN, _joined(verdict.reasons)
    blocks = [f"{finding.code}: {finding.text}" for finding in findings if finding.level is Level.BLOCK]
    if blocks:
        return Standing.UNKNOWN if troubles else Standing.WRONG, _joined(blocks)
    return (Standing.UNKNOWN, "there is no verdict") if verdict is None else (Standing.HOLDS, "")


def fate(proposed: Open, steps: Mapping[str, WaveStep], now: datetime) -> tuple[Fate, str]:
    """What becomes of an open pull request, and why; `steps` by branch.

    What is only unknown takes nothing back as long as the verdict in the pull request holds: a name server that does
    not answer once is no reason to throw an approval away.
    """
    step = steps.get(proposed.branch)
    if step is None:
        return Fate.WITHDRAW, "this is not the domain's next step any more"
    if step.standing is Standing.HOLDS:
        return Fate.RENEW, ""
    if step.standing is Standing.UNKNOWN and proposed.holds_until is not None and now < proposed.holds_until:
        return Fate.LEAVE, f"not known now ({step.why}); its verdict holds until {not_before(proposed.holds_until)}"
    return Fate.WITHDRAW, step.why


def queue(steps: Iterable[WaveStep], proposed: Collection[str], canaries: Sequence[str]) -> tuple[WaveStep, ...]:
    """The steps that may be taken and are not proposed yet (`proposed`: branches), in the order of their turns.

    Flips before longer max_ages; canaries first, in the order given; then the fewest sessions first, since there a
    mistake refuses the least mail.
    """
    ranks = {domain: rank for rank, domain in enumerate(canaries)}
    waiting = [step for step in steps if step.standing is Standing.HOLDS and step.branch not in proposed]
    return tuple(
        sorted(
            waiting, key=lambda step: (not step.flips, ranks.get(step.domain, len(ranks)), step.sessions, step.domain)
        )
    )


def enforcing_since(publications: Sequence[Publication]) -> datetime | None:
    """Since when enforce is what is published, whatever its max_age; None if it is not."""
    since: datetime | None = None
    ordered = sorted(publications, key=lambda publication: publication.since)
    for publication in ordered:
        policy = read_text(publication.text)
        enforces = policy is not None and policy.mode is Mode.ENFORCE
        since = (since or publication.since) if enforces else None
    return since if ordered and ordered[-1].until is None else None


def settling(since: datetime | None, settle: timedelta, now: datetime) -> bool:
    """Whether a domain whose YAML says enforce is still in its flip: not published yet, or for less than `settle`."""
    return since is None or now < since + settle


def canary_waits(
    policy: DomainPolicy, since: datetime | None, verdict: Verdict | None, settle: timedelta, now: datetime
) -> str:
    """Why others wait for this canary; "" when it is in enforce, has settled, and nothing is known to be wrong."""
    if policy.mode is not Mode.ENFORCE:
        reasons = "" if verdict is None or verdict.ready else f": {_joined(verdict.reasons)}"
        return f"it is in {policy.mode}{reasons}"
    if since is None:
        return "it is not yet published in enforce"
    if now < since + settle:
        return f"it is in enforce since {not_before(since)}, and settles until {not_before(since + settle)}"
    if verdict is not None and verdict.state is ReadyState.NOT_READY:
        return _joined(verdict.reasons)
    return ""


def _joined(reasons: Sequence[str]) -> str:
    more = len(reasons) - _REASONS
    return "; ".join(reasons[:_REASONS]) + (f" (+{more})" if more > 0 else "")
