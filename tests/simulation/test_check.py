"""Each invariant can be broken, and says so; and what is no loss is none."""

from datetime import timedelta
from random import Random

from mtasts.history.eras import Publication
from mtasts.history.ledger import held
from tests.simulation.check import KEPT_ENFORCE, LEDGER_SHORT, NO_POLICY, OLDER_BODY, OUTLIVED, REFUSED, Watch
from tests.simulation.senders import KINDS, Entry, Refusal, Sender
from tests.simulation.world import DAY, UNTYPED, Fault, World, moment

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
