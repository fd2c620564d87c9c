"""`reports explain` in plain words."""

from datetime import UTC, datetime

import pytest

from mtasts.protocol.report import RESULT_TYPES, Report
from mtasts.render.fold import folded
from mtasts.render.reports.explain import report_text, result_text, same_id_text
from tests.render.hostile import HOSTILE
from tests.reports.making import detail, result


def report(*results, name="Google Inc.", identity="id"):
    start, end = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 5, 23, 59, 59, tzinfo=UTC)
    return Report(name, "tls@google.com", identity, start, end, results)


@pytest.mark.parametrize("result_type", RESULT_TYPES)
def test_every_type_has_cause_fix_owner_and_source(result_type):
    """Each registered type is explained to the point where a person can act."""
    lines = list(result_text(result_type))
    assert lines[0].startswith(f"{result_type}: ")
    for name in ("meaning:", "cause:", "fix:", "whose:", "enforce:", "source:"):
        assert any(line.strip().startswith(name) for line in lines)
    assert [piece for line in lines for piece in folded(line, 80) if len(piece) > 80] == []


def test_an_unknown_type_says_so_and_lists_the_known():
    """A slip in typing is answered with the words that exist, none of them broken."""
    text = " ".join(" ".join(result_text("starttls-missing")).split())
    assert "a result type that no registry knows" in text
    for result_type in RESULT_TYPES:
        assert result_type in text


def test_a_report_in_words():
    """Who, when, about what, with which policy, and each failure with its cause."""
    text = "\n".join(report_text(report(result(10, 1, detail("certificate-expired"), detail("dane-required"))), ()))
    for words in (
        "Google Inc. reports about 2026-03-05",
        "example.com, sts",
        "policy: testing, mail.example.com, max_age 1 day",
        "10 sessions passed, 1 failed",
        "details name 2: one session may be named twice",
        "1 x certificate-expired at mail.example.com [192.0.2.1]: an MX showed an expired certificate",
        "whose:   the sender's",
    ):
        assert words in text


def test_reports_that_share_an_id_are_said_to_count_all():
    """Two hosts of one organization in one archive; a copy, and another organization, are no reason to speak."""
    one, two = report(result(9, 0)), report(result(12, 9))
    assert "all of them count" in " ".join(same_id_text([one, two, one]))
    assert list(same_id_text([one, one, report(result(1, 0), name="Other"), report(result(5, 0), identity="2")])) == []


def test_contradictions_are_said():
    """0 beside details, and failures without any."""
    assert "do not read this as free of failures" in "\n".join(report_text(report(result(1, 0, detail())), ()))
    assert "does not say what failed" in "\n".join(report_text(report(result(1, 2)), ()))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_cannot_steer_the_terminal(text):
    """Whatever a reporter writes, each line is printable and bounded."""
    bad = result(1, 1, detail(text, 1, text, text, text), kind=text, domain=text, policy=(f"mode: {text}",))
    for line in (*report_text(report(bad, name=text, identity=text), ()), *result_text(text)):
        assert line.isprintable() or not line
        assert len(line) < 1000
