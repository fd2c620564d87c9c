"""What failed where, with its cause and owner; never a number of sessions to count with."""

from datetime import date

from mtasts.reports.causes import Owner
from mtasts.reports.entries import entries
from mtasts.reports.failures import failures
from tests.reports.making import WINDOW, detail, result, stored


def read(*reports):
    return failures(entries("example.com", WINDOW, reports))


def test_failures_are_grouped_by_result_and_mx_host():
    """A dead backup MX stands out however many sessions the primary had."""
    found = read(
        stored(3, result(9000, 2, detail("starttls-not-supported", 2, mx="backup.example.com"))),
        stored(4, result(9000, 1, detail("starttls-not-supported", 1, mx="backup.example.com")), by="microsoft.com"),
        stored(5, result(9000, 1, detail("certificate-expired", 1))),
    )
    assert [(f.result_type, f.mx, f.failed_sessions, f.reports) for f in found] == [
        ("starttls-not-supported", "backup.example.com", 3, 2),
        ("certificate-expired", "mail.example.com", 1, 1),
    ]
    assert found[0].reporters == ("google.com", "microsoft.com")
    assert found[0].days == (date(2026, 3, 3), date(2026, 3, 4))


def test_an_unknown_result_type_is_kept_as_text():
    """A word that no registry knows is shown as it came, is ours until somebody has looked, and blocks."""
    (found,) = read(stored(3, result(1, 1, detail("Quantum-Failure"))))
    assert (found.result_type, found.cause.code) == ("quantum-failure", "unknown")
    assert (found.owner, found.cause.effect) == (Owner.OURS, "block")


def test_failures_without_details_are_not_lost():
    """A total of failures without a word about them is a failure of its own kind."""
    (found,) = read(stored(3, result(1, 4)))
    assert (found.result_type, found.mx, found.failed_sessions, found.cause.code) == ("", "", 4, "unnamed")


def test_details_beside_a_total_of_zero_are_not_lost():
    """A total of 0 with details is a contradiction, never "no failures"."""
    (found,) = read(stored(3, result(7, 0, detail())))
    assert (found.result_type, found.failed_sessions) == ("certificate-expired", 1)


def test_noise_that_comes_back_is_ours():
    """One time-out is noise; the same one on two days is a dead address or an overloaded host."""
    once = read(stored(3, result(9, 1, detail("validation-failure", reason="connection timed out"))))
    assert once[0].owner is Owner.NOISE
    twice = read(
        stored(3, result(9, 1, detail("validation-failure", reason="connection timed out"))),
        stored(4, result(9, 1, detail("validation-failure", reason="Connection timed out"))),
    )
    assert twice[0].owner is Owner.OURS


def test_ours_under_sts_come_first():
    """What the reader has to act on stands on top, DANE and others' problems below."""
    found = read(
        stored(3, result(0, 9, detail("tlsa-invalid", 9), kind="tlsa")),
        stored(4, result(0, 5, detail("dane-required", 5))),
        stored(5, result(0, 1, detail("certificate-expired", 1))),
    )
    assert [f.result_type for f in found] == ["certificate-expired", "dane-required", "tlsa-invalid"]


def test_foreign_samples_are_few():
    """A reporter that varies its reason cannot fill the page."""
    details = [detail("validation-failure", reason=f"oops {n}") for n in range(100)]
    (found,) = read(stored(3, result(0, 100, *details)))
    assert (found.failed_sessions, len(found.reasons)) == (100, 5)


def test_texts_stand_in_the_same_order_in_each_run():
    """Those that differ in little, too: no text, one that shows nothing, one with max_age 0."""
    shown = [("version: STSv1", "max_age: 0"), ("version: STSv1",), ()]
    (failure,) = read(*(stored(day, result(0, 1, policy=policy)) for day, policy in enumerate(shown, 1)))
    assert [(text.max_age, text.given) for text in failure.policies] == [(None, False), (None, True), (0, True)]
