"""Mails whose keys never come cost a bounded time, hold up no others, and are judged when DNS answers."""

import asyncio
from collections.abc import Iterator

import pytest

from mtasts.live.dkim_keys import KeyRecords, NoAnswerError
from mtasts.live.network import Network
from mtasts.live.resolver import Resolver
from mtasts.verify.model import Answer, AnswerKind


class Zones:
    """A resolver and a clock: names of `slow` zones cost the whole time-out of all tries, all others nothing."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slow = True
        self.asked: list[str] = []

    def clock(self) -> float:
        """Seconds."""
        return self.now

    async def ask_once(self, name: str, rdtype: str) -> Answer:
        """What the resolver answers."""
        self.asked.append(name)
        if self.slow and "slow" in name:
            self.now += 4.0  # two tries of two seconds
            return Answer(name, rdtype, AnswerKind.TROUBLE, trouble="time-out")
        if "absent" in name:
            return Answer(name, rdtype, AnswerKind.NO_NAME)
        return Answer(name, rdtype, AnswerKind.FOUND, ("v=DKIM1; p=x",))


@pytest.fixture
def zones(monkeypatch: pytest.MonkeyPatch) -> Zones:
    """In place of DNS; the budget is of our own clock, so no test waits."""
    found = Zones()
    monkeypatch.setattr(Resolver, "ask_once", lambda self, name, rdtype: found.ask_once(name, rdtype))
    return found


def _mail(keys: KeyRecords, *names: str) -> list[str]:
    """What comes of a mail with signatures of these selectors."""
    keys.begin_mail()
    came = []
    for name in names:
        try:
            came.append("key" if keys.at(name) else "none")
        except NoAnswerError as error:
            came.append(str(error).rpartition(": ")[2])
    return came


@pytest.fixture
def keys(zones: Zones) -> Iterator[KeyRecords]:
    """The records as the verifier asks them."""
    found = KeyRecords(Network("127.0.0.1:53"), timeout=2.0, clock=zones.clock)
    yield found
    found.close()


def test_a_mail_costs_a_bounded_time_however_many_signatures_it_has(keys: KeyRecords, zones: Zones) -> None:
    """What is left over is not said to be unsigned, and is asked in the next run."""
    began = zones.now
    names = [f"s{number}._domainkey.slow.example" for number in range(5)]
    assert _mail(keys, *names) == ["time-out"] * 2 + ["the time for this mail is used up"] * 3
    assert zones.now - began == 8.0
    assert zones.asked == names[:2]


def test_many_slow_mails_hold_up_no_honest_one(keys: KeyRecords, zones: Zones) -> None:
    """After a minute without an answer each mail has one question; a zone that answers is heard all the same."""
    for number in range(80):
        _mail(keys, *(f"m{number}s{index}._domainkey.slow.example" for index in range(5)))
        assert _mail(keys, f"m{number}._domainkey.honest.example") == ["key"]
    slow = [name for name in zones.asked if "slow" in name]
    # Eight mails of two questions each before they are hurried; the budget is fresh once in five minutes.
    assert len(slow) < 80 * 2
    began, before = zones.now, len(slow)
    _mail(keys, *(f"last{index}._domainkey.slow.example" for index in range(5)))
    assert len([name for name in zones.asked if "slow" in name]) - before == 1
    assert zones.now > began


def test_what_is_known_is_not_asked_again_until_it_is_old(keys: KeyRecords, zones: Zones) -> None:
    """Keys for an hour; that there is none, or no answer, for five minutes: a watch goes on for months."""
    names = ["a._domainkey.honest.example", "a._domainkey.absent.example", "a._domainkey.slow.example"]
    for _ in range(3):
        assert _mail(keys, *names) == ["key", "none", "time-out"]
    assert zones.asked == names
    zones.now += 301
    zones.slow = False
    assert _mail(keys, *names) == ["key", "none", "key"]
    assert zones.asked == names + names[1:]


def test_a_question_is_cut_off_at_the_end_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the real clock: a resolver that never returns does not hold the mail."""

    async def never(self: Resolver, name: str, rdtype: str) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError(name)

    monkeypatch.setattr(Resolver, "ask_once", never)
    keys = KeyRecords(Network("127.0.0.1:53"), timeout=0.01)
    assert _mail(keys, "a.example", "b.example") == ["time-out", "the time for this mail is used up"]
    keys.close()
