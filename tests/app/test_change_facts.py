"""Since when an MX host is gone, from looks that were kept and the one of now."""

from datetime import UTC, datetime, timedelta

from mtasts.app.change_facts import gone_hosts
from mtasts.history.sightings import SeenHost, Sighting

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def day(number):
    return BEGIN + timedelta(days=number)


def look(number, *names):
    return Sighting(day(number), tuple(SeenHost(name) for name in names))


def test_gone_since_the_first_look_that_missed_it():
    """Not since the last that saw it: in between nobody looked, and it may have been there."""
    looks = [look(1, "a", "b"), look(2, "a", "b"), look(5, "a"), look(6, "a")]

    assert gone_hosts(looks, ("a",), day(7)) == {"b": day(5)}


def test_the_look_of_now_counts():
    """It is the first that misses it."""
    assert gone_hosts([look(1, "a", "b")], ("a",), day(3)) == {"b": day(3)}


def test_dns_that_did_not_answer_misses_nothing():
    """No answer is not "removed"."""
    assert gone_hosts([look(1, "a", "b")], None, day(3)) == {}


def test_a_host_that_came_back_is_not_gone():
    """And if it goes again, it is gone since then."""
    looks = [look(1, "a", "b"), look(2, "a"), look(3, "a", "b")]

    assert gone_hosts(looks, ("a", "b"), day(4)) == {}
    assert gone_hosts(looks, ("a",), day(4)) == {"b": day(4)}


def test_in_any_order():
    """Several processes append; what counts is when they looked."""
    looks = [look(5, "a"), look(1, "a", "b"), look(2, "a", "b")]

    assert gone_hosts(looks, ("a",), day(7)) == {"b": day(5)}


def test_nothing_known():
    """No look from before: nothing can be gone."""
    assert gone_hosts([], ("a",), day(1)) == {}
