"""Our Markdown for a forge that shows HTML as text: no tag, no reference, and foreign text still does nothing."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.render.markdown import code, md
from mtasts.render.plain_markdown import without_html


def test_a_fold_becomes_its_line_and_what_is_in_it() -> None:
    """As a comment has it."""
    fold = "<details open>\n<summary>⛔ <b>example.com</b> (prod): blocked</summary>\n\n| a |\n|---|\n\n</details>"
    assert without_html(fold) == "⛔ **example.com** (prod): blocked\n\n| a |\n|---|\n\n"


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("*bold* [x](y)", r"\*~bold\* \[~x\](y)"),
        ("it's <b>", "it's <~b\\>"),
        ("&#60;script", "&~~\\#~60;script"),
        ("a|b", r"a\|b"),
    ],
)
def test_what_was_inert_stays_inert(foreign: str, shown: str) -> None:
    """Where a backslash works, a backslash; where not, the space of no width that was there."""
    assert without_html(md(foreign)).replace("\u200b", "~") == shown


def test_code_stays_as_it_is() -> None:
    """What people copy, and what a fence shows."""
    text = f"{code('<b>&#39;</b>')} and\n\n```\n<details>\n&#35;\n```\n"
    assert without_html(text) == text


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_it_is_settled_after_one_time_and_leaves_no_tag(foreign: str) -> None:
    """What the forge gives back is what would be sent again; no tag of anybody's is left outside of code."""
    once = without_html(f"<b>{md(foreign)}</b>\n\n{code(foreign)}\n")
    assert without_html(once) == once
    assert not re.search(r"<[a-zA-Z/!]", re.sub(r"`[^`]*`", "", once))
