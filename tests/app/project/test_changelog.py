"""The part of the changelog that an upgrade shows."""

from mtasts.app.project.changelog import since

TEXT = """\
# Changelog

All changes.

## Unreleased

## 0.3.0 (2026-03-01)

- c

## 0.2.0 (2026-02-01)

- b

## 0.1.0

- a
"""


def test_what_lies_between() -> None:
    """Newest first, without the version that was there and without empty sections."""
    assert since(TEXT, "0.1.0") == "## 0.3.0 (2026-03-01)\n\n- c\n\n## 0.2.0 (2026-02-01)\n\n- b"
    assert since(TEXT, "0.2.0") == "## 0.3.0 (2026-03-01)\n\n- c"
    assert since(TEXT, "0.3.0") == ""


def test_a_version_that_is_not_in_it() -> None:
    """The newest section alone: the whole history would hide it."""
    assert since(TEXT, "0.0.1") == "## 0.3.0 (2026-03-01)\n\n- c"
    assert since("", "0.1.0") == ""
