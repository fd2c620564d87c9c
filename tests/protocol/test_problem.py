"""Findings are bounded, and quoted foreign text stays on its line."""

from hypothesis import given
from hypothesis import strategies as st

from mtasts.protocol.problem import PROBLEMS_LIMIT, Problem, Problems, Reading, Severity, quote


def test_more_problems_than_the_limit_are_counted_not_listed():
    """The last line says how many were left off, as an error if any was one."""
    problems = Problems("RFC 8461 s3.2")
    assert PROBLEMS_LIMIT == 100  # docs/reference/lint.md says so
    for number in range(PROBLEMS_LIMIT):
        problems.warning("w", f"warning {number}")
    assert len(problems.listed()) == PROBLEMS_LIMIT
    assert not problems.failed
    problems.error("e", "beyond the limit")
    problems.error("e", "and again")
    assert problems.listed()[-1] == Problem(Severity.ERROR, "more-problems", "and 2 more problems", "RFC 8461 s3.2")


def test_a_problem_may_name_another_section_than_its_reading():
    """The section of the reading is only the default."""
    problems = Problems("RFC 8461 s3.2")
    problems.error("a", "b", "RFC 1035 s3.3")
    assert [problem.section for problem in problems.listed()] == ["RFC 1035 s3.3"]


def test_valid_says_whether_there_is_a_value():
    """Warnings do not make a reading invalid; even an empty value is one."""
    warning = Problem(Severity.WARNING, "a", "b", "c")
    assert Reading("", (warning,)).valid
    assert not Reading(None, ()).valid


def test_quote_escapes_what_could_break_the_line_or_the_quotes():
    """Controls, bidirectional marks and lone surrogates are written out; printable letters stay."""
    assert quote('a"b\\c') == '"a\\"b\\\\c"'
    assert quote("\x1b[31m\n\u202e\ud800é") == '"\\x1b[31m\\n\\u202e\\ud800é"'
    assert quote("x" * 61) == f'"{"x" * 60}..." (61 characters)'
    assert quote("x" * 60) == f'"{"x" * 60}"'


@given(st.text())
def test_quoted_text_is_one_printable_line(text):
    """Whatever comes in."""
    assert quote(text).isprintable()
