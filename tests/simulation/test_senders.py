"""Each kind of sender does what it is known for, and nothing else."""

from random import Random
from typing import Any

import pytest

from tests.simulation.senders import KINDS, Habits, Refusal, Sender
from tests.simulation.world import DAY, HOUR, MINUTE, UNTYPED, Fault, Txt, World

TESTING = "version: STSv1\r\nmode: testing\r\nmx: mx1.example.net\r\nmax_age: 604800\r\n"
ENFORCE = TESTING.replace("testing", "enforce")
BY_NAME = {kind.name: kind for kind in KINDS}
STRICT = BY_NAME["RFC-strict, daily refresh"]
RENEWING = BY_NAME["renews on an equal id"]
HOLDING = BY_NAME["holds until expiry"]
FAILING = BY_NAME["asks only when it refuses"]
SILENT = BY_NAME["no evidence in testing"]
TYPED = BY_NAME["strict media type"]


class Steady(Random):
    """Chance without surprises: no pause between TXT and body."""

    def choice(self, seq: Any) -> Any:
        return seq[0]


def domain(text: str = ENFORCE, hosts: tuple[str, ...] = ("mx1.example.net",)) -> World:
    """A domain that publishes `text` under the id a, with a TTL of five minutes."""
    world = World()
    world.put(0, "a", text)
    world.name(0, Txt("a", 300))
    world.mx.set(0, hosts)
    return world


def sender(kind: Habits, world: World, refusals: list[Refusal] | None = None) -> Sender:
    return Sender(kind, world, Steady(1), (refusals if refusals is not None else []).append)


def holds(one: Sender, t: int) -> str:
    entry = one.held(t)
    return "" if entry is None else entry.body.id


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_takes_a_policy_and_keeps_it_for_max_age(kind: Habits) -> None:
    """RFC 8461 s3.2: from the fetch on, to the second."""
    one = sender(kind, domain())
    one.mail(HOUR)

    assert holds(one, HOUR + 604800 - 1) == "a"
    assert holds(one, HOUR + 604800) == ""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_refuses_only_in_enforce(kind: Habits) -> None:
    """A host that no pattern covers is refused under enforce, and delivered to under testing (RFC 8461 s5)."""
    for text, expected in ((ENFORCE, {"mx2.example.net"}), (TESTING, set())):
        refusals: list[Refusal] = []
        one = sender(kind, domain(text, ("mx1.example.net", "mx2.example.net")), refusals)
        one.mail(HOUR)
        one.mail(HOUR + 1)

        assert {refusal.host for refusal in refusals} == expected


@pytest.mark.parametrize(
    ("kind", "after_mail", "after_refresh"),
    [(STRICT, "b", "b"), (RENEWING, "a", "b"), (HOLDING, "a", "a"), (FAILING, "a", "a"), (SILENT, "b", "b")],
    ids=lambda value: value.name if isinstance(value, Habits) else value,
)
def test_learns_of_a_new_id_in_its_own_way(kind: Habits, after_mail: str, after_refresh: str) -> None:
    """With the next message, with the daily refresh, or only when what it holds is over."""
    world = domain()
    one = sender(kind, world)
    one.mail(HOUR)
    world.put(2 * HOUR, "b", TESTING)
    world.name(2 * HOUR, Txt("b", 300))
    one.mail(3 * HOUR)

    assert holds(one, 3 * HOUR) == after_mail
    one.refresh(DAY)
    assert holds(one, DAY) == after_refresh
    one.mail(HOUR + 604800)
    assert holds(one, HOUR + 604800) == "b"


def test_a_refusal_makes_it_look_again() -> None:
    """RFC 8461 s5.1: before it gives up it asks for a new id, so a roll-back rescues the next try; one does not."""
    for kind, expected in ((FAILING, 1), (RENEWING, 1), (HOLDING, 2)):
        refusals: list[Refusal] = []
        world = domain()
        one = sender(kind, world, refusals)
        one.mail(HOUR)
        world.mx.set(2 * HOUR, ("mx2.example.net",))
        world.put(2 * HOUR, "b", TESTING)
        world.name(2 * HOUR, Txt("b", 300))
        for t in (3 * HOUR, 4 * HOUR):
            one.mail(t)

        assert len(refusals) == expected, kind.name


def test_renews_without_fetching_while_the_id_is_the_same() -> None:
    """The body changed under an old id stays unseen, and what it holds lives on (RFC 8461 s3.1)."""
    world = domain()
    one, other = sender(RENEWING, world), sender(STRICT, world)
    for each in (one, other):
        each.mail(HOUR)
    world.put(2 * HOUR, "b", TESTING)
    for each in (one, other):
        each.refresh(DAY)

    assert holds(one, DAY + 604800 - 1) == "a"
    assert holds(other, DAY) == "b"


def test_keeps_dns_answers_for_their_ttl() -> None:
    """An id that was asked for a second before it changed is seen for the whole TTL."""
    world = domain()
    one = sender(STRICT, world)
    one.mail(HOUR)
    world.put(HOUR + 1, "b", TESTING)
    world.name(HOUR + 1, Txt("b", 300))

    one.mail(HOUR + 299)
    assert holds(one, HOUR + 299) == "a"
    one.mail(HOUR + 300)
    assert holds(one, HOUR + 300) == "b"


def test_a_body_may_change_between_the_two_steps_of_a_look() -> None:
    """TXT record first, the body up to a minute later: a newer body under the older id."""
    world = domain()

    class Slow(Random):
        def choice(self, seq: Any) -> Any:
            return seq[-1]

    one = Sender(STRICT, world, Slow(1))
    one.mail(HOUR)
    assert one.pending is not None
    world.put(HOUR + 10, "b", TESTING)
    one.fetch(one.pending[0])

    entry = one.held(HOUR + MINUTE)
    assert entry is not None
    assert (entry.id, entry.body.id) == ("a", "b")
    assert not world.outdated(entry.id, entry.body)


def test_strict_media_type_goes_without() -> None:
    """An untyped policy is no policy to it (RFC 8461 s3.2); the others take it."""
    for kind, expected in ((TYPED, ""), (STRICT, "b")):
        world = domain(TESTING)
        world.put(1, "b", ENFORCE, media=UNTYPED)
        world.name(1, Txt("b", 300))
        one = sender(kind, world)
        one.mail(HOUR)

        assert holds(one, HOUR) == expected
        assert [body.id for body in one.untaken] == ([] if expected else ["b"])


def test_what_nobody_reports_is_met_by_silent_senders_only() -> None:
    """A fault that evidence shows is met by all; another only by those that give no evidence in testing."""
    for seen, kind, expected in ((True, STRICT, 1), (False, STRICT, 0), (True, SILENT, 1), (False, SILENT, 1)):
        refusals: list[Refusal] = []
        world = domain()
        world.faults.append(Fault("mx1.example.net", 0, seen=seen))
        one = sender(kind, world, refusals)
        one.mail(HOUR)

        assert len(refusals) == expected


def test_a_lost_cache_starts_anew() -> None:
    """After a restart without a disk the next message fetches again."""
    one = sender(HOLDING, domain())
    one.mail(HOUR)
    one.forget()

    assert holds(one, HOUR) == ""
    one.mail(2 * HOUR)
    assert holds(one, 2 * HOUR + 604800 - 1) == "a"
