"""The life of a domain under another tool: texts and ids by a careful hand, and what is seen of it when it comes here.

Careful is who puts the text first, and announces it by an id that was never there before. Anything else is as it comes:
ids, line ends, a line that we would not write, max_age up to the limit, any TTL.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Final

from mtasts.changes.ladder import RUNGS
from mtasts.history.adopted import old_host_until
from mtasts.policy.adopted import Adopted, patterns
from mtasts.policy.config import DomainPolicy
from mtasts.policy.settings import WINDOW_LEAST, RolloutSettings
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT, Mode, Policy, render_policy
from tests.simulation.ideas import FIRST, PATTERNS, TTLS, in_order
from tests.simulation.world import DAY, HOUR, MINUTE, Copied, Lead, Txt, World, moment, second

_FORMS: Final = ("{}", "{}", "{}note: by hand\r\n")


class Hand:
    """The other tool of one domain, in whose world the policy host leads to it."""

    def __init__(self, world: World, random: Random) -> None:
        self.on = True
        """Whether its policy host is to stay for now."""
        self._world = world
        self._random = random
        self._ttl = random.choice(TTLS)
        self._host_ttl = random.choice((5 * MINUTE, HOUR, DAY))
        self._ids = random.choice(("{}", "2024010{}", "v{}of9"))
        self._number = 0
        self._keeps = random.random() < 0.5
        world.leads = Copied(Lead(elsewhere=True, ttl=self._host_ttl))

    def live(self, t: int, hosts: tuple[str, ...]) -> Iterator[int]:
        """Publish, and change it now and then; each policy covers the MX hosts, which stay. Ends at rest."""
        for _ in range(1 if self._keeps else self._random.randrange(2, 5)):
            for t in self.change(t, hosts):  # noqa: B020
                yield t
            end = t + self._random.randrange(40 * DAY)
            while t < end:
                t = min(end, t + self._random.choice((DAY, 3 * DAY)))
                yield t

    def change(self, t: int, hosts: tuple[str, ...]) -> Iterator[int]:
        """Another policy: text first, then its id."""
        self._number += 1
        name = self._ids.format(self._number)
        self._world.put_elsewhere(t, name, self._text(hosts))
        yield t
        t += self._random.choice((1, MINUTE, HOUR, DAY))
        self._world.name(t, Txt(name, self._ttl))
        yield t

    @property
    def had_others(self) -> bool:
        """Whether something else was published before what is served now."""
        return len({body.text for body in self._world.before}) > 1

    def file(self, t: int, hold: str) -> DomainPolicy:
        """What `mtasts adopt` writes of what it sees at `t`: as served."""
        body, txt = self._world.elsewhere.at(t), self._world.txt.at(t)
        if body is None or txt is None:
            raise ValueError("there is nothing to adopt")
        return replace(
            FIRST,
            mode=body.policy.mode,
            max_age=body.policy.max_age,
            mx=patterns(body.policy),
            ttl=self._ttl,
            rollout=RolloutSettings(
                window_days=WINDOW_LEAST, hold=hold, adopted="had it" if body.policy.mode is Mode.ENFORCE else ""
            ),
            adopted=Adopted(txt.id, moment(t), body.text),
        )

    def switch_off(self, moved_at: int, *, at_once: bool) -> None:
        """End the old policy host when the name has moved: on the day that is printed, or at once."""
        self.on = False
        day = second(old_host_until(self._host_ttl, moment(moved_at)))
        self._world.elsewhere.set(moved_at if at_once else day, None)

    def _text(self, hosts: tuple[str, ...]) -> str:
        pick = self._random.choice
        mode = pick((Mode.TESTING, Mode.TESTING, Mode.ENFORCE))
        mx = in_order(*hosts, *self._random.sample(PATTERNS, pick((0, 0, 1, 2))))
        text = pick(_FORMS).format(render_policy(Policy(mode, pick((DAY, DAY, *RUNGS[1:4], MAX_AGE_LIMIT)), mx)))
        return text if self._random.random() < 0.6 else text.replace("\r\n", "\n")
