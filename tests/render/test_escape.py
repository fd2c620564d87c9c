"""Foreign text stays text, wherever it is printed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtasts.render import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mx.example.com", "mx.example.com"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("\u202eexe.moc", "\\u202eexe.moc"),
        ("bücher", "bücher"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_terminal_shows_control_and_format_characters_as_escapes(text: str, shown: str) -> None:
    """A control or direction-changing character is printed by its number; letters of any script stay."""
    assert escape.terminal(text) == shown


@given(st.text())
def test_terminal_output_is_printable_and_one_line(text: str) -> None:
    """Whatever comes in, no C0, C1, escape or line break comes out, and it can be encoded."""
    shown = escape.terminal(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", shown)
    shown.encode("utf-8")


def test_html_closes_no_attribute_and_opens_no_tag() -> None:
    """Both kinds of quotes and the brackets are entities."""
    assert escape.html("<b a=\"x\" b='y'>&") == "&lt;b a=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;"


def test_github_message_stays_one_command() -> None:
    """A line break in a message cannot start a second workflow command; `%` cannot fake one."""
    assert escape.github("a\n::error::b%0A") == "a%0A::error::b%250A"
    assert escape.github_property("a:b,c\n") == "a%3Ab%2Cc%0A"


def test_shorten_shows_the_cut() -> None:
    """What is cut ends in an ellipsis and keeps to the limit."""
    assert escape.shorten("abcdef", 4) == "abc…"
    assert escape.shorten("abcd", 4) == "abcd"
