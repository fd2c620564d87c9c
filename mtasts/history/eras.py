"""The policy that a reporter applied, and the publication of ours that it was.

Pure. A report repeats the policy's lines as the sender holds them (RFC 8460 s4.4 policy-string), not its id; so one
text served twice under two ids can only be told apart by time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from mtasts.protocol.mta_sts import Mode
from mtasts.protocol.names import same_host
from mtasts.protocol.report import PolicyResult

# A sender may learn of a new id only when the TXT record's TTL is over; used when the ledger does not say.
DEFAULT_TTL = timedelta(hours=1)

# Foreign text: more patterns than any policy has are no policy.
_PATTERNS_LIMIT = 500

_MODES = frozenset(Mode)


@dataclass(frozen=True, slots=True)
class PolicyText:
    """What a reporter says it applied. Order of lines and case of names do not count, so equal policies are equal.

    `mode` is "" if absent or none of RFC 8461; `max_age` in seconds, None if absent or no number; `mx` sorted, in
    A-labels. `given` is False when the report holds no policy lines (allowed when the policy could not be fetched).
    """

    mode: str
    mx: tuple[str, ...]
    max_age: int | None
    given: bool

    @property
    def whole(self) -> bool:
        """Whether it shows all that is asked of a session: a mode and mx patterns, which mode none does without."""
        return self.given and bool(self.mode) and bool(self.mx or self.mode == Mode.NONE)

    def contradicts(self, other: "PolicyText") -> bool:
        """Whether what both show of mode and mx set differs: then they are two policies, however little is shown."""
        modes = self.mode and other.mode and self.mode != other.mode
        return bool(modes or (self.mx and other.mx and self.mx != other.mx))

    def agrees(self, other: "PolicyText") -> bool:
        """Whether both ask the same of a session: mode and mx set. max_age says how long, not what."""
        return self.given and other.given and self.mode == other.mode and self.mx == other.mx


@dataclass(frozen=True, slots=True)
class Publication:
    """One policy text with its id and the time it was the newest: `until` is None while it still is. Times in UTC.

    `named_until` is a moment from which on the TXT record named neither this id nor an older one, None when that is not
    known or still goes on. A sender may renew what it holds as long as the id it knows is named (RFC 8461 s3.1).

    `adopted`: another tool published it before this stack did, and served it for longer than is known: `since` is when
    it was seen. `taken_over`: from when on the bucket has it, None while only the domain's file tells of it.
    `moved_by`: when the policy host was ours at the latest, None when that is not known.
    """

    id: str
    text: str
    since: datetime
    until: datetime | None
    ttl: timedelta = DEFAULT_TTL
    named_until: datetime | None = None
    adopted: bool = False
    taken_over: datetime | None = None
    moved_by: datetime | None = None

    def __post_init__(self) -> None:
        times = (self.since, self.until, self.named_until, self.taken_over, self.moved_by)
        if any(time is not None and time.tzinfo is None for time in times):
            raise ValueError(f"publication {self.id}: times need a zone")
        if self.until is not None and self.until < self.since:
            raise ValueError(f"publication {self.id}: ends before it begins")

    @property
    def policy(self) -> PolicyText:
        """The text as a reporter that applied it would show it."""
        return read_policy_string(tuple(self.text.splitlines()))

    @property
    def seen_from(self) -> datetime:
        """From here on every sender that looks gets this one: served since, plus the TXT record's TTL."""
        return self.since + self.ttl


def applied_policy(result: PolicyResult) -> PolicyText:
    """The policy of one entry of a report; its mx patterns come from mx-host when the lines hold none."""
    policy = read_policy_string(result.policy_string)
    if policy.mx or not result.mx_host:
        return policy
    return PolicyText(policy.mode, _patterns(result.mx_host), policy.max_age, policy.given)


@lru_cache(maxsize=4096)
def read_policy_string(lines: tuple[str, ...]) -> PolicyText:
    """Read a policy's lines as leniently as they come; keys are those of RFC 8461 s3.2, the first of a key counts.

    Keys and mode count in any case: a reporter that spells them in its own way applied the policy all the same.
    """
    first: dict[str, str] = {}
    mx: list[str] = []
    for line in (part for text in lines for part in text.splitlines()):
        key, colon, value = line.partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon or not value:
            continue
        if key == "mx":
            mx.append(value)
        else:
            first.setdefault(key, value)
    age = first.get("max_age", "")
    # RFC 8461 s3.2: at most ten digits.
    max_age = int(age) if age.isascii() and age.isdigit() and len(age) <= 10 else None
    mode = first.get("mode", "").lower()
    return PolicyText(mode if mode in _MODES else "", _patterns(mx), max_age, given=bool(first or mx))


def publication_of(
    policy: PolicyText, start: datetime, end: datetime, publications: Sequence[Publication]
) -> Publication | None:
    """The publication that a report of the time `start` to `end` speaks about, None if there is none such.

    Texts that were served more than once: the newest that began before the range ended. A text applied after its time
    is a sender's cache (RFC 8461 s3.2 max_age) and still belongs to its publication.
    """
    fitting = [p for p in publications if p.policy.agrees(policy) and p.since < end]
    within = [p for p in fitting if p.until is None or p.until > start]
    return max(within or fitting, key=lambda p: p.since, default=None)


def current(publications: Sequence[Publication]) -> Publication | None:
    """The publication being served now: the newest without an end."""
    return max((p for p in publications if p.until is None), key=lambda p: p.since, default=None)


def settled_from(publications: Sequence[Publication]) -> datetime | None:
    """Since when every sender that looks gets the mode and mx set of now; None while nothing is published.

    Publications in a row that ask the same of a session are one: a longer max_age, or the same text under a new id,
    says nothing new about any MX. RFC 8461 s3.1: a sender may see the TXT record of before for its TTL.
    """
    found = current(publications)
    if found is None:
        return None
    for earlier in sorted(publications, key=lambda p: p.since, reverse=True):
        follows = earlier.until is not None and earlier.until >= found.since > earlier.since
        if follows and earlier.policy.agrees(found.policy):
            found = earlier
        elif earlier.since < found.since:
            break
    return found.seen_from


def _patterns(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({same_host(name.strip()) for name in names[:_PATTERNS_LIMIT]}))
