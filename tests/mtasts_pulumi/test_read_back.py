"""What the hooks decide, without an engine: when a TXT may change, and when a name may go."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mtasts.live.sample import left_out
from mtasts.policy.desired import desired_from
from mtasts.policy.policy_id import policy_id
from mtasts.verify.model import LookOutcome, PolicyFetch, Trouble
from mtasts_pulumi.read_back import NotRead, NotServed, ReadBack, not_served, own_id, see_retired, until_served
from tests.patience import PATIENCE

TEXT = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmax_age: 1209600\r\n"
OLD = TEXT.replace("enforce", "testing")
NONE = "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"
HOST = "mta-sts.example.com"
NOW = datetime(2026, 3, 14, tzinfo=UTC)


def served(text: str, address: str = "192.0.2.1") -> PolicyFetch:
    return PolicyFetch(HOST, address, LookOutcome.OK, body=text.encode())


def failed(text: str, address: str = "192.0.2.1") -> PolicyFetch:
    return PolicyFetch(HOST, address, LookOutcome.FAILED, (Trouble("x", text),))


def unreachable(address: str = "2001:db8::1") -> PolicyFetch:
    return PolicyFetch(HOST, address, LookOutcome.UNREACHABLE, (Trouble("no-route", "no IPv6 from here"),))


def unasked(address: str) -> PolicyFetch:
    return PolicyFetch(HOST, address, LookOutcome.UNREACHABLE, (left_out(16),))


def unknown(families: str) -> PolicyFetch:
    return PolicyFetch(
        HOST, "", LookOutcome.FAILED, (Trouble("dns-trouble", f"DNS did not say where it is ({families})"),)
    )


def answered(status: int, code: str, body: str = "") -> PolicyFetch:
    return PolicyFetch(HOST, "192.0.2.1", LookOutcome.FAILED, (Trouble(code, code),), status, body=body.encode())


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
        ([served(OLD)], "still serves another policy (mode testing, max_age 1209600 (2 weeks))"),
        ([served(TEXT), served(OLD, "192.0.2.2")], "[192.0.2.2] still serves another policy"),
        ([served(TEXT + " ")], "still serves another policy"),
        ([served("<html>")], "not a valid policy"),
        ([failed("certificate expired")], "certificate expired"),
        ([served(TEXT), failed("connection refused", "192.0.2.2")], "connection refused"),
        ([unreachable()], "no IPv6 from here"),
        ([served(TEXT), unasked("192.0.2.17")], "[192.0.2.17] was not looked at"),
        ([served(TEXT), unknown("AAAA: SERVFAIL")], "(AAAA: SERVFAIL)"),
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

    asyncio.run(until_served("example.com", TEXT, look, deadline=PATIENCE))

    assert look.looks == 3


def test_gives_up_at_the_deadline_and_says_what_it_saw():
    """A body that never comes fails the update within the deadline, with the domain and the last sight of it."""
    started = time.monotonic()

    with pytest.raises(NotServed, match=r"example\.com: .* not seen within 1 s.*mode testing"):
        asyncio.run(until_served("example.com", TEXT, Sequence([served(OLD)]), deadline=1))

    assert time.monotonic() - started < PATIENCE


def test_a_last_look_that_was_cut_short_is_no_reason():
    """It has what is left of the deadline; an edge that is slow to answer then is not what was wrong."""
    seen = []

    async def look(domain, timeout):
        seen.append(timeout)
        if len(seen) == 1:
            return [served(OLD)]
        await asyncio.sleep(timeout)
        return [failed("no complete answer")]

    with pytest.raises(NotServed, match="mode testing"):
        asyncio.run(until_served("example.com", TEXT, look, deadline=1))

    assert len(seen) > 1


def test_the_deadline_counts_from_when_the_body_was_there():
    """Who had to wait for its turn looks once, and then has had its time; what is served by then is published."""
    late, served_by_then = Sequence([served(OLD)]), Sequence([served(TEXT)])
    long_ago = time.monotonic() - 3600

    with pytest.raises(NotServed, match="not seen within 300 s"):
        asyncio.run(until_served("example.com", TEXT, late, 300, long_ago))
    asyncio.run(until_served("example.com", TEXT, served_by_then, 300, long_ago))

    assert (late.looks, served_by_then.looks) == (1, 1)


def test_many_that_are_not_served_take_one_deadline_together():
    """Forty behind one worker: one waits for its two seconds, the others have had them when their turn comes."""

    async def one_by_one():
        began, looks = time.monotonic(), 0
        for _ in range(40):
            host = Sequence([served(OLD)])
            with pytest.raises(NotServed):
                await until_served("example.com", TEXT, host, 2, began)
            looks += host.looks
        return looks, time.monotonic() - began

    looks, seconds = asyncio.run(one_by_one())

    assert looks < 40 + 20
    assert seconds < 40  # 80 and more, if each waited


@pytest.mark.parametrize(
    ("inputs", "ours"),
    [
        ({"content": TEXT, "metadata": {"mta-sts-id": policy_id(NOW, TEXT)}}, True),
        ({"content": TEXT, "metadata": {"mta-sts-id": policy_id(NOW, OLD)}}, False),
        ({"content": TEXT, "metadata": {"mta-sts-id": "20260314"}}, False),
        ({"content": TEXT, "metadata": {}}, False),
        ({"content": TEXT}, False),
        ({}, False),
    ],
)
def test_a_text_goes_out_with_its_own_id_only(inputs, ours):
    """A run with --target may take the policy file without the id: the new text would be live under the old id."""
    if ours:
        own_id("example.com", inputs)
    else:
        with pytest.raises(NotServed, match=r"example\.com: .*id of another text.*--target"):
            own_id("example.com", inputs)


def test_a_text_that_was_taken_over_goes_out_with_the_id_that_it_had():
    """And with no other text's; without having been taken over, that id says nothing."""
    taken_over = replace(desired_from("example.com", "none", 1, []), text=OLD, adopted_id="20260314")
    inputs = {"content": OLD, "metadata": {"mta-sts-id": "20260314"}}
    own_id("example.com", inputs, taken_over)
    own_id("example.com", {"content": OLD, "metadata": {"mta-sts-id": policy_id(NOW, OLD)}}, taken_over)
    for wrong, desired in (({**inputs, "content": TEXT}, taken_over), (inputs, replace(taken_over, adopted_id=None))):
        with pytest.raises(NotServed, match="id of another text"):
            own_id("example.com", wrong, desired)


def test_waiting_does_not_block_the_event_loop():
    """Other registrations go on while one domain waits for its edge."""

    async def both():
        ticks = 0

        async def look(domain, timeout):
            return [served(TEXT if ticks > 20 else OLD)]

        waiting = asyncio.create_task(until_served("example.com", TEXT, look, deadline=60))
        while not waiting.done():
            await asyncio.sleep(0.01)
            ticks += 1
        await waiting

    asyncio.run(both())


ABSENT = PolicyFetch(HOST, "", LookOutcome.FAILED, (Trouble("host-absent", "it has no address in DNS"),))


@pytest.mark.parametrize(
    "seen",
    [
        [served(NONE)],
        [served("rubbish")],
        [served(NONE), unreachable()],
        [answered(404, "http-status")],
        [answered(301, "redirect")],
        [answered(200, "media-type", NONE)],
        [ABSENT],
    ],
)
def test_a_name_that_publishes_nothing_may_go(seen):
    """Mode none, or no valid policy at all: no sender can be holding mail to it from this host."""
    asyncio.run(see_retired("example.com", Sequence(seen)))


UNREADABLE = {
    "refused": [failed("refused")],
    "out of reach": [unreachable()],
    "servfail": [unknown("A: SERVFAIL, AAAA: SERVFAIL")],
    "one family": [served(NONE), unknown("AAAA: time-out")],
    "one address": [served(NONE), failed("no answer", "192.0.2.2")],
    "beyond the bound": [served(NONE), unasked("192.0.2.17")],
    "broken": [answered(503, "http-status")],
    "cut": [answered(200, "too-slow", NONE)],
    "nothing": [],
}


@pytest.mark.parametrize("why", UNREADABLE)
def test_a_name_of_which_nobody_can_tell_what_it_serves_is_held(why):
    """A host that does not answer now may serve enforce: its silence takes nothing away, and the way out is named."""
    look = Sequence(UNREADABLE[why])

    with pytest.raises(NotRead, match=r"nobody can tell.*nothing was taken away.*--remove-before-date example\.com"):
        asyncio.run(see_retired("example.com", look, deadline=1))

    assert look.looks > 1


def test_a_name_may_go_as_soon_as_it_answers():
    """One bad moment is waited for."""
    asyncio.run(see_retired("example.com", Sequence([failed("no answer")], [served(NONE)]), deadline=PATIENCE))


def test_a_policy_of_a_wrong_media_type_is_a_policy():
    """Some senders take it, so its host stays."""
    with pytest.raises(NotServed, match="still publishes mode enforce"):
        asyncio.run(see_retired("example.com", Sequence([answered(200, "media-type", TEXT)])))


@pytest.mark.parametrize("text", [TEXT, OLD])
def test_a_name_that_still_publishes_may_not_go(text):
    """Taking the host of a living policy away would leave cached policies that cannot be renewed or rolled back."""
    with pytest.raises(NotServed, match=r"example\.com: .*`mode: none` first.*RFC 8461 s8\.3"):
        asyncio.run(see_retired("example.com", Sequence([served(text)])))


def test_a_deadline_must_be_positive():
    """A deadline of 0 would publish without looking, or never."""
    with pytest.raises(ValueError, match="more than 0"):
        ReadBack(deadline=0)
