"""Failures one by one: standing, waived by name, or not of MTA-STS."""

from datetime import date

import pytest

from mtasts.policy.settings import Waiver
from mtasts.reports.entries import entries
from mtasts.verdict.waivers import weigh_failures
from tests.reports.making import WINDOW, detail, result, stored

TODAY = date(2026, 3, 30)


def waiver(result_type="", mx="", reporter="", until=TODAY):
    return Waiver(result_type, mx, reporter, "known", until)


def weigh(*waivers, results=(), by="google.com"):
    found = list(entries("example.com", WINDOW, [stored(8, *results, by=by)]))
    return weigh_failures(found, waivers, TODAY)


def standing(weighed):
    """Result type (or None) and number of each failure that stands."""
    return [
        (entry.result.details[0].result_type if entry.result.details else None, entry.result.failures)
        for entry in weighed.standing
    ]


ONE = result(9, 3, detail("certificate-expired", 3, "mx1.example.com"))
TWO = result(
    9, 5, detail("certificate-expired", 3, "mx1.example.com"), detail("starttls-not-supported", 2, "mx2.example.com")
)


@pytest.mark.parametrize(
    ("given", "results", "left"),
    [
        ((), ONE, [("certificate-expired", 3)]),
        ((waiver("certificate-expired"),), ONE, []),
        ((waiver(mx="mx1.example.com"),), ONE, []),
        ((waiver(mx="*.example.com"),), ONE, []),
        ((waiver(reporter="google.com"),), ONE, []),
        ((waiver("certificate-expired", "mx1.example.com", "google.com"),), ONE, []),
        ((waiver("certificate-expired", "mx2.example.com"),), ONE, [("certificate-expired", 3)]),
        ((waiver("certificate-expired", reporter="b.example"),), ONE, [("certificate-expired", 3)]),
        ((waiver("certificate-expired"),), TWO, [("starttls-not-supported", 2)]),
        ((waiver("certificate-expired"), waiver(mx="mx2.example.com")), TWO, []),
        ((waiver("certificate-expired"),), result(9, 4, *ONE.details), [(None, 1)]),
        ((waiver("certificate-expired"),), result(9, 4), [(None, 4)]),
        ((waiver(reporter="google.com"),), result(9, 4), []),
        ((waiver("certificate-expired", until=date(2026, 3, 29)),), ONE, [("certificate-expired", 3)]),
        ((waiver("certificate-expired", until=date(2026, 3, 29)), waiver("certificate-expired")), ONE, []),
        ((), result(9, 3, detail("tlsa-invalid", 3)), []),
        ((), result(9, 4, detail("tlsa-invalid", 3)), [(None, 1)]),
        ((), result(9, 0, detail("certificate-expired", 0)), [("certificate-expired", 0)]),
        ((), result(9, 3, detail("made-up", 3)), [("made-up", 3)]),
    ],
)
def test_what_stands(given, results, left):
    """All selectors that are given must match; what a total counts beyond its details is a failure of its own."""
    assert standing(weigh(*given, results=(results,))) == left


def test_a_waiver_is_named_with_what_it_covers_and_an_expired_one_with_what_it_would():
    """So that both can be shown; one that covers nothing is not."""
    gone, holding, other = (
        waiver("certificate-expired", until=date(2026, 3, 1)),
        waiver(mx="mx2.example.com"),
        waiver("x"),
    )
    found = weigh(gone, holding, other, results=(TWO,))
    assert [(one, len(covered)) for one, covered in found.waived] == [(holding, 1)]
    assert found.expired == (gone,)
    assert weigh(gone, waiver("certificate-expired"), results=(ONE,)).expired == ()


def test_failures_of_dane_are_kept_beside():
    """No mail is lost by MTA-STS (RFC 8461 s2), but somebody should know."""
    found = weigh(results=(result(9, 3, detail("dnssec-invalid", 3)),))
    assert len(found.beside) == 1
