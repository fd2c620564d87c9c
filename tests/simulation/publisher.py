"""`up` for one mail domain, step by step as the components and the engine do it, and able to die between any two.

The order: id, policy file, read-back, TXT (RFC 8461 s8.1); at the end TXT, then policy file. What was done is in the
engine's state, so the next `up` takes up where the last one died. `Order` has the ways in which it could be done worse.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import desired_state
from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import render_policy
from tests.simulation.world import HOUR, LAGGING, MINUTE, PLAIN, PROMPT, Body, Lead, Txt, World, moment

# components/mtasts_pulumi/read_back.py looks for so long before it gives up, leaving the TXT as it is.
_READ_BACK: Final = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Order:
    """How a policy is published; the defaults are what the components do."""

    txt_first: bool = False
    reads_back: bool = True
    content_id: bool = False
    """The id is nothing but a hash of the text, so a text that returns brings its id back."""
    reads_back_type: bool = True
    """The read-back asks for text/plain as strict senders do."""
    keeps_ttl: bool = True
    """The bucket keeps the TTL that the TXT record had, besides the id."""
    adopts_as_it_is: bool = True
    """What another tool publishes is taken over only if it is what the file tells, and before it is changed."""
    adopts_bytes: bool = True
    """The adopted text is published as it was served, not as we would write it."""
    moves_last: bool = True
    """The name of the policy host moves when the new host was seen to serve the text."""


@dataclass(slots=True)
class State:
    """What the engine remembers of the domain: the last inputs that it has carried out."""

    text: str | None = None
    id: str = ""
    body: tuple[str, str, str, int | None] | None = None
    txt: tuple[str, int] | None = None


class Publisher:
    """Carries out what the YAML says. `clock_error` seconds are added to the true time: clocks jump."""

    def __init__(self, world: World, random: Random, order: Order = Order()) -> None:
        self.state = State()
        self.clock_error = 0
        self.ends: list[int] = []
        """When an `up` was finished, by the true clock: what the engine's history tells."""
        self.moved_at: int | None = None
        """When every name server led to our policy host, which another tool had before."""
        self._world = world
        self._random = random
        self._order = order

    def up(self, start: int, policy: DomainPolicy | None, media: str = PLAIN) -> Iterator[int]:
        """Publish, or take away if None; yields the time after each step, at which others may do things, too.

        Whoever stops asking in between has let it die there.
        """
        steps = self._remove(start) if policy is None else self._publish(start, policy, media)
        end = start
        for end in steps:
            yield end
        if self.done(policy, media):
            self.ends.append(end)

    def done(self, policy: DomainPolicy | None, media: str = PLAIN) -> bool:
        """Whether all of it was carried out."""
        if policy is None:
            return self.state == State()
        here = self.state.body == self._body(policy, self._text(policy), media) and not self._elsewhere
        return here and self.state.txt == (self.state.id, policy.ttl)

    def named(self, policy: DomainPolicy) -> bool:
        """Whether the TXT record names this very text already."""
        txt = self.state.txt
        return self.state.text == self._text(policy) and txt is not None and txt[0] == self.state.id

    @property
    def _elsewhere(self) -> bool:
        """Whether the policy host is another tool's, as far as the engine knows."""
        return self.moved_at is None and self._world.leads.at(0).elsewhere

    def _text(self, policy: DomainPolicy) -> str:
        return desired_state(policy).text if self._order.adopts_bytes else render_policy(policy.policy)

    def _refused(self, t: int, policy: DomainPolicy) -> bool:
        """Whether something else stands there than what is to be taken over, or something else is wanted."""
        txt, told = self._world.txt.at(t), policy.adopted
        as_told = told is not None and txt is not None and txt.id == told.id
        return self._order.adopts_as_it_is and not (as_told and desired_state(policy).adopted_id is not None)

    def _publish(self, t: int, policy: DomainPolicy, media: str) -> Iterator[int]:
        if self._elsewhere and self._refused(t, policy):
            return
        text, adopted = self._text(policy), desired_state(policy).adopted_id
        if self.state.text != text:
            # An id never comes back: the adopted one is for a domain of which nothing was published from here.
            self.state.id = adopted if self.state.text is None and adopted is not None else self._id(t, text)
            self.state.text = text
            yield (t := t + 1)
        if self._elsewhere and not self._order.moves_last:
            for t in self._move(t):  # noqa: B020
                yield t
        if self._order.txt_first:
            for t in self._name(t, policy.ttl):  # noqa: B020
                yield t
        body = self._body(policy, text, media)
        if self.state.body != body:
            lag = self._random.choice((0, 0, MINUTE, HOUR))
            self._world.put(t, self.state.id, text, media=media, ttl=body[3], lag=lag)
            yield t  # it is there, and the engine dies before it has noted that
            self.state.body = body
            yield (t := t + self._random.randrange(1, 30))
        if self._elsewhere:
            deadline = t + _READ_BACK
            while not self._served(t, text):
                if t >= deadline:
                    return  # NotServed, by the new host's own name
                yield (t := t + 15)
            for t in self._move(t):  # noqa: B020
                yield t
        if self.state.txt == (self.state.id, policy.ttl):
            return
        if self._order.reads_back:
            deadline = t + _READ_BACK
            while not self._served(t, text):
                if t >= deadline:
                    return  # NotServed: the TXT is left as it is
                yield (t := t + 15)
        yield from self._name(t, policy.ttl)

    def _body(self, policy: DomainPolicy, text: str, media: str) -> tuple[str, str, str, int | None]:
        return self.state.id, text, media, policy.ttl if self._order.keeps_ttl else None

    def _move(self, t: int) -> Iterator[int]:
        """Lead the name of the policy host to ours. The step ends when every name server has it."""
        lag = 0
        if self._world.leads.at(t).elsewhere:
            lag = self._random.choice((0, 5, MINUTE))
            self._world.lead(t, Lead(elsewhere=False, ttl=MINUTE), lag)
        yield t  # it leads there, and the engine dies before it has noted that
        yield (t := t + lag)
        self.moved_at = t

    def _name(self, t: int, ttl: int) -> Iterator[int]:
        """Write the TXT. The step ends when every name server has it, as Route 53's INSYNC says."""
        if self.state.txt == (self.state.id, ttl):
            return
        lag = self._random.choice((0, 5, MINUTE))
        self._world.name(t, Txt(self.state.id, ttl), lag)
        yield t
        self.state.txt = self.state.id, ttl
        yield t + lag

    def _served(self, t: int, text: str) -> bool:
        """Whether every address serves the text, byte for byte, and as a sender wants it."""
        return all(self._right(self._world.bodies.at(t, copy), text) for copy in (PROMPT, LAGGING))

    def _right(self, body: Body | None, text: str) -> bool:
        return body is not None and body.text == text and (body.media == PLAIN or not self._order.reads_back_type)

    def _id(self, t: int, text: str) -> str:
        if self._order.content_id:
            return hashlib.sha256(text.encode()).hexdigest()[:32]
        return policy_id(moment(t + self.clock_error), text)

    def _remove(self, t: int) -> Iterator[int]:
        if self.state.txt is not None:
            self._world.name(t, None)
            yield t
            self.state.txt = None
            yield (t := t + 5)
        if self.state.body is not None:
            self._world.delete(t)
            yield t
        self.state = State()
        yield t + 5
