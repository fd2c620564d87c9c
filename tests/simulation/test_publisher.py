"""The publication order, step by step, with deaths in between."""

from dataclasses import replace
from random import Random
from typing import Any

from mtasts.policy.config import DomainPolicy
from mtasts.policy.policy_id import belongs
from mtasts.protocol.mta_sts import Mode
from tests.simulation.check import Watch
from tests.simulation.elsewhere import Hand
from tests.simulation.ideas import FIRST
from tests.simulation.publisher import Order, Publisher
from tests.simulation.world import DAY, HOUR, LAGGING, PLAIN, PROMPT, UNTYPED, Copied, Txt, World, moment

ENFORCE = replace(FIRST, mode=Mode.ENFORCE)


class Lag(Random):
    """Chance that makes the lagging edge lag for an hour, or not at all."""

    def __init__(self, edge: int) -> None:
        super().__init__(1)
        self.edge = edge

    def choice(self, seq: Any) -> Any:
        return self.edge if HOUR in seq else 0


def run(publisher: Publisher, start: int, policy: DomainPolicy | None, media: str = PLAIN) -> int:
    """One whole `up`; the second at which it ended."""
    return max(publisher.up(start, policy, media), default=start)


def seen(world: World, t: int) -> tuple[str, str]:
    """The ids of TXT record and body."""
    txt, body = world.txt.at(t), world.bodies.at(t)
    return "" if txt is None else txt.id, "" if body is None else body.id


def test_body_first_then_txt() -> None:
    """At every step the TXT record names the body that is served, or an older one."""
    world = World()
    publisher = Publisher(world, Lag(0))
    steps = [seen(world, t) for t in publisher.up(100, FIRST)]
    id_ = publisher.state.id

    assert list(dict.fromkeys(steps)) == [("", ""), ("", id_), (id_, id_)]
    assert belongs(id_, world.versions[0].text)
    assert len(publisher.ends) == 1


def test_nothing_changed_nothing_done() -> None:
    """The second run leaves id, body and TXT record alone."""
    world = World()
    publisher = Publisher(world, Lag(0))
    for policy in (FIRST, FIRST, replace(FIRST, notes="read by people only")):
        run(publisher, 100 * len(publisher.ends) + 100, policy)

    assert len(world.versions) == 1
    assert len(publisher.ends) == 3


def test_whatever_step_it_dies_at_the_next_run_heals() -> None:
    """Body and TXT record belong together again, whether it goes on or back."""
    for dies_after in range(6):
        for following in (ENFORCE, FIRST):
            world = World()
            publisher = Publisher(world, Lag(0))
            run(publisher, 100, FIRST)
            for step, _ in enumerate(publisher.up(1000, ENFORCE)):
                if step == dies_after:
                    break
            t = run(publisher, 2000, following)

            assert publisher.done(following)
            txt, body = seen(world, t)
            assert txt == body == publisher.state.id
            assert body
            assert world.versions[-1].policy == following.policy


def test_a_returning_text_has_a_new_id() -> None:
    """testing, enforce, testing: three ids; with a bare hash of the text only two."""
    for order, expected in ((Order(), 3), (Order(content_id=True), 2)):
        world = World()
        publisher = Publisher(world, Lag(0), order)
        for number, policy in enumerate((FIRST, ENFORCE, FIRST)):
            run(publisher, 1000 * (number + 1), policy)

        assert len({body.id for body in world.versions}) == expected


def test_read_back_waits_and_gives_up() -> None:
    """While an edge serves the old body the TXT record stays; past the deadline the run fails, the next succeeds."""
    world = World()
    publisher = Publisher(world, Lag(HOUR))
    t = run(publisher, 100, FIRST)

    assert seen(world, t) == ("", publisher.state.id)
    assert not publisher.done(FIRST)
    assert publisher.ends == []
    t = run(publisher, 2 * HOUR, FIRST)
    assert seen(world, t) == (publisher.state.id, publisher.state.id)


def test_read_back_asks_for_the_media_type() -> None:
    """What strict senders would not take is not named."""
    world = World()
    publisher = Publisher(world, Lag(0))
    t = run(publisher, 100, FIRST, UNTYPED)

    assert seen(world, t)[0] == ""


def taken_from(world: World, seed: int = 1) -> tuple[Hand, DomainPolicy]:
    """A world in which another tool has published, and the file that says so."""
    hand = Hand(world, Random(seed))
    last = max(hand.live(0, ("mx1.example.net",)))
    return hand, hand.file(last, "")


def test_taking_over_changes_nothing_that_is_seen() -> None:
    """Whatever step it dies at, whoever asks gets the same text under the same id; then the old host may go."""
    for seed in range(12):
        for dies_after in range(10):
            world = World()
            hand, file = taken_from(world, seed)
            assert file.adopted is not None
            publisher, watch = Publisher(world, Lag(0)), Watch(world)
            watch.take_over(file.adopted)
            start = int((file.adopted.seen - moment(0)).total_seconds())
            for step, t in enumerate(publisher.up(start, file)):
                watch.asked(t)
                if step == dies_after:
                    break
            for t in (*publisher.up(start + HOUR, file), *publisher.up(start + 2 * HOUR, file)):
                watch.asked(t)

            assert publisher.done(file)
            assert publisher.moved_at is not None
            hand.switch_off(publisher.moved_at, at_once=False)
            for t in (world.led_until - 1, world.led_until, world.led_until + DAY):
                watch.asked(t)
            assert watch.losses == []
            assert watch.taking_over
            body = world.versions[-1]
            assert (body.id, body.text) == (file.adopted.id, file.adopted.text)


def test_what_is_not_as_told_is_not_taken_over() -> None:
    """Another id in DNS, or a file that asks for something else: nothing is touched."""
    for changed in ("id", "file"):
        world = World()
        _, file = taken_from(world)
        assert file.adopted is not None
        if changed == "id":
            world.name(2 * DAY * 40, Txt("other", 300))
        else:
            file = replace(file, max_age=2 * HOUR)
        publisher = Publisher(world, Lag(0))

        assert list(publisher.up(2 * DAY * 40, file)) == []
        assert not publisher.done(file)
        assert world.versions == []


def test_txt_goes_before_the_body() -> None:
    """The end: nobody finds a TXT record without a policy behind it."""
    world = World()
    publisher = Publisher(world, Lag(0))
    run(publisher, 100, FIRST)
    id_ = publisher.state.id
    steps = [seen(world, t) for t in publisher.up(1000, None)]

    assert list(dict.fromkeys(steps)) == [("", id_), ("", "")]
    assert publisher.done(None)


def test_a_replicated_origin_would_fool_the_read_back() -> None:
    """A limit: a replica that goes through every version shows the text that returns, and then the one in between."""
    for passes_on in (False, True):
        world = World(bodies=Copied(None, passes_on=passes_on))
        chance = Lag(0)
        publisher = Publisher(world, chance)
        run(publisher, 100, FIRST)
        world.put(1000, "between", world.versions[0].text.replace("testing", "enforce"), lag=HOUR)
        chance.edge = HOUR
        publisher.state.text = None  # the engine's state knows of another text in between
        t = run(publisher, 2000, FIRST)

        assert seen(world, t)[0] == publisher.state.id, "the read-back passes: both edges serve this text"
        served = {world.bodies.at(at, copy) for at in range(t, 2 * HOUR, 60) for copy in (PROMPT, LAGGING)}
        assert any(body is not None and world.outdated(publisher.state.id, body) for body in served) is passes_on
