"""What senders may still hold, and until when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.history.ledger import (
    allows,
    held,
    longest_enforce,
    read_text,
    refused_until,
    safe_removal,
    unexpired,
    with_history,
)
from mtasts.policy.policy_id import policy_id
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT, Mode, Policy, read_policy, render_policy
from tests.changes.steps import DAY, MX, NOW, SECOND, TTL, WEEK, at, facts, policy, published

TTL_SPAN = timedelta(seconds=TTL)
WEEK_SPAN, DAY_SPAN = timedelta(seconds=WEEK), timedelta(seconds=DAY)


def test_a_policy_lives_its_max_age_after_its_id_was_last_visible():
    """max(body last served, id last visible + TTL) + max_age: the TXT went an hour after the body."""
    one = published(policy(), at(0), at(5), named_until=at(5, seconds=3600))
    two = published(policy("testing", DAY), at(5))
    first, second = held((one, two), NOW)
    assert first.until == at(5, seconds=3600 + TTL + WEEK)
    assert first.certain
    assert second.until == NOW + TTL_SPAN + DAY_SPAN
    assert (first.enforces, second.enforces) == (True, False)


def test_the_body_counts_when_it_was_served_longer_than_the_id_was_visible():
    """A TXT that went first (done by hand) does not shorten the body's life."""
    one = published(policy(), at(0), at(5), named_until=at(4))
    assert held((one, published(policy(), at(5))), NOW)[0].until == at(5) + WEEK_SPAN


def test_an_id_of_which_nobody_knows_the_end_counts_as_named_until_now():
    """A sender may renew by an equal id as long as the TXT names it (RFC 8461 s3.1)."""
    ledger = (published(policy(), at(0), at(5), named_until=None), published(policy("none", DAY), at(5)))
    first, second = held(ledger, NOW)
    assert (first.until, first.certain) == (NOW + TTL_SPAN + WEEK_SPAN, False)
    assert second.certain
    known, newest = held(ledger, NOW, txt_since=at(6))
    assert (known.until, known.certain) == (at(6) + TTL_SPAN + WEEK_SPAN, True)
    assert newest.until == NOW + TTL_SPAN + DAY_SPAN


def test_what_bounds_a_later_id_bounds_all_before_it():
    """An update died between body and TXT: the old id went on, also over the body that came next."""
    ledger = (
        published(policy(), at(0), at(5), named_until=None),
        published(policy("testing", DAY), at(5), at(6), named_until=at(7)),
        published(policy("testing", DAY, MX[:1]), at(6)),
    )
    assert held(ledger, NOW)[0].until == at(7) + TTL_SPAN + WEEK_SPAN


def test_the_largest_ttl_so_far_counts():
    """A new body is fetched, and renewed, under the old id while resolvers keep that for its own TTL."""
    ledger = (published(policy(), at(0), at(5), ttl=DAY), published(policy(), at(5), at(6), ttl=60))
    assert held(ledger, NOW)[1].until == at(6) + DAY_SPAN + WEEK_SPAN
    assert held(ledger[1:], NOW, least_ttl=7200)[0].until == at(6, seconds=7200 + WEEK)


@pytest.mark.parametrize(("max_age", "kept"), [(0, DAY), (3599, DAY), (3600, 3600), (86400, 86400)])
def test_a_max_age_below_an_hour_counts_a_day(max_age, kept):
    """Stalwart keeps for a day what asks for less than an hour."""
    one = published(Policy(Mode.ENFORCE, max_age, MX), at(0), at(5))
    assert held((one,), NOW)[0].until == at(5) + TTL_SPAN + timedelta(seconds=kept)


@pytest.mark.parametrize("text", ["", "version: STSv1\r\nmode: enforced\r\n", "<html>", "\ud800"])
def test_what_cannot_be_read_counts_as_enforce_with_the_greatest_max_age(text):
    """The unsafe side: some sender may have read it in its own way."""
    (one,) = held((published(text, at(0), at(5)),), NOW)
    assert one.enforces
    assert not one.retired
    assert one.until == at(5) + TTL_SPAN + timedelta(seconds=MAX_AGE_LIMIT)
    assert not one.allows(MX[0])
    assert "not readable" in one.name


def test_from_its_end_on_nobody_holds_it():
    """At the very moment it is over; a second before it is not."""
    ledger = (published(policy("enforce", DAY), at(0), at(5)), published(policy("testing", DAY), at(5)))
    end = at(5) + TTL_SPAN + DAY_SPAN
    assert [one.publication for one in unexpired(ledger, end - SECOND)] == list(ledger)
    assert [one.publication for one in unexpired(ledger, end)] == [ledger[1]]


def test_removal_waits_for_the_maximum_over_all_publications():
    """RFC 8461 s8.3: the older one had the greater max_age; mode none itself is not waited for."""
    ledger = (
        published(policy("enforce", 4 * WEEK), at(0), at(10)),
        published(policy("enforce", DAY), at(10), at(11)),
        published(policy("none", WEEK), at(11)),
    )
    assert safe_removal(ledger, NOW) == at(10) + TTL_SPAN + timedelta(seconds=4 * WEEK)
    assert safe_removal((), NOW) is None
    assert safe_removal(ledger[2:], NOW) == at(11)


def test_a_testing_policy_is_waited_for_too():
    """RFC 8461 s8.3 speaks of all policies; a sender that cannot refresh one warns its own people."""
    ledger = (published(policy("testing", WEEK), at(0), at(10)), published(policy("none", DAY), at(10)))
    assert safe_removal(ledger, NOW) == at(10) + TTL_SPAN + WEEK_SPAN


def test_the_longest_enforce_is_the_one_that_ends_last():
    """Not the one with the greatest max_age; testing does not count, and what is over does not."""
    ledger = (
        published(policy("enforce", 2 * WEEK), at(0), at(1)),
        published(policy("enforce", WEEK), at(1), at(29)),
        published(policy("testing", 52 * WEEK), at(29)),
    )
    longest = longest_enforce(ledger, NOW)
    assert longest is not None
    assert longest.publication is ledger[1]
    assert longest_enforce(ledger, longest.until) is None
    both = (published(policy("enforce", 8 * WEEK), at(0), at(20)), published(policy(), at(20)))
    longest = longest_enforce(both, NOW)
    assert longest is not None
    assert longest.publication is both[0]


@pytest.mark.parametrize(
    ("patterns", "pattern", "covered"),
    [
        (("mx1.example.com",), "mx1.example.com", True),
        (("*.example.com",), "mx1.example.com", True),
        (("*.example.com",), "a.b.example.com", False),
        (("*.example.com",), "*.example.com", True),
        (("*.Example.com",), "*.example.com", True),
        (("MX1.example.com",), "mx1.example.com", True),
        (("mx1.example.com", "*.Example.com"), "*.example.com", True),
        (("*.com",), "*.example.com", False),
        (("mx1.example.com",), "*.example.com", False),
        ((), "mx1.example.com", False),
    ],
)
def test_a_pattern_is_allowed_where_each_of_its_hosts_is(patterns, pattern, covered):
    """RFC 8461 s4.1: the star is exactly one label."""
    assert allows(patterns, pattern) is covered


def test_a_host_is_refused_as_long_as_an_enforce_policy_without_it_lives():
    """Testing policies refuse nobody; the last enforce policy without the host counts."""
    every = facts(
        published(policy(mx=MX), at(0), at(20)),
        published(policy("testing", 52 * WEEK, ("mx9.example.com",)), at(20), at(25)),
        published(policy(mx=(*MX, "mx3.example.com")), at(25)),
    ).unexpired()
    assert [one.publication.since for one in every] == [at(20), at(25)]
    early = facts(published(policy(mx=MX), at(0), at(26)), published(policy(mx=(*MX, "mx3.example.com")), at(26)))
    assert refused_until(early.unexpired(), "mx3.example.com") == at(26) + TTL_SPAN + WEEK_SPAN
    assert refused_until(early.unexpired(), "mx1.example.com") is None
    assert refused_until(every, "mx3.example.com") is None
    both = facts(published(policy(max_age=8 * WEEK), at(0), at(20)), published(policy(), at(20), at(26)))
    assert refused_until(both.unexpired(), "mx3.example.com") == at(20) + TTL_SPAN + timedelta(seconds=8 * WEEK)


def test_history_tells_when_an_id_was_no_longer_named():
    """The first update that ended well after the next text was written; none: not known."""
    ledger = (
        published(policy(), at(0), at(5), named_until=None),
        published(policy("testing"), at(5), at(6), named_until=None),
        published(policy("none", DAY), at(6)),
    )
    found = with_history(ledger[::-1], [at(9), at(5) - SECOND, at(5, seconds=90)])
    assert [one.named_until for one in found] == [at(5, seconds=90), at(9), None]
    assert [one.named_until for one in with_history(ledger, [])] == [None, None, None]
    assert with_history((), [NOW]) == ()


def test_an_end_at_the_very_second_of_the_text_counts_and_one_known_stays():
    """Borders: equal times; and what the ledger knows itself is not written over."""
    ledger = (published(policy(), at(0), at(5), named_until=None), published(policy("testing"), at(5)))
    assert with_history(ledger, [at(5)])[0].named_until == at(5)
    known = (published(policy(), at(0), at(5), named_until=at(8)), ledger[1])
    assert with_history(known, [at(6)])[0].named_until == at(8)


def test_a_clock_that_is_ahead_does_not_end_an_id_too_early():
    """The engine's clock is ten minutes ahead: the end of the update before lies after the bucket's time."""
    desired = at(5, seconds=900)
    text = render_policy(policy("testing").policy)
    ours = published(policy("testing"), at(5))
    ours = type(ours)(policy_id(desired, text), text, at(5), None)
    ledger = (published(policy(), at(0), at(5), named_until=None), ours)
    assert with_history(ledger, [at(5, seconds=600)])[0].named_until is None
    assert with_history(ledger, [at(5, seconds=600), at(5, seconds=960)])[0].named_until == at(5, seconds=960)


PATTERNS = st.sampled_from(("mx1.example.com", "*.example.net", "MX.example.org", "a..b", "-x.example", "mx_1.test"))


@given(
    mode=st.sampled_from(("testing", "enforce", "none", "Enforce")),
    age=st.sampled_from(("0", "86400", "0086400", "31557600", "31557601", "9999999999", "12345678901", "")),
    mx=st.lists(PATTERNS, max_size=3),
    end=st.sampled_from(("\r\n", "\n", "", "\r\n\r\n", "\r\nx: y\r\n")),
)
def test_the_short_way_reads_as_the_grammar_does(mode, age, mx, end):
    """Texts that look like ours are read as read_policy reads them, or not at all where it refuses."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {pattern}" for pattern in mx), f"max_age: {age}"]
    text = "\r\n".join(lines) + end
    assert read_text(text) == read_policy(text.encode()).value


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("testing", "enforce", "none")),
            st.integers(1, 400),  # hours served
            st.integers(0, 200),  # hours that the TXT lagged
            st.sampled_from((0, 60, 3600, DAY, WEEK)),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 5000),
)
def test_no_renewal_or_fetch_outlives_the_bound(steps, hour):
    """Whoever fetches while a body is served, or renews while its id is named, is through with it by `until`."""
    ledger, ends = [], []
    since = named = at(0)
    for mode, hours, lag, max_age, known in steps:
        until = since + timedelta(hours=hours)
        named = max(named, until + timedelta(hours=lag))
        told = named if known else None
        ledger.append(published(Policy(Mode(mode), max_age, MX), since, until, named_until=told))
        ends.append(named)
        since = until
    now = at(0) + timedelta(hours=hour)
    for one, end in zip(held(ledger, now), ends, strict=True):
        kept = timedelta(seconds=one.policy.max_age)
        assert one.until >= one.publication.until + kept
        assert one.until >= (end if one.certain else now) + TTL_SPAN + kept
