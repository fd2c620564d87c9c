"""Senders of each known kind, as small state machines: what they look at, when, and what they keep.

A look takes two steps with a pause between them: the TXT record, then (up to a minute later, RFC 8461 s3.3) the body.
Only habits that real senders have are here, each with where it is known from.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Generic, TypeVar

from mtasts.protocol.mta_sts import Mode, Policy
from tests.simulation.world import (
    DAY,
    LAGGING,
    MINUTE,
    NEGATIVE_TTL,
    PLAIN,
    PROMPT,
    Body,
    Fault,
    Lead,
    Txt,
    World,
    covered,
)

T = TypeVar("T")

# RFC 8461 s3.3: after a failed fetch the next try comes no sooner.
RETRY: Final = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Habits:
    """What kind of sender this is."""

    name: str
    asks_for_each_message: bool = True
    """Looks at the TXT record whenever it has mail; without this only for a message that fails (RFC 8461 s5.1)."""
    asks_when_refusing: bool = True
    refreshes_daily: bool = True
    """RFC 8461 s3.3 and s10.2: SHOULD look again before the policy ends."""
    renews_on_equal_id: bool = False
    """Extends what it holds by max_age when the id is the same, without fetching (mox; RFC 8461 s3.1 allows it)."""
    strict_media_type: bool = False
    """Refuses a policy that is not text/plain (RFC 8461 s3.2 SHOULD)."""
    evidence_in_testing: bool = True
    """Reports what fails in testing; those that do not meet faults that nobody has heard of."""
    dns: int = PROMPT
    edge: int = PROMPT


KINDS: Final = (
    Habits("RFC-strict, daily refresh"),
    Habits("renews on an equal id", asks_for_each_message=False, renews_on_equal_id=True),
    Habits(
        "holds until expiry",
        asks_for_each_message=False,
        asks_when_refusing=False,
        refreshes_daily=False,
    ),
    Habits("asks only when it refuses", asks_for_each_message=False, refreshes_daily=False),
    Habits("no evidence in testing", evidence_in_testing=False),
    Habits("strict media type", asks_for_each_message=False, strict_media_type=True),
    Habits("stale DNS", renews_on_equal_id=True, dns=LAGGING),
    Habits("stale edge", edge=LAGGING),
)


def mixed(random: Random) -> Habits:
    """A sender of habits that nobody has put together yet."""
    asks, when_refusing, refreshes, renews, media, evidence, dns, edge = (random.random() < 0.5 for _ in range(8))
    return Habits("mixed habits", asks, when_refusing, refreshes, renews, media, evidence, int(dns), int(edge))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a sender holds: a body, the id under which it was taken, and the end of its max_age."""

    id: str
    body: Body
    expires: int

    @property
    def policy(self) -> Policy:
        return self.body.policy


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sender did not deliver to an MX host because of the policy it holds; `fault` None: no pattern covers it."""

    at: int
    sender: str
    host: str
    entry: Entry
    fault: Fault | None


class Resolver(Generic[T]):
    """A sender's own cache of one record: keeps an answer for its whole TTL, whatever happens meanwhile."""

    def __init__(self, ask: Callable[[int], tuple[T, int]]) -> None:
        self._ask = ask
        self._kept: T
        self._until = -1

    def __call__(self, t: int) -> T:
        if t >= self._until:
            self._kept, ttl = self._ask(t)
            self._until = t + ttl
        return self._kept


class Sender:
    """One sender with its caches. `on_refusal` hears of every MX host that it refuses."""

    def __init__(
        self, habits: Habits, world: World, random: Random, on_refusal: Callable[[Refusal], None] = lambda _: None
    ) -> None:
        self.habits = habits
        self.entry: Entry | None = None
        self.pending: tuple[int, Txt] | None = None
        """A look under way: when the body will be fetched, and the TXT record seen."""
        self.untaken: list[Body] = []
        """Policies that the TXT record named and this sender could not take."""
        self.next_refresh = random.randrange(DAY)
        self._world = world
        self._random = random
        self._on_refusal = on_refusal
        self._retry_at = 0
        self._txt: Resolver[Txt | None] = Resolver(self._ask_txt)
        self._mx: Resolver[tuple[str, ...]] = Resolver(self._ask_mx)
        self._lead: Resolver[Lead] = Resolver(self._ask_lead)

    def held(self, t: int) -> Entry | None:
        """What it holds at `t`."""
        return self.entry if self.entry is not None and t < self.entry.expires else None

    def forget(self) -> None:
        """Lose the cached policy, by a restart without a disk or a clock that jumped ahead."""
        self.entry = None

    def mail(self, t: int) -> None:
        """Try to deliver one message: every MX host in turn, as RFC 8461 s5 says for the policy that is held."""
        self._finish(t)
        entry = self.held(t)
        if entry is None or self.habits.asks_for_each_message:
            self._look(t)
            entry = self.held(t)
        hosts = self._mx(t)
        if entry is None or entry.policy.mode is not Mode.ENFORCE:
            return
        refused = False
        for host in hosts:
            fault = None
            if covered(entry.policy.mx, host):
                fault = self._world.fault(host, t)
                if fault is None or (self.habits.evidence_in_testing and not fault.seen):
                    continue
            refused = True
            self._on_refusal(Refusal(t, self.habits.name, host, entry, fault))
        if refused and self.habits.asks_when_refusing:
            self._look(t)

    def refresh(self, t: int) -> None:
        """The daily look, for kinds that have one."""
        self.next_refresh = t + DAY - self._random.randrange(10 * MINUTE)
        self._finish(t)
        entry = self.held(t)
        if entry is None or not self.habits.refreshes_daily:
            return
        seen = self._txt(t)
        if seen is None:
            return
        if self.habits.renews_on_equal_id and seen.id == entry.id:
            self.entry = replace(entry, expires=t + entry.policy.max_age)
        else:
            self._start(t, seen)

    def fetch(self, t: int) -> None:
        """The second step of a look: the body, which may have changed since the first."""
        if self.pending is None:
            return
        seen, self.pending = self.pending[1], None
        body = self._world.served(t, self._lead(t), self.habits.edge)
        if body is None or (self.habits.strict_media_type and body.media != PLAIN):
            if body is not None and body.id == seen.id:
                self.untaken.append(body)
            # RFC 8461 s3.3: what is cached and not expired goes on being applied.
            self._retry_at = t + RETRY
            return
        self.entry = Entry(seen.id, body, t + body.policy.max_age)

    def _look(self, t: int) -> None:
        seen = self._txt(t)
        if seen is None:
            return
        entry = self.held(t)
        if entry is None or seen.id != entry.id:
            self._start(t, seen)

    def _start(self, t: int, seen: Txt) -> None:
        if self.pending is not None or t < self._retry_at:
            return
        pause = self._random.choice((0, 0, 1, MINUTE - 1))
        self.pending = (t + pause, seen)
        if not pause:
            self.fetch(t)

    def _finish(self, t: int) -> None:
        if self.pending is not None and self.pending[0] <= t:
            self.fetch(t)

    def _ask_txt(self, t: int) -> tuple[Txt | None, int]:
        found = self._world.txt.at(t, self.habits.dns)
        return found, NEGATIVE_TTL if found is None else found.ttl

    def _ask_lead(self, t: int) -> tuple[Lead, int]:
        found = self._world.leads.at(t, self.habits.dns)
        return found, found.ttl

    def _ask_mx(self, t: int) -> tuple[tuple[str, ...], int]:
        return self._world.mx.at(t, self.habits.dns), self._world.mx_ttl
