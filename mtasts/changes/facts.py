"""A change rule: the facts that it gets, the findings that it gives, and the rule as data plus one small function."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mtasts.history.eras import Publication
from mtasts.history.ledger import Held, held, unexpired
from mtasts.level import Level
from mtasts.policy.config import DomainPolicy
from mtasts.protocol.mta_sts import Policy

# The TTL that com, net and Route 53 give to NS records, and the longest in common use. Seconds.
DELEGATION_TTL = 172_800
# For an MX set of which nobody knows the TTL: what zones commonly have at most.
DEFAULT_MX_TTL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Something for which `mtasts up` would refuse a first publication, and what to do; `loses_mail`: a wildcard that
    takes the domain's mail would end."""

    text: str
    remedy: str
    loses_mail: bool


@dataclass(frozen=True)
class Facts:
    """What is known of one mail domain at the time `now` (aware, UTC); None is "not known" and never a pass.

    ledger: all publications that are known; `ledger_read` says that the place where they are kept was read, so that an
    empty one means "never published".
    mx_hosts: the MX hosts in DNS now, in A-labels; an implicit MX (RFC 5321 s5.1) is the domain itself, () a null MX.
    mx_ttl: seconds for which resolvers may keep the MX set, as the zone's own servers say: a resolver's cache
    tells only what is left. mx_last_seen: for a host no longer in DNS, the time of the first look without it: it may
    have been there until then. mx_watched_since: from when on looks at the MX set are known; a host that none of them
    saw was gone before.
    txt_id: the id in DNS now; txt_unanswered: DNS did not answer, so that None does not mean that there is none;
    txt_since: since when it is known to be there. live_policy: what the policy host serves; live_text: its very text.
    in_the_way: what stands at the names of a domain that is published for the first time.
    ready: a verdict that has not expired says so; ready_reasons: why not; ready_remedy: what to do about the first;
    ready_looks: what it asks a person to look at first.
    Hosts, id, policy, reasons and remedy come from outside: who prints a finding escapes it.
    """

    now: datetime
    ledger: tuple[Publication, ...] = ()
    mx_hosts: tuple[str, ...] | None = None
    mx_ttl: int | None = None
    mx_last_seen: Mapping[str, datetime] = field(default_factory=dict)
    txt_id: str | None = None
    txt_unanswered: bool = False
    live_policy: Policy | None = None
    live_text: str | None = None
    ready: bool | None = None
    ready_reasons: tuple[str, ...] = ()
    ready_remedy: str = ""
    ready_looks: tuple[str, ...] = ()
    ledger_read: bool = False
    mx_watched_since: datetime | None = None
    txt_since: datetime | None = None
    in_the_way: tuple["InTheWay", ...] = ()
    # Of a domain whose records leave a zone: since when the delegation is known to lead to the new one, which zone
    # answers now (its id), and for how many seconds the old delegation may be cached.
    arrived: datetime | None = None
    answering: str = ""
    delegation_ttl: int = DELEGATION_TTL

    def __post_init__(self) -> None:
        times = (self.now, self.mx_watched_since, self.txt_since, *self.mx_last_seen.values())
        if any(time is not None and time.tzinfo is None for time in times):
            raise ValueError("the times of facts need a zone")

    @property
    def kept_mx(self) -> timedelta:
        """How long a sender may act on an MX set that is no longer in DNS."""
        return DEFAULT_MX_TTL if self.mx_ttl is None else timedelta(seconds=self.mx_ttl)

    @property
    def newest(self) -> Publication | None:
        """The publication that is served now."""
        last = max(self.ledger, key=lambda publication: publication.since, default=None)
        return last if last is not None and last.until is None else None

    @property
    def named_since(self) -> datetime | None:
        """Since when DNS is known to name the newest publication; None if it does not, or nobody knows."""
        newest = self.newest
        return self.txt_since if newest is not None and self.txt_id == newest.id else None

    def held(self, least_ttl: int = 0) -> tuple[Held, ...]:
        """Every publication and its end in senders' caches; `least_ttl` in seconds."""
        return held(self.ledger, self.now, txt_since=self.named_since, least_ttl=least_ttl)

    def unexpired(self, least_ttl: int = 0) -> tuple[Held, ...]:
        """What senders may hold now; `least_ttl` in seconds."""
        return unexpired(self.ledger, self.now, txt_since=self.named_since, least_ttl=least_ttl)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a rule says; what is empty or None comes from the rule's own data.

    `earliest`: the moment at which the same change passes this rule (BLOCK), or at which what it speaks of is over or
    allowed; None when no time alone will do it. `needs_facts`: as of ChangeRule, for this one thing alone.
    """

    text: str
    mail: str = ""
    remedy: str = ""
    level: Level | None = None
    earliest: datetime | None = None
    needs_facts: bool = False


@dataclass(frozen=True, slots=True)
class ChangeFinding:
    """What one rule says of one change, with what happens to mail and what to do; the last two are its rule's."""

    domain: str
    level: Level
    code: str
    text: str
    mail: str
    remedy: str
    source: str
    earliest: datetime | None = None
    needs_facts: bool = False
    before_looking: bool = False


RuleFunction = Callable[[DomainPolicy | None, DomainPolicy | None, Facts], Iterable[Said]]


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """One rule: a stable kebab-case code, its level, what it demands, what happens to mail otherwise, what to do.

    `source` is an RFC section, or begins with "ours". `needs_facts`: without the ledger, DNS or evidence it forbids
    everything, so the files alone do not judge it. `before_looking`: the files and the ledger judge it, so DNS and
    evidence need not be looked at when it forbids a step. `of_released`: it is about domains whose records are another
    tool's, for which no other rule is.
    """

    code: str
    level: Level
    title: str
    mail: str
    remedy: str
    source: str
    run: RuleFunction
    needs_facts: bool = False
    before_looking: bool = False
    of_released: bool = False
