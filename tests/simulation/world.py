"""One mail domain's part of the world: what a sender can see of it, and when. Times are whole seconds.

Everything that is copied about (TXT record, MX set, policy file) has a prompt copy and one that lags. What is not one
domain's affair (routing, certificates' dates) is left out; a host is valid for senders, or it has a named fault.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Generic, TypeVar

from mtasts.protocol.mta_sts import Mode, Policy, read_policy
from mtasts.protocol.names import covers

T = TypeVar("T")

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86400
PLAIN: Final = "text/plain"
# What object stores say of a file of which nobody told them the type.
UNTYPED: Final = "binary/octet-stream"
# The zone's SOA minimum: how long a resolver keeps "there is no such record" (RFC 2308 s5).
NEGATIVE_TTL: Final = 300
PROMPT, LAGGING = 0, 1


def moment(t: int) -> datetime:
    """The second `t` of a history as the rules want it."""
    return START + timedelta(seconds=t)


def second(at: datetime) -> int:
    """The first whole second of a history that is not before `at`."""
    seconds = (at - START).total_seconds()
    return int(seconds) + (seconds > int(seconds))


class Copied(Generic[T]):
    """A value with two copies: a change is seen at once in the prompt one, `lag` seconds later in the other.

    The other is a cache (an edge, a secondary name server): when what it has is over, it takes the newest. One that
    `passes_on` is a replica that goes through every value there was.
    """

    def __init__(self, first: T, *, passes_on: bool = False) -> None:
        self._changes: list[tuple[int, int, T]] = [(0, 0, first)]
        self._passes_on = passes_on

    def set(self, t: int, value: T, lag: int = 0) -> None:
        """Change the value at `t`."""
        before = self._changes[-1][1]
        if t >= before or self._passes_on:
            before = max(before, t + lag)
        self._changes.append((t, before, value))

    def at(self, t: int, copy: int = PROMPT) -> T:
        """What this copy says at `t`."""
        for change in reversed(self._changes):
            if (change[1] if copy == LAGGING else change[0]) <= t:
                return change[2]
        return self._changes[0][2]


@dataclass(frozen=True, slots=True)
class Body:
    """One version of the policy file. `number` counts the versions of a history, so an older one has a lower number."""

    number: int
    id: str
    text: str
    put: int
    media: str
    policy: Policy
    ttl: int | None
    """What the bucket says of the TXT record's TTL."""


@dataclass(frozen=True, slots=True)
class Txt:
    """The `_mta-sts` TXT record."""

    id: str
    ttl: int


@dataclass(frozen=True, slots=True)
class Lead:
    """Where the name of the policy host leads: to another tool's, or to ours. `ttl` of the record in seconds."""

    elsewhere: bool
    ttl: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why senders that enforce refuse a host, from `since` on. `seen`: reports and probes tell of it.

    What they do not tell of is met only by senders that give no evidence in testing; `known`: the operator has heard of
    it all the same.
    """

    host: str
    since: int
    seen: bool
    known: bool = field(default=False, compare=False)
    until: int | None = None
    """When it was fixed."""

    def there(self, t: int) -> bool:
        """Whether the host has it at `t`."""
        return self.since <= t and (self.until is None or t < self.until)


@dataclass(slots=True)
class World:
    """The present state of all that senders ask."""

    txt: Copied[Txt | None] = field(default_factory=lambda: Copied(None))
    bodies: Copied[Body | None] = field(default_factory=lambda: Copied(None))
    mx: Copied[tuple[str, ...]] = field(default_factory=lambda: Copied(()))
    mx_ttl: int = HOUR
    versions: list[Body] = field(default_factory=list)
    """What the bucket keeps: every version that was ever put."""
    ended: list[int] = field(default_factory=list)
    """When the policy file was deleted."""
    leads: Copied[Lead] = field(default_factory=lambda: Copied(Lead(elsewhere=False, ttl=NEGATIVE_TTL)))
    elsewhere: Copied[Body | None] = field(default_factory=lambda: Copied(None))
    """What the policy host of another tool serves."""
    before: list[Body] = field(default_factory=list)
    """Every version that was put there."""
    led_until: int = 0
    """Until when some resolver may still lead there, once the name has moved."""
    faults: list[Fault] = field(default_factory=list)
    longest_ttl: int = 0
    """Of all TXT records so far."""
    _newest: dict[str, Body] = field(default_factory=dict)

    def name(self, t: int, txt: Txt | None, lag: int = 0) -> None:
        """Write the TXT record, or take it away; the lagging name server follows `lag` seconds later."""
        self.longest_ttl = max(self.longest_ttl, 0 if txt is None else txt.ttl)
        self.txt.set(t, txt, lag)

    def put(self, t: int, name: str, text: str, *, media: str = PLAIN, ttl: int | None = None, lag: int = 0) -> Body:
        """Put a policy file under the id `name`; the lagging edge serves the one before it for `lag` seconds more."""
        body = self._body(t, name, text, media, ttl)
        self.versions.append(body)
        self.bodies.set(t, body, lag)
        return body

    def put_elsewhere(self, t: int, name: str, text: str) -> Body:
        """Put a policy file on the host of another tool; `name` is the id that it will be announced by."""
        body = self._body(t, name, text, PLAIN, None)
        self.before.append(body)
        self.elsewhere.set(t, body)
        return body

    def lead(self, t: int, lead: Lead, lag: int = 0) -> None:
        """Let the name of the policy host lead there; the lagging name server follows `lag` seconds later."""
        self.led_until = t + lag + self.leads.at(t).ttl
        self.leads.set(t, lead, lag)

    def served(self, t: int, lead: Lead, edge: int) -> Body | None:
        """What a sender gets that is led there."""
        return (self.elsewhere if lead.elsewhere else self.bodies).at(t, edge)

    def led(self, t: int) -> list[Lead]:
        """Wherever resolvers may lead a sender at `t`."""
        now = {self.leads.at(t, copy) for copy in (PROMPT, LAGGING)}
        return sorted(now | {self.leads.at(0)} if t < self.led_until else now, key=lambda lead: lead.elsewhere)

    def _body(self, t: int, name: str, text: str, media: str, ttl: int | None) -> Body:
        body = Body(len(self.versions) + len(self.before) + 1, name, text, t, media, _policy(text), ttl)
        self._newest[name] = body
        return body

    def meant(self, name: str) -> str | None:
        """The text that the id stands for."""
        body = self._newest.get(name)
        return None if body is None else body.text

    def delete(self, t: int) -> None:
        """Take the policy file away."""
        self.ended.append(t)
        self.bodies.set(t, None)

    def outdated(self, name: str, body: Body) -> bool:
        """Whether a sender that took this body under the id `name` holds an older one than the id stands for.

        It will never learn of that: to it, the id has not changed.
        """
        meant = self._newest.get(name, body)
        return body.number < meant.number and body.text != meant.text

    def fault(self, host: str, t: int) -> Fault | None:
        """What is wrong with `host` at `t`."""
        return next((fault for fault in self.faults if fault.host == host and fault.there(t)), None)


@lru_cache(maxsize=4096)
def covered(patterns: tuple[str, ...], host: str) -> bool:
    """Whether a policy's patterns cover this MX host (RFC 8461 s4.1)."""
    return any(covers(pattern, host) for pattern in patterns)


def uncovered(policy: Policy, hosts: Sequence[str]) -> tuple[str, ...]:
    """The hosts that an enforcing sender with this policy refuses by name."""
    return tuple(host for host in hosts if policy.mode is Mode.ENFORCE and not covered(policy.mx, host))


@lru_cache(maxsize=4096)
def _policy(text: str) -> Policy:
    policy = read_policy(text.encode()).value
    if policy is None:
        raise ValueError(f"only valid policies are published: {text!r}")
    return policy
