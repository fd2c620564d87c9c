"""Each invariant can be broken, and says so; and what is no loss is none."""

from datetime import timedelta
from random import Random

from mtasts.history.eras import Publication
from mtasts.history.ledger import held
from mtasts.policy.adopted import Adopted
from tests.simulation.check import (
    KEPT_ENFORCE,
    LEDGER_SHORT,
    NO_POLICY,
    OLDER_BODY,
    OUTLIVED,
    REFUSED,
    WORSE,
    Watch,
)
from tests.simulation.senders import KINDS, Entry, Refusal, Sender
from tests.simulation.world import DAY, HOUR, UNTYPED, Copied, Fault, Lead, Txt, World, moment

TESTING = "version: STSv1\r\nmode: testing\r\nmx: mx1.example.net\r\nmax_age: 86400\r\n"
ENFORCE = TESTING.replace("testing", "enforce")
LONG = ENFORCE.replace("86400", "2419200")


def whats(watch: Watch) -> list[str]:
    return [loss.what for loss in watch.losses]


def holding(world: World, text: str, expires: int) -> Sender:
    """A sender that holds this text until then."""
    one = Sender(KINDS[0], world, Random(1))
    one.entry = Entry("a", world.put(0, "a", text), expires)
    return one


def test_an_uncovered_host_is_a_loss() -> None:
    """Whoever obeyed the rules put no host into DNS, and took none out of a policy, too early."""
    watch = Watch(World())
    entry = Entry("a", watch.world.put(0, "a", ENFORCE), DAY)
    watch.refusal(Refusal(5, "sender", "mx2.example.net", entry, None))

    assert whats(watch) == [REFUSED]


def test_a_fault_is_a_loss_only_if_it_could_be_known() -> None:
    """What broke later is counted when the history is over, by how long it was refused."""
    watch = Watch(World())
    entry = Entry("a", watch.world.put(0, "a", ENFORCE), DAY)
    known, unknown = Fault("mx1.example.net", 0, seen=True), Fault("mx1.example.net", 3, seen=True)
    watch.blamed.append(known)
    watch.refusal(Refusal(5, "sender", known.host, entry, known))
    watch.refusal(Refusal(6, "sender", unknown.host, entry, unknown))

    assert whats(watch) == [REFUSED]
    assert [refusal.at for refusal in watch.unforeseen] == [6]


def test_outlived_from_the_second_after_the_bound() -> None:
    """Tested max_age plus the time enforce had stood, counted from the end of the roll-back; not a second longer."""
    for late, expected in ((0, []), (1, [OUTLIVED])):
        watch = Watch(World())
        watch.world.put(0, "a", TESTING)
        body = watch.world.put(1000, "b", LONG)
        watch.world.put(1000 + 3 * DAY, "c", TESTING)
        done = 1000 + 3 * DAY + 60
        at = done + DAY + 3 * DAY + late
        watch.unforeseen.append(Refusal(at, "sender", "mx1.example.net", Entry("b", body, at + 1), None))
        watch.end([10, 1010, done])

        assert whats(watch) == expected


def test_nothing_outlives_an_enforce_that_goes_on() -> None:
    """Without a roll-back there is nothing to outlive."""
    watch = Watch(World())
    body = watch.world.put(1000, "b", LONG)
    watch.unforeseen.append(Refusal(90 * DAY, "sender", "mx1.example.net", Entry("b", body, 91 * DAY), None))
    watch.end([1010])

    assert whats(watch) == []


def test_older_body_under_a_newer_id() -> None:
    """Seen as soon as the newer body is there."""
    world = World()
    watch, one = Watch(world), holding(world, TESTING, DAY)
    one.entry = Entry("b", world.versions[0], DAY)
    watch.sender(one, 5)
    assert whats(watch) == []
    world.put(6, "b", ENFORCE)
    watch.sender(one, 7)

    assert whats(watch) == [OLDER_BODY]


def test_a_policy_of_the_wrong_type_is_told_once() -> None:
    """Each policy that a sender could not take is one loss."""
    world = World()
    watch, one = Watch(world), holding(world, TESTING, DAY)
    one.untaken.append(world.put(1, "b", ENFORCE, media=UNTYPED))
    watch.sender(one, 5)
    watch.sender(one, 6)

    assert whats(watch) == [NO_POLICY]


def test_enforce_kept_after_the_end() -> None:
    """Only enforce, and only until the second at which it expires."""
    world = World()
    for text, expires, expected in ((ENFORCE, 101, [KEPT_ENFORCE]), (ENFORCE, 100, []), (TESTING, 101, [])):
        watch = Watch(world)
        watch.removal([holding(world, text, expires)], 100)

        assert whats(watch) == expected


def test_a_ledger_that_promises_too_little() -> None:
    """The end in the ledger must not lie before that in a sender's cache."""
    publication = Publication("a", ENFORCE, moment(0), moment(50), timedelta(seconds=300), moment(60))
    [one] = held([publication], moment(100))
    assert one.until == moment(60 + 300 + DAY)
    for expires, expected in ((60 + 300 + DAY, []), (61 + 300 + DAY, [LEDGER_SHORT])):
        world = World()
        watch = Watch(world)
        watch.ledger([holding(world, ENFORCE, expires)], [one], 100)

        assert whats(watch) == expected

    watch = Watch(world)
    watch.ledger([holding(world, LONG, 200)], [one], 100)
    assert whats(watch) == [LEDGER_SHORT], "a policy that the ledger does not know"


def taking_over() -> Watch:
    """Another tool publishes TESTING, both hosts serve it, and the name has moved a minute ago."""
    world = World(leads=Copied(Lead(elsewhere=True, ttl=HOUR)))
    world.put_elsewhere(0, "1", TESTING)
    world.name(0, Txt("1", 300))
    world.put(DAY, "1", TESTING)
    world.lead(DAY, Lead(elsewhere=False, ttl=60), lag=60)
    watch = Watch(world)
    watch.take_over(Adopted("1", moment(DAY - 60), TESTING))
    return watch


def test_worse_than_before() -> None:
    """No policy on a host that a resolver may lead to, another text, another id, or none: each is said."""
    for harm, words in (
        (lambda world: world.elsewhere.set(DAY + 60, None), "the old host has no policy"),
        (lambda world: world.delete(DAY + 60), "the new host has no policy"),
        (lambda world: world.put(DAY + 60, "1", TESTING + "x: y\r\n"), "the new host has another text"),
        (lambda world: world.name(DAY + 60, Txt("2", 300)), "DNS names 2"),
        (lambda world: world.name(DAY + 60, None), "DNS names None"),
    ):
        watch = taking_over()
        watch.asked(DAY + 59)
        assert watch.losses == []
        harm(watch.world)
        watch.asked(DAY + 61)
        assert {(loss.what, loss.text) for loss in watch.losses} == {(WORSE, words)}


def test_the_old_host_counts_as_long_as_a_resolver_may_lead_there() -> None:
    """Its TTL after the last name server has moved; when nobody is led there, the take-over is over."""
    for at, expected in ((DAY + 60 + HOUR - 1, [WORSE, WORSE]), (DAY + 60 + HOUR, [])):
        watch = taking_over()
        watch.world.elsewhere.set(DAY + 60, None)
        watch.taken_over_at = watch.world.led_until
        watch.asked(at)

        assert whats(watch) == expected
        assert watch.taking_over is bool(expected)


def test_what_was_before_the_adopted_text_is_in_no_ledger() -> None:
    """A sender that holds it makes no ledger short; one that holds the adopted text does."""
    watch = taking_over()
    older = Entry("0", watch.world.put_elsewhere(0, "0", LONG), 60 * DAY)
    adopted = Entry("1", watch.world.put_elsewhere(1, "1", ENFORCE), 60 * DAY)
    watch.take_over(Adopted("1", moment(DAY), ENFORCE))
    one = Sender(KINDS[0], watch.world, Random(1))
    for entry, expected in ((older, []), (adopted, [LEDGER_SHORT])):
        one.entry = entry
        watch.ledger([one], (), 2 * DAY)

        assert whats(watch) == expected
