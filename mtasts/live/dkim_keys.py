"""Key records for signatures, within a budget of DNS time: what a stranger's mail names may never answer.

A mail may cost only so long; and when mails have cost so much together without an answer, each costs little until the
budget is fresh. So a heap of mails whose keys never come holds up no others, and an honest zone, which answers at once,
is heard all the same. Answers are kept, also that there is no key, and for a while that nothing answered.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.verify.model import Answer, AnswerKind

# Ours, in time-outs of one exchange (2 s unless told): what one mail may cost, what all may cost without an answer
# before they are hurried, and what a hurried mail may cost.
_MAIL, _ALL, _HURRIED = 4.0, 30.0, 0.5
_FRESH_SECONDS = 300.0  # after that the budget of all is fresh
_KEPT_SECONDS = 3600.0
_KEPT_ABSENT_SECONDS = 300.0  # no key, or no answer: a watch asks again
_KEPT_LIMIT = 2048


class NoAnswerError(Exception):
    """DNS did not answer, or not in time: nothing is proven either way."""


class KeyRecords:
    """Asks for the TXT records of keys. `begin_mail` before each mail; `clock` is in seconds and never goes back."""

    def __init__(self, network: Network, *, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._runner = asyncio.Runner()
        self._network = network
        self._timeout = timeout
        self._clock = clock
        self._resolver: Resolver | None = None
        self._kept: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._wasted, self._fresh_at = 0.0, 0.0
        self._left = 0.0

    def begin_mail(self) -> None:
        """Give the next mail its share of time."""
        if self._clock() >= self._fresh_at:
            self._wasted, self._fresh_at = 0.0, self._clock() + _FRESH_SECONDS
        self._left = (_HURRIED if self._wasted >= _ALL * self._timeout else _MAIL) * self._timeout

    def at(self, name: str) -> tuple[str, ...]:
        """The records at a name, none if there are none. Raises NoAnswerError."""
        found = self._kept.get(name)
        answer = found[1] if found and found[0] > self._clock() else self._asked(name)
        if answer.kind is AnswerKind.TROUBLE:
            raise NoAnswerError(f"{name}: {answer.trouble}")
        return answer.values if answer.found else ()

    def close(self) -> None:
        """Close the event loop that asks."""
        self._runner.close()

    def _asked(self, name: str) -> Answer:
        if self._left <= 0:
            # Not kept: it was not asked.
            return Answer(name, "TXT", AnswerKind.TROUBLE, trouble="the time for this mail is used up")
        began = self._clock()
        answer = self._runner.run(self._within(name, self._left))
        if answer.kind is AnswerKind.TROUBLE:
            cost = self._clock() - began
            self._left -= cost
            self._wasted += cost
        self._keep(name, answer)
        return answer

    async def _within(self, name: str, seconds: float) -> Answer:
        if self._resolver is None:
            self._resolver = Resolver(self._network, timeout=self._timeout)
        try:
            async with asyncio.timeout(seconds):
                return await self._resolver.ask_once(name, "TXT")
        except TimeoutError:
            return Answer(name, "TXT", AnswerKind.TROUBLE, trouble="time-out")

    def _keep(self, name: str, answer: Answer) -> None:
        seconds = _KEPT_SECONDS if answer.found else _KEPT_ABSENT_SECONDS
        self._kept[name] = (self._clock() + seconds, answer)
        self._kept.move_to_end(name)
        while len(self._kept) > _KEPT_LIMIT:
            self._kept.popitem(last=False)
