"""Every code explains itself, in words of its own."""

import pytest

from mtasts.verify.explain import explain, known_codes
from mtasts.verify.run_checks import CHECKS


@pytest.mark.parametrize("code", known_codes())
def test_each_code_has_meaning_cause_fix_and_source(code: str) -> None:
    """None of the four is empty."""
    found = explain(code)
    assert found is not None
    assert all((found.meaning, found.cause, found.fix, found.source))


def test_unknown_words_have_none() -> None:
    """Not a guess, not a crash."""
    assert explain("no-such-code") is None
    assert explain("") is None


def test_case_and_blanks_do_not_matter() -> None:
    """A code copied from a report's line."""
    assert explain(" Certificate-Expired ") == explain("certificate-expired")


def test_ids_of_checks_are_kebab_case_and_unique() -> None:
    """They are public: --json, junit and docs carry them."""
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))
    assert all(word.isalpha() and word.islower() for one in ids for word in one.split("-"))
