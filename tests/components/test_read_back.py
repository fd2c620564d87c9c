"""What the hooks decide, without an engine: when a TXT may change, and when a name may go."""

import asyncio
import time

import pytest

from components.read_back import NotServed, ReadBack, not_served, see_retired, until_served
from mtasts.readiness.model import Outcome, PolicyFetch, Trouble
from tests.patience import PATIENCE

TEXT = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmax_age: 1209600\r\n"
OLD = TEXT.replace("enforce", "testing")
NONE = "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"
HOST = "mta-sts.example.com"


def served(text: str, address: str = "192.0.2.1") -> PolicyFetch:
    return PolicyFetch(HOST, address, Outcome.OK, body=text.encode())


def failed(text: str, address: str = "192.0.2.1") -> PolicyFetch:
    return PolicyFetch(HOST, address, Outcome.FAILED, (Trouble("x", text),))


def unreachable(address: str = "2001:db8::1") -> PolicyFetch:
    return PolicyFetch(HOST, address, Outcome.UNREACHABLE, (Trouble("no-route", "no IPv6 from here"),))


class Sequence:
    """A policy host that shows one state a look, the last one for ever; counts the looks."""

    def __init__(self, *states):
        self.states, self.looks = list(states), 0

    async def __call__(self, domain, timeout):
        self.looks += 1
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ([served(TEXT)], None),
        ([served(TEXT), unreachable()], None),
        ([served(TEXT), served(TEXT, "192.0.2.2")], None),
        ([served(OLD)], "still serves another policy (mode testing, max_age 1209600)"),
        ([served(TEXT), served(OLD, "192.0.2.2")], "[192.0.2.2] still serves another policy"),
        ([served(TEXT + " ")], "still serves another policy"),
        ([served("<html>")], "not a valid policy"),
        ([failed("certificate expired")], "certificate expired"),
        ([served(TEXT), failed("connection refused", "192.0.2.2")], "connection refused"),
        ([unreachable()], "no IPv6 from here"),
        ([], "no address"),
    ],
)
def test_every_reachable_address_must_serve_the_exact_bytes(seen, reason):
    """One right address is not enough, and an address this network cannot reach neither proves nor blocks."""
    verdict = not_served(seen, TEXT.encode())

    assert (verdict is None) if reason is None else (reason in verdict)


def test_waits_until_the_body_is_there():
    """The TXT may change as soon as the edge serves the new body, not before."""
    look = Sequence([served(OLD)], [failed("slow")], [served(TEXT)])

    asyncio.run(until_served("example.com", TEXT, look, deadline=30))

    assert look.looks == 3


def test_gives_up_at_the_deadline_and_says_what_it_saw():
    """A body that never comes fails the update within the deadline, with the domain and the last sight of it."""
    started = time.monotonic()

    with pytest.raises(NotServed, match=r"example\.com: .* not seen within 1 s.*mode testing"):
        asyncio.run(until_served("example.com", TEXT, Sequence([served(OLD)]), deadline=1))

    assert time.monotonic() - started < PATIENCE


def test_waiting_does_not_block_the_event_loop():
    """Other registrations go on while one domain waits for its edge."""

    async def both():
        ticks = 0
        waiting = asyncio.create_task(until_served("example.com", TEXT, Sequence([served(OLD)]), deadline=1))
        while not waiting.done():
            await asyncio.sleep(0.01)
            ticks += 1
        with pytest.raises(NotServed):
            await waiting
        return ticks

    assert asyncio.run(both()) > 20


@pytest.mark.parametrize("seen", [[served(NONE)], [failed("refused")], [unreachable()], [served("rubbish")]])
def test_a_name_that_publishes_nothing_may_go(seen):
    """Mode none, or no valid policy at all: no sender can be holding mail to it from this host."""
    asyncio.run(see_retired("example.com", Sequence(seen)))


@pytest.mark.parametrize("text", [TEXT, OLD])
def test_a_name_that_still_publishes_may_not_go(text):
    """Taking the host of a living policy away would leave cached policies that cannot be renewed or rolled back."""
    with pytest.raises(NotServed, match=r"example\.com: .*`mode: none` first.*RFC 8461 s8\.3"):
        asyncio.run(see_retired("example.com", Sequence([served(text)])))


def test_a_deadline_must_be_positive():
    """A deadline of 0 would publish without looking, or never."""
    with pytest.raises(ValueError, match="more than 0"):
        ReadBack(deadline=0)
