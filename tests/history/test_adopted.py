"""What another tool published before: how it joins the ledger, and until when it counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.history.adopted import earlier_until, old_host_until, published_here, with_adopted
from mtasts.history.eras import Publication, publication_of, read_policy_string, settled_from
from mtasts.history.ledger import held, longest_enforce, safe_removal, with_history
from mtasts.policy.adopted import Adopted
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT, render_policy
from tests.changes.steps import DAY, MX, NOW, SECOND, TTL, WEEK, at, policy, published

TTL_SPAN = timedelta(seconds=TTL)
# As a hand wrote it: other line ends than ours, and a line that we do not write.
BY_HAND = render_policy(policy().policy).replace("\r\n", "\n") + "note: ours since 2021\n"
ADOPTED = Adopted("20240101000000Z", at(10), BY_HAND)


def entry(since, until=None, text=BY_HAND, name=ADOPTED.id) -> Publication:
    """An entry of the bucket."""
    return Publication(name, text, since, until, TTL_SPAN)


def test_before_the_first_publication_the_ledger_is_not_empty():
    """It is served now, since it was seen, and counts with its whole max_age."""
    [one] = with_adopted((), ADOPTED, TTL_SPAN)

    assert (one.id, one.text, one.since, one.until) == (ADOPTED.id, BY_HAND, at(10), None)
    assert (one.adopted, one.taken_over) == (True, None)
    assert held((one,), NOW)[0].until == NOW + TTL_SPAN + timedelta(seconds=WEEK)
    assert longest_enforce((one,), NOW) is not None


def test_the_entry_of_the_bucket_is_the_same_publication():
    """It began when it was seen, not when the bucket got it; what comes after is as it was."""
    following = published(policy("testing", DAY), at(14))
    first, second = with_adopted((following, entry(at(12), at(14))), ADOPTED)

    assert (first.since, first.until) == (at(10), at(14))
    assert (first.adopted, first.taken_over) == (True, at(12))
    assert second == following


def test_without_such_an_entry_it_stands_before_the_first():
    """The bucket begins with another text, or with the same under another id: both are other publications."""
    for first in (published(policy("testing", DAY), at(12)), entry(at(12), name="another")):
        before, after = with_adopted((first,), ADOPTED)

        assert (before.text, before.since, before.until, before.taken_over) == (BY_HAND, at(10), at(12), None)
        assert after == first


def test_what_was_ours_before_ends_no_earlier_by_it():
    """A domain that was released and comes back: the file may not shorten what the bucket tells."""
    ours = (published(policy(), at(0), at(3)), published(policy("testing", DAY), at(3)))
    found = with_adopted(ours, ADOPTED)

    assert found[:2] == ours
    assert (found[2].since, found[2].until) == (at(10), None)
    taken = with_adopted((*ours, entry(at(12))), ADOPTED)
    assert taken[:2] == ours
    assert (taken[2].since, taken[2].taken_over) == (at(10), at(12))


def test_the_same_id_and_text_that_were_over_by_then_are_another_publication():
    """What was taken back to after a detour began anew."""
    found = with_adopted((entry(at(0), at(3)), published(policy(), at(3))), ADOPTED)

    assert [(one.since, one.adopted) for one in found] == [(at(0), False), (at(3), False), (at(10), True)]


def test_nothing_usable_served_is_no_publication():
    """A TXT record without a policy behind it bound nobody."""
    ours = (published(policy(), at(12)),)

    assert with_adopted(ours, Adopted("1", at(10))) == ours
    assert with_adopted(ours, None) == ours


moments = st.integers(0, 40)


@given(
    begins=st.lists(moments, max_size=4, unique=True),
    mine=st.sets(st.integers(0, 3)),
    seen=moments,
)
def test_whatever_the_bucket_tells_it_only_adds(begins, mine, seen):
    """Asked twice it says the same; no publication is lost, none ends earlier, and one of them is the adopted one."""
    times = [at(day) for day in sorted(begins)]
    ledger = [
        entry(since, until) if number in mine else published(policy("testing", DAY), since, until)
        for number, (since, until) in enumerate(zip(times, [*times[1:], None], strict=False))
    ]
    adopted = Adopted(ADOPTED.id, at(seen), BY_HAND)
    once = with_adopted(ledger, adopted)

    assert with_adopted(once, adopted) == once
    assert len([one for one in once if one.adopted]) == 1
    assert [one.since for one in once] == sorted(one.since for one in once)
    for one in ledger:
        [same] = [other for other in once if (other.taken_over or other.since) == one.since and other.id == one.id][:1]
        assert same.until == one.until
        assert same.since <= one.since
    before, after = safe_removal(ledger, NOW), safe_removal(once, NOW)
    assert after is not None
    assert before is None or after >= before


def test_the_engines_history_bounds_the_adopted_id_too():
    """The first update that ended well after the next text was written took it out of DNS."""
    ledger = with_history(with_adopted((published(policy("testing", DAY), at(12)),), ADOPTED), [at(11), at(13)])

    assert ledger[0].named_until == at(13)
    assert held(ledger, NOW)[0].certain


def test_reports_count_from_when_it_was_seen():
    """Not from the take-over, and not earlier."""
    ledger = with_adopted((entry(at(12)),), ADOPTED, TTL_SPAN)
    applied = read_policy_string(tuple(BY_HAND.splitlines()))

    assert settled_from(ledger) == at(10) + TTL_SPAN
    assert publication_of(applied, at(10), at(11), ledger) == ledger[0]
    assert publication_of(applied, at(8), at(10), ledger) is None


def test_a_moment_at_the_end_of_the_calendar():
    """A slip of the keyboard stays a date."""
    late = Adopted(ADOPTED.id, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), BY_HAND)
    [one] = with_adopted((), late)

    assert settled_from([one]) > NOW
    assert earlier_until(late.seen, timedelta(days=1)) > NOW


def test_the_update_that_moved_the_host_is_known_by_the_engines_history():
    """The first that ended well after the bucket had the text; not one that was there before."""
    [one] = with_history(with_adopted((entry(at(12)),), ADOPTED), [at(11), at(13), at(14)])

    assert one.moved_by == at(13)
    assert with_history(with_adopted((), ADOPTED), [at(11)])[0].moved_by is None


def test_published_here_is_what_the_bucket_has():
    """The file alone is no publication of ours."""
    assert not published_here(())
    assert not published_here(with_adopted((), ADOPTED))
    assert published_here(with_adopted((entry(at(12)),), ADOPTED))
    assert published_here((published(policy(mx=MX), at(12)),))


def test_the_bucket_alone_names_the_same_day_of_removal():
    """When the file is gone, nothing but the bucket tells of the adopted text: that is enough."""
    bucket = (entry(at(12), at(20)), published(policy("none", DAY), at(20)))
    ends = [at(12, seconds=60), at(20, seconds=60)]

    day = safe_removal(with_history(bucket, ends), NOW)
    assert day == safe_removal(with_history(with_adopted(bucket, ADOPTED, TTL_SPAN), ends), NOW)
    assert day == at(20, seconds=60 + TTL + WEEK)


def test_what_came_before_may_be_held_for_the_greatest_max_age():
    """RFC 8461 s3.2: a year and a little; and the record's TTL, for whoever looked in the last second."""
    assert earlier_until(ADOPTED.seen, TTL_SPAN) == at(10) + TTL_SPAN + timedelta(seconds=MAX_AGE_LIMIT)


def test_the_old_host_stays_for_the_ttl_and_a_fetch():
    """A resolver that asked just before the move, and a fetch that begins in the last second of its answer."""
    assert old_host_until(3600, at(10)) == at(10, seconds=3660)
    assert old_host_until(0, at(10)) - SECOND > at(10)
    with pytest.raises(ValueError, match="negative"):
        old_host_until(-1, at(10))
