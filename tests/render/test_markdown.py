"""Foreign text in Markdown: shown as it was given, and without any effect, by the parser that GitHub itself uses."""

import html.parser
import re

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.render.escape import terminal
from mtasts.render.markdown import code, fence, md, workflow_command_safe
from tests.render.hostile import HOSTILE

TOKENS = (
    *"@#!~%$&^*_`|\\<>[](){}\"'+-=:/.1 \n\t",
    *(
        "@team",
        "@org/team",
        "#1",
        "!1",
        "~bug",
        "%1",
        "$1",
        "&1",
        "GH-1",
        "ABC-12",
        "o/r#1",
        "deadbeef",
        "20260310080000be6a844a94b98346",
        "www.",
        "://",
    ),
    *("https://a.example", "a@b.example", "::error::x", "##[error]x", "```", "~~~", "<b>", "</details>", "<!--", "-->"),
    *("&lt;", "&#64;", "[a](b)", "![a](b)", "[^1]", "[!NOTE]", ":smile:", "- [ ] x", "| a | b |", "|-|-|", "$`x`$"),
    *("/close", "/merge", "\x1b[31m", "\u202e", "\u200b", "[[x]]", "{+x+}", "mailto:", "www", "a", "Zz"),
)
FOREIGN = st.one_of(
    st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=12).map("".join),
    st.sampled_from(HOSTILE).map(lambda text: text[:300]),
)
# Where a text may come to stand: alone, in prose, in a list, quote, cell, heading, and unfolded.
PLACES = (
    "{}",
    "seen {} there",
    "- {}",
    "> {}",
    "| a | b |\n|---|---|\n| x | {} |",
    "### {}",
    "<details>\n\n{}\n\n</details>",
)
# What the filters behind the parser turn into links and notifications, as GitHub and GitLab document it.
REFERENCES = re.compile(
    r"@[A-Za-z0-9_]|#[A-Za-z0-9\"]|![0-9]|~[A-Za-z0-9\"]|%[A-Za-z0-9\"]|\$[0-9]|&[0-9A-Za-z]|\b(?:GH|[A-Z][A-Z0-9_]+)-[0-9]"
    r"|\b(?=[0-9]*[a-f])[0-9a-f]{7,40}\b|://|\bwww\.|:[A-Za-z0-9_+-]+:|\[\[|\[[a-z_]+:|\[!|\{[+-]|\*iteration:"
)


class _Seen(html.parser.HTMLParser):
    """The tags of a page, and its text inside and outside of code."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text, self.outside, self._code = "", "", 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"{tag} {attrs}" if attrs else tag)
        self._code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.outside += "" if self._code else data

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"comment {data}")


def rendered(markdown: str) -> _Seen:
    return _Seen(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


def words(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())


@settings(max_examples=300)
@given(FOREIGN, st.sampled_from(PLACES))
def test_text_adds_no_tag_and_nothing_is_lost(text: str, place: str) -> None:
    """The page has the tags that it has around a harmless word, and shows what `terminal` shows."""
    page, harmless = rendered(place.format(md(text) or "word")), rendered(place.format("word"))
    assert page.tags == harmless.tags
    if terminal(text).strip():
        assert words(page.text) == words(harmless.text.replace("word", terminal(text)))


@settings(max_examples=300)
@given(FOREIGN, st.sampled_from(PLACES))
def test_text_mentions_and_refers_to_nothing(text: str, place: str) -> None:
    """Neither people, issues, labels, addresses nor commits are found by what reads the finished text."""
    assert not REFERENCES.search(rendered(place.format(md(text))).outside)


@given(FOREIGN)
def test_text_is_one_line_that_gives_no_order(text: str) -> None:
    """GitLab obeys `/close` at the start of a raw line, GitHub's runner `::error::`; both need a line to begin."""
    shown = md(text)
    assert len(shown.splitlines()) <= 1
    assert not shown.startswith(("/", "::", " ", "\t"))
    assert "##[" not in shown


@settings(max_examples=300)
@given(FOREIGN, st.sampled_from([place for place in PLACES if place != "### {}"]))
def test_code_is_a_code_span_and_nothing_else(text: str, place: str) -> None:
    """One code element, all of the text in it, so that no filter looks at it."""
    shown = code(text)
    if not shown:
        assert not terminal(text).strip()
        return
    page, harmless = rendered(place.format(shown)), rendered(place.format("`word`"))
    assert page.tags == harmless.tags
    assert page.outside == harmless.outside
    assert "##[" not in shown


def test_names_in_code_can_be_copied() -> None:
    """Nothing invisible is put into a host name, an address or an id."""
    for name in ("www.example.com", "mailto:a@example.com", "20260314101500c0b8f46936bb03aa", "*.mail.example.net"):
        assert code(name) == f"`{name}`"


@settings(max_examples=200)
@given(st.lists(FOREIGN, max_size=5))
def test_a_fence_is_closed_whatever_it_holds(lines: list[str]) -> None:
    """One block of code, and what follows is outside of it."""
    page = rendered(fence(tuple(lines), "diff") + "\n\nafter")
    assert [tag.split()[0] for tag in page.tags] == ["pre", "code", "p"]
    assert page.outside.strip() == "after"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::set-output name=x::y", r"\x3a:set-output name=x::y"),
        ("  ::add-mask::x", r"  \x3a:add-mask::x"),
        ("seen ##[set-output name=x]y", r"seen #\x23[set-output name=x]y"),
        ("##vso[task.setvariable]x", r"#\x23vso[task.setvariable]x"),
        ("a::b fe80::1", "a::b fe80::1"),
        ("## heading", "## heading"),
        ("\x1b[0Ksection_start:1:x", r"\x1b[0Ksection_start:1:x"),
    ],
)
def test_a_log_line_is_no_command(line: str, shown: str) -> None:
    """What GitHub's runner would obey is shown with the number of one sign; other colons and hashes stay."""
    assert workflow_command_safe(line) == shown


@given(FOREIGN)
def test_no_text_makes_the_runner_obey(text: str) -> None:
    """As the runner reads: a trimmed line that begins with `::`, or `##[` anywhere."""
    shown = workflow_command_safe(text)
    assert not shown.strip().startswith("::")
    assert "##[" not in shown
    assert len(shown.splitlines()) <= 1
