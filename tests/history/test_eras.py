"""Which policy a report speaks about, and which publication that was."""

from datetime import UTC, datetime, timedelta

import pytest

from mtasts.history.eras import (
    PolicyText,
    Publication,
    applied_policy,
    current,
    publication_of,
    read_policy_string,
    settled_from,
)
from tests.reports.making import ENFORCE, TESTING, result

HOUR = timedelta(hours=1)


def at(day, hour=0):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def text(lines):
    return "\r\n".join(lines) + "\r\n"


def test_order_of_lines_case_and_dots_of_names_do_not_count():
    """Two senders that show one policy in their own way speak of the same policy."""
    lines = ("version: STSv1", "mode: testing", "mx: a.example.com", "mx: *.example.net", "max_age: 1")
    one = read_policy_string(lines)
    two = read_policy_string(("mx:*.Example.NET", "max_age:1", "mx: A.example.com.", "mode:testing", "version:STSv1"))
    assert one == two == PolicyText("testing", ("*.example.net", "a.example.com"), 1, given=True)


def test_the_first_of_a_repeated_key_counts():
    """RFC 8461 s3.2, last paragraph; and one string may hold several lines."""
    policy = read_policy_string(("mode: testing\r\nmode: enforce\nmx: mail.example.com", "max_age: 86400"))
    assert policy == PolicyText("testing", ("mail.example.com",), 86400, given=True)


@pytest.mark.parametrize("age", ["", "-1", "1.5", "12345678901", "٣", "1 day"])
def test_a_max_age_that_is_no_number_is_none(age):
    """Whatever a reporter writes there, nothing breaks."""
    assert read_policy_string(("mode: testing", f"max_age: {age}")).max_age is None


def test_a_policy_that_was_not_given_takes_patterns_from_mx_host_and_agrees_with_none():
    """Microsoft leaves policy-string out when the fetch failed."""
    policy = applied_policy(result(policy=(), mx_host=("Mail.Example.COM.",)))
    assert policy == PolicyText("", ("mail.example.com",), None, given=False)
    assert not policy.agrees(policy)


def test_agreement_is_about_mode_and_mx_not_max_age():
    """max_age says how long a policy is kept, not what it asks of a session."""
    short, long = read_policy_string(TESTING), read_policy_string((*TESTING[:3], "max_age: 604800"))
    assert short.agrees(long)
    assert short != long
    assert not short.agrees(read_policy_string(ENFORCE))


def test_a_text_that_returns_is_told_apart_by_time():
    """testing, enforce, back to testing: the same text under a third id; each day belongs to the one of its time."""
    first = Publication("id1", text(TESTING), at(1), at(10))
    second = Publication("id2", text(ENFORCE), at(10), at(20))
    third = Publication("id3", text(TESTING), at(20), None)
    ledger = (third, first, second)
    testing, enforce = read_policy_string(TESTING), read_policy_string(ENFORCE)
    assert publication_of(testing, at(5), at(6), ledger) is first
    assert publication_of(enforce, at(12), at(13), ledger) is second
    assert publication_of(testing, at(25), at(26), ledger) is third
    # The day of the switch belongs to the newer of two equal texts, and a cache that outlived its text to that text.
    assert publication_of(testing, at(20), at(21), ledger) is third
    morning = Publication("id4", text(ENFORCE), at(5, 10), None)
    assert publication_of(enforce, at(5), at(6), (first, morning)) is morning
    assert publication_of(enforce, at(4), at(5, 10), (first, morning)) is None
    assert publication_of(enforce, at(25), at(26), ledger) is second
    assert publication_of(testing, at(12), at(13), ledger) is first
    assert publication_of(read_policy_string(("mode: none",)), at(5), at(6), ledger) is None
    assert current(ledger) is third


def test_a_publication_is_seen_after_the_ttl():
    """Until the TXT record's TTL is over a sender may rightly know the id before."""
    assert Publication("id1", text(TESTING), at(1), None, ttl=HOUR).seen_from == at(1, 1)


def test_a_publication_in_disorder_cannot_be_made():
    """Times need a zone, and the end is not before the start."""
    with pytest.raises(ValueError, match="zone"):
        Publication("id1", "", datetime(2026, 3, 1), None)
    with pytest.raises(ValueError, match="ends before"):
        Publication("id1", "", at(2), at(1))
    assert current(()) is None


def _served(since: int, until: int | None, mode: str = "testing", max_age: int = 86400, mx: str = "mail.example.com"):
    text = f"version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: {max_age}\r\n"
    start = datetime(2026, 3, 1, tzinfo=UTC)
    end = None if until is None else start + timedelta(days=until)
    return Publication(f"id{since}", text, start + timedelta(days=since), end, timedelta(minutes=5))


@pytest.mark.parametrize(
    ("publications", "day"),
    [
        pytest.param((), None, id="nothing known"),
        pytest.param((_served(1, 5),), None, id="taken away"),
        pytest.param((_served(1, None),), 1, id="one"),
        pytest.param((_served(1, 5, max_age=604800), _served(5, None)), 1, id="only max_age"),
        pytest.param((_served(1, 3), _served(3, 5, max_age=604800), _served(5, None)), 1, id="three in a row"),
        pytest.param((_served(1, 5, mode="enforce"), _served(5, None)), 5, id="another mode"),
        pytest.param((_served(1, 5, mx="a.example"), _served(5, None)), 5, id="another mx set"),
        pytest.param((_served(1, 3), _served(3, 5, mode="enforce"), _served(5, None)), 5, id="back again"),
        pytest.param((_served(1, 4), _served(5, None)), 5, id="not there in between"),
    ],
)
def test_settled_from(publications, day):
    """Since when every sender gets mode and mx set of now: the TTL after the first of the row."""
    expected = None if day is None else datetime(2026, 3, 1, 0, 5, tzinfo=UTC) + timedelta(days=day)
    assert settled_from(publications) == expected
    assert settled_from(tuple(reversed(publications))) == expected
