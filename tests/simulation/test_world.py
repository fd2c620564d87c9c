"""The simulated world: copies that lag, faults with an end, what an id stands for."""

from tests.simulation.world import LAGGING, PROMPT, START, Copied, Fault, World, moment, second

TESTING = "version: STSv1\r\nmode: testing\r\nmx: mx1.example.net\r\nmax_age: 86400\r\n"
ENFORCE = TESTING.replace("testing", "enforce")


def test_the_lagging_copy_follows_later() -> None:
    """The prompt copy has the new value at once, the other from the second on at which its time is over."""
    copied = Copied("a")
    copied.set(100, "b", lag=60)

    assert [copied.at(t, PROMPT) for t in (99, 100)] == ["a", "b"]
    assert [copied.at(t, LAGGING) for t in (100, 159, 160)] == ["a", "a", "b"]


def test_a_cache_takes_the_newest_a_replica_goes_through_all() -> None:
    """What was there and gone before a cache looked again, it never serves; a replica does."""
    cache, replica = Copied("a"), Copied("a", passes_on=True)
    for copied in (cache, replica):
        copied.set(100, "b", lag=60)
        copied.set(130, "c", lag=60)

    assert [cache.at(t, LAGGING) for t in (159, 160, 189, 190)] == ["a", "c", "c", "c"]
    assert [replica.at(t, LAGGING) for t in (159, 160, 189, 190)] == ["a", "b", "b", "c"]


def test_seconds_and_moments_are_each_other() -> None:
    """A moment between two seconds counts as the later one: nothing is done too early."""
    assert second(moment(12345)) == 12345
    assert second(START.replace(microsecond=1)) == 1


def test_a_fault_ends_when_it_is_mended() -> None:
    """From its first second on, up to the one at which it was fixed."""
    world = World(faults=[Fault("mx1.example.net", 10, seen=True, until=20)])

    assert [world.fault("mx1.example.net", t) is not None for t in (9, 10, 19, 20)] == [False, True, True, False]
    assert world.fault("mx2.example.net", 15) is None


def test_outdated_is_an_older_body_under_a_newer_id() -> None:
    """A newer body under an old id is no harm: the id will change. Nor is an older version of the same text."""
    world = World()
    first, second_ = world.put(1, "a", TESTING), world.put(2, "b", ENFORCE)
    third = world.put(3, "c", TESTING)

    assert world.outdated("b", first)
    assert not world.outdated("a", second_)
    assert not world.outdated("c", first), "the same text"
    assert world.outdated("c", second_)
    assert not world.outdated("c", third)
