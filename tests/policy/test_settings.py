"""The bar, its waivers and holds as values: nothing that cannot be meant can be built."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.policy.settings import WAIVERS_LIMIT, Acceptance, RolloutSettings, Waiver

UNTIL = date(2026, 12, 31)


def waiver(result_type="", mx="", reporter=""):
    return Waiver(result_type, mx, reporter, "known", UNTIL)


def test_the_bar_by_default():
    """Two weeks, two reporters, a hundred sessions, a week of days, none older than three; a week of enforce first."""
    assert RolloutSettings() == RolloutSettings(
        window_days=14,
        reporters=2,
        sessions=100,
        days=7,
        recency_days=3,
        hold="",
        accept_little=None,
        waivers=(),
        adopted="",
        first_max_age=604800,
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"window_days": 6}, "a window of 6 days is not from 7 to 90"),
        ({"window_days": 91}, "a window of 91 days is not from 7 to 90"),
        ({"reporters": 0}, "reporters 0 asks for no evidence at all"),
        ({"sessions": 0}, "sessions 0 asks for no evidence at all"),
        ({"days": 0}, "days 0 asks for no evidence at all"),
        ({"recency_days": 0}, "recency_days 0 asks for no evidence at all"),
        ({"days": 15}, "days 15 is more than the window of 14 days"),
        ({"recency_days": 15}, "recency_days 15 is more than the window of 14 days"),
        ({"first_max_age": 0}, "first_max_age 0 is not from 1 to 31557600"),
        ({"first_max_age": 31557601}, "first_max_age 31557601 is not from 1 to 31557600"),
        ({"waivers": (waiver(mx="a.example"),) * (WAIVERS_LIMIT + 1)}, "51 waivers are more than 50"),
    ],
)
def test_a_bar_that_cannot_be_meant_cannot_be_built(fields, message):
    """One line says why."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        RolloutSettings(**fields)


def test_the_widest_bars_can_be_built():
    """The limits themselves are allowed."""
    assert RolloutSettings(window_days=7, days=7, recency_days=7).days == 7
    assert RolloutSettings(window_days=90, days=90, recency_days=90).window_days == 90
    assert len(RolloutSettings(waivers=(waiver(mx="a.example"),) * WAIVERS_LIMIT).waivers) == 50


def test_a_waiver_names_something_and_says_why():
    """Without a name it would cover every failure; without a reason nobody can judge it later."""
    with pytest.raises(ValueError, match="would cover every failure"):
        Waiver("", "", "", "known", UNTIL)
    with pytest.raises(ValueError, match="needs a reason"):
        Waiver("", "a.example", "", " ", UNTIL)
    with pytest.raises(ValueError, match="needs a reason"):
        Acceptance("", UNTIL)


@pytest.mark.parametrize(
    ("given_waiver", "failure", "covered"),
    [
        (waiver("certificate-expired"), ("certificate-expired", "mx1.example.com", "example.net"), True),
        (waiver("certificate-expired"), ("Certificate-Expired", "", ""), True),
        (waiver("certificate-expired"), ("certificate-not-trusted", "mx1.example.com", "example.net"), False),
        (waiver("certificate-expired"), ("", "mx1.example.com", "example.net"), False),
        (waiver(mx="mx1.example.com"), ("x", "MX1.example.com.", "example.net"), True),
        (waiver(mx="mx1.example.com"), ("x", "mx2.example.com", "example.net"), False),
        (waiver(mx="mx1.example.com"), ("x", "", "example.net"), False),
        (waiver(mx="*.example.com"), ("x", "mx2.example.com", "example.net"), True),
        (waiver(mx="*.example.com"), ("x", "a.mx2.example.com", "example.net"), False),
        (waiver(mx="*.example.com"), ("x", "example.com", "example.net"), False),
        (waiver(mx="mx1.example.com"), ("x", "*.example.com", "example.net"), False),
        (waiver(reporter="xn--bcher-kva.example"), ("x", "y.example", "Bücher.example."), True),
        (waiver(reporter="example.net"), ("x", "y.example", "mail.example.net"), True),
        (waiver(reporter="mail.example.net"), ("x", "y.example", "example.net"), True),
        (waiver(reporter="co.uk"), ("x", "y.example", "example.co.uk"), False),
        (waiver(reporter="example.net"), ("x", "y.example", "Example Inc."), False),
        (waiver("a", "b.example", "c.example"), ("a", "b.example", "c.example"), True),
        (waiver("a", "b.example", "c.example"), ("a", "b.example", "d.example"), False),
        (waiver("a", "b.example", "c.example"), ("a", "d.example", "c.example"), False),
        (waiver("a", "b.example", "c.example"), ("d", "b.example", "c.example"), False),
    ],
)
def test_what_a_waiver_covers(given_waiver, failure, covered):
    """Everything that it names must match; what the report leaves open matches only what the waiver leaves open."""
    assert given_waiver.covers(*failure) is covered


@given(st.text(), st.text(), st.text())
def test_a_waiver_is_asked_about_any_text(result_type, mx, reporter):
    """All three come from strangers; never an exception."""
    assert waiver("a", "b.example", "c.example").covers(result_type, mx, reporter) is False
    assert waiver(reporter="c.example").covers(result_type, mx, reporter) in (True, False)


def test_until_is_the_last_day():
    """Of a waiver and of an acceptance alike."""
    for entry in (waiver(mx="a.example"), Acceptance("small", UNTIL)):
        assert entry.expired(date(2026, 12, 30)) is False
        assert entry.expired(UNTIL) is False
        assert entry.expired(date(2027, 1, 1)) is True


def test_only_a_waiver_that_holds_waives():
    """The first of those that cover; an expired one is as if it were not there."""
    old = Waiver("", "a.example", "", "old", date(2026, 11, 1))
    new = Waiver("", "*.example", "", "new", date(2026, 12, 1))
    settings = RolloutSettings(waivers=(old, new))
    assert settings.waived("x", "a.example", "r.example", date(2026, 11, 1)) is old
    assert settings.waived("x", "a.example", "r.example", date(2026, 11, 2)) is new
    assert settings.waived("x", "a.example", "r.example", date(2026, 12, 2)) is None
    assert settings.waived("x", "a.test", "r.example", date(2026, 11, 1)) is None


def test_a_waiver_says_what_it_is_about():
    """In the words of a sentence."""
    assert waiver("certificate-expired", "mx2.example.com").selectors == "certificate-expired at mx2.example.com"
    assert waiver(reporter="example.net").selectors == "every failure, reported by example.net"
