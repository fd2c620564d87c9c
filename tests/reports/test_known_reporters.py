"""The lists of reporters and of keys: each row whole, no row against another, and the page in step."""

from pathlib import Path

import pytest

from mtasts.protocol.general_keys import GENERAL_KEYS, general_key
from mtasts.protocol.names import to_a_labels
from mtasts.protocol.registrable import is_public_suffix, is_within, registrable
from mtasts.reports.known_reporters import KNOWN, known_reporter

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "reporters.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row.organization)
def test_a_known_reporter_has_names_a_source_and_a_date(row):
    """Names are A-labels of one organization, and stand on the page with where they are known from."""
    names = (*row.submitters, *row.signs, row.sender.rpartition("@")[2])
    assert all(to_a_labels(name) == name and not is_public_suffix(name) for name in names)
    assert len({registrable(name) for name in names}) == 1
    assert all(known_reporter(name) is row for name in row.submitters)
    for words in (row.organization, *row.submitters, *row.signs, row.sender, row.source, row.seen):
        assert words
        assert words in PAGE


def test_nobody_else_is_known():
    """Neither what lies below a name, nor what looks like it."""
    for name in ("mail.google.com", "google.com.evil.example", "googIe.com", "gmail.com", "Google Inc.", ""):
        assert known_reporter(name) is None


def test_a_general_key_is_a_name_with_its_reason_and_all_below_it():
    """Each name once, none below another; a known reporter's own keys are none, but where they lie below one."""
    for name, why in GENERAL_KEYS.items():
        assert to_a_labels(name) == name
        assert why
        assert not [other for other in GENERAL_KEYS if other != name and is_within(name, other)]
        assert general_key(f"x.{name}") == why
        assert not general_key(f"x{name}")
    assert not general_key("google.com")
    assert not general_key("microsoft.com")
