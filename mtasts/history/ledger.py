"""The publications that senders may still hold, of all that there ever were, and until when.

Pure: "now" is an argument. What is not known counts on the unsafe side: a text that cannot be read as enforce with the
greatest max_age, an id of which nobody knows when the TXT record stopped naming it as named until now.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from mtasts.history.eras import Publication
from mtasts.policy.policy_id import first_desired
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT, POLICY_BYTES_LIMIT, Mode, Policy, read_policy
from mtasts.protocol.names import covers
from mtasts.words.durations import span

# Some senders hold a policy whose max_age is below an hour for a day (Stalwart: outside 3600..31557600 it is 86400).
_SHORTEST_KEPT = 3600
_KEPT_INSTEAD = 86400
# Most of a ledger is what render_policy wrote; reading that by the whole grammar is all that the rules' time goes to.
_AS_RENDERED = re.compile(
    r"version: STSv1\r\nmode: (?P<mode>none|testing|enforce)\r\n"
    r"(?P<mx>(?:mx: [a-zA-Z0-9.*-]+\r\n)*)max_age: (?P<max_age>[0-9]{1,10})\r\n",
    re.ASCII,
)
_MODES = {mode.value: mode for mode in Mode}


@dataclass(frozen=True, slots=True)
class Held:
    """One publication as senders may hold it.

    `policy` is None for a text that cannot be read. From `until` on no sender holds it: body last served, or its id
    last visible in DNS (TTL included), plus max_age. `certain` is False when nobody knows when the TXT record stopped
    naming it, so that `until` moves on with the clock.
    """

    publication: Publication
    policy: Policy | None
    until: datetime
    certain: bool

    @property
    def enforces(self) -> bool:
        """Whether a sender that holds it refuses MX hosts that it does not cover."""
        return self.policy is None or self.policy.mode is Mode.ENFORCE

    @property
    def retired(self) -> bool:
        """Whether it says that there is no policy (mode none)."""
        return self.policy is not None and self.policy.mode is Mode.NONE

    @property
    def name(self) -> str:
        """The publication for people: its id, mode and max_age."""
        if self.policy is None:
            return f"{self.publication.id} (not readable: counted as enforce with the greatest max_age)"
        return f"{self.publication.id} ({self.policy.mode}, max_age {span(self.policy.max_age)})"

    def allows(self, pattern: str) -> bool:
        """Whether each host that the mx pattern covers is covered by this policy too (RFC 8461 s4.1)."""
        return self.policy is not None and allows(self.policy.mx, pattern)


def allows(patterns: Sequence[str], pattern: str) -> bool:
    """Whether `patterns` cover each host that `pattern` (a host or an mx pattern, in A-labels) covers."""
    if pattern in patterns:
        return True
    if pattern.startswith("*."):
        return any(wider.startswith("*.") and covers(wider[2:], pattern[2:]) for wider in patterns)
    return any(covers(wider, pattern) for wider in patterns)


def refused_until(every: Sequence[Held], pattern: str) -> datetime | None:
    """Until when senders may refuse a host that the mx pattern covers; None if nobody that enforces lacks it."""
    return max((one.until for one in every if one.enforces and not one.allows(pattern)), default=None)


def held(
    publications: Sequence[Publication], now: datetime, *, txt_since: datetime | None = None, least_ttl: int = 0
) -> tuple[Held, ...]:
    """Every publication with the end of its life in senders' caches, oldest first.

    `max(body last served, id last visible + TTL) + max_age`; the body of a text is also fetched under ids before it, as
    long as these are named, so the TTL is the largest so far. `txt_since`: since when the newest id is known to be in
    DNS. `least_ttl`: seconds for which resolvers may keep the TXT record, should the publications say less.
    """
    ordered = sorted(publications, key=lambda publication: publication.since)
    named = _named_until(ordered, txt_since)
    ttl = timedelta(seconds=least_ttl)
    found = []
    for publication, end in zip(ordered, named, strict=True):
        ttl = max(ttl, publication.ttl)
        policy = read_text(publication.text)
        last_served = now if publication.until is None else publication.until
        last_named = now if end is None else end
        until = max(last_served, last_named + ttl) + _kept_for(policy)
        found.append(Held(publication, policy, until, end is not None or publication.until is None))
    return tuple(found)


def unexpired(
    publications: Sequence[Publication], now: datetime, *, txt_since: datetime | None = None, least_ttl: int = 0
) -> tuple[Held, ...]:
    """What some sender may hold at `now`, oldest first; arguments as of `held`."""
    every = held(publications, now, txt_since=txt_since, least_ttl=least_ttl)
    return tuple(one for one in every if one.until > now)


def safe_removal(
    publications: Sequence[Publication], now: datetime, *, txt_since: datetime | None = None, least_ttl: int = 0
) -> datetime | None:
    """From when on TXT record and policy host may go, provided that `none` is published now or already (RFC 8461 s8.3).

    The maximum over all publications, not the last one: an older one may have had a greater max_age. Mode none binds
    nobody and needs no waiting. None when no publication is known, so that nothing can be said.
    """
    every = held(publications, now, txt_since=txt_since, least_ttl=least_ttl)
    if not every:
        return None
    return max((one.until for one in every if not one.retired), default=every[0].publication.since)


def longest_enforce(
    publications: Sequence[Publication], now: datetime, *, txt_since: datetime | None = None, least_ttl: int = 0
) -> Held | None:
    """Of what senders may hold at `now` the enforce policy that lives longest, or None when nobody enforces."""
    enforcing = [one for one in unexpired(publications, now, txt_since=txt_since, least_ttl=least_ttl) if one.enforces]
    return max(enforcing, key=lambda one: one.until, default=None)


def with_history(publications: Sequence[Publication], ends: Sequence[datetime]) -> tuple[Publication, ...]:
    """The publications with `named_until`, from when the engine's successful updates (of everything) ended.

    An update ends well only when the TXT record names the newest text; so the first such end after the next text was
    written bounds the time for which an id was named. The engine's clock may be ahead of the bucket's: the end must
    also lie after the time in the next id, which is the engine's own. What was taken over has `moved_by` from the first
    end after the bucket got it, for the policy host moves in the same update. Oldest first.
    """
    ordered = sorted(publications, key=lambda publication: publication.since)
    times = sorted(ends)

    def first_end(after: datetime) -> datetime | None:
        number = bisect_left(times, after)
        return times[number] if number < len(times) else None

    found = []
    for publication, following in pairwise(ordered):
        end = first_end(max(following.since, first_desired(following.id) or following.since))
        found.append(replace(publication, named_until=publication.named_until or end))
    return tuple(
        one if one.taken_over is None else replace(one, moved_by=one.moved_by or first_end(one.taken_over))
        for one in (*found, *ordered[-1:])
    )


def _named_until(ordered: Sequence[Publication], txt_since: datetime | None) -> list[datetime | None]:
    """For each publication, oldest first, when neither its id nor an older one was named any more; None: not known.

    What bounds a later id bounds all before it.
    """
    bounds: list[datetime | None] = []
    bound = None
    for position in range(len(ordered) - 1, -1, -1):
        known = ordered[position].named_until
        if position == len(ordered) - 2 and known is None:
            known = txt_since
        if known is not None:
            bound = known if bound is None else min(bound, known)
        bounds.append(bound)
    return bounds[::-1]


@lru_cache(maxsize=65536)
def read_text(text: str) -> Policy | None:
    """The policy of a published text, None if it cannot be read. Texts as we render them take a short way."""
    ours = _AS_RENDERED.fullmatch(text)
    if ours is not None and len(text) <= POLICY_BYTES_LIMIT:
        patterns = ours["mx"].split()[1::2]
        try:
            return Policy(_MODES[ours["mode"]], int(ours["max_age"]), tuple(patterns))
        except ValueError:
            pass  # let the one who knows the grammar say no
    return read_policy(text.encode("utf-8", "surrogatepass")).value


def _kept_for(policy: Policy | None) -> timedelta:
    seconds = MAX_AGE_LIMIT if policy is None else policy.max_age
    return timedelta(seconds=seconds if seconds >= _SHORTEST_KEPT else _KEPT_INSTEAD)
