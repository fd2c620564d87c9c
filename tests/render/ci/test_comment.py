"""The comment: its first line, its folds, its length, and that nothing foreign has any effect in it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtasts.render.ci.comment import Origin, comment, nothing_changes
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Block, Part, PartState
from mtasts.render.markdown import fence, md
from tests.render.hostile import HOSTILE
from tests.render.marked import shown

BLOCKED, PASSED, FAILED, NOTHING = PartState.BLOCKED, PartState.PASSED, PartState.FAILED, PartState.NOTHING
LIMIT = 65_536 - 200
REST = "the summary of the run"

GATE = Part(
    kind="gate",
    stack="prod",
    title="gate",
    state=BLOCKED,
    headline="example.com must stay in testing: reports cover 3 of 14 days.",
    next_step="Wait until 2026-12-05, then an owner of policies/prod may approve.",
    blocks=(
        Block("example.com", BLOCKED, "not enough evidence", "| criterion | have |\n|---|---|\n| days | 3 |"),
        Block("example.org", PASSED, "max_age 1 day -> 1 week", "The next rung."),
    ),
)
DIFF = Part(
    kind="diff",
    stack="prod",
    title="diff",
    state=PASSED,
    headline="2 domains change.",
    blocks=(
        Block("example.com", PASSED, "testing -> enforce", fence(("-mode: testing", "+mode: enforce"), "diff")),
        Block("example.net", NOTHING, ""),
    ),
)
QUIET = Part("diff", "staging", "diff", NOTHING, "Nothing changes.")

WHOLE = """\
⛔ **example.com must stay in testing: reports cover 3 of 14 days.** \
Wait until 2026-12-05, then an owner of policies/prod may approve.

| | check | stack | result |
|---|---|---|---|
| ⛔ | gate | prod | blocked, as above |
| ✅ | diff | prod | 2 domains change. |
| ➖ | diff | staging | Nothing changes. |

<details open>
<summary>⛔ <b>example.com</b> (prod): not enough evidence</summary>

**gate**

| criterion | have |
|---|---|
| days | 3 |

**diff**

```diff
-mode: testing
+mode: enforce
```

</details>

<details>
<summary>✅ <b>example.org</b> (prod): max_age 1 day -&#62; 1 week</summary>

The next rung.

</details>

<sub>For commit `0123456789ab`, [the run](https://github.example/a/b/actions/runs/7)</sub>
"""


def _comment(*parts: Part, limit: int = LIMIT) -> str:
    return comment(parts, limit=limit, rest=REST)


def test_the_whole_comment() -> None:
    """What presses most is first; a domain's checks stand together; what does not change is not there."""
    origin = Origin("https://github.example/a/b/actions/runs/7", "0123456789abcdef0123456789abcdef01234567")
    assert comment([DIFF, QUIET, GATE], limit=LIMIT, rest=REST, origin=origin) == WHOLE


def test_as_shown_it_has_the_elements_that_it_should() -> None:
    """Every fold is closed, the tables are tables."""
    page = shown(_comment(DIFF, GATE))
    assert page.unclosed == []
    assert {"details", "summary", "table", "pre", "b", "strong"} <= page.tags


def test_a_command_in_a_sentence_is_shown_as_code() -> None:
    """In the first line, in tables and in the line of a fold; a lone backtick is a backtick."""
    said = " run `mtasts ready a.example`, then ` wait "
    text = _comment(Part("gate", "", "gate", BLOCKED, said, said, (Block("a.example", BLOCKED, said, "m"),)), DIFF)
    shown_as = "run <code>mtasts ready a.example</code>, then &#96; wait"
    assert text.startswith(f"⛔ **{shown_as}** {shown_as}\n")
    assert f"</b>: {shown_as}</summary>" in text


def test_one_line_when_nothing_changes() -> None:
    """With what was looked at."""
    other = Part("gate", "prod", "gate", NOTHING, "")
    assert nothing_changes([QUIET, other])
    assert _comment(QUIET, other) == "➖ Nothing changes for mail (diff, gate; staging, prod).\n"


def test_one_part_needs_no_table() -> None:
    """Its headline is the first line already."""
    assert "check | stack" not in _comment(GATE)


def test_what_could_not_be_judged_outweighs_what_passed_and_is_counted() -> None:
    """A failed step never looks passed, and stands behind a block."""
    failed = Part(
        "preview", "prod", "preview", FAILED, "The step 'preview' could not judge this change.", "See the log."
    )
    line, *_ = _comment(DIFF, failed).split("\n")
    assert line == "⚠️ **The step &#39;preview&#39; could not judge this change.** See the log."
    line, *_ = _comment(DIFF, failed, GATE).split("\n")
    assert line.startswith("⛔ **example.com must stay")
    assert line.endswith("(1 more check needs a look below.)")


def test_more_than_three_pressing_domains_stay_folded() -> None:
    """Three open ones are read; four are a wall."""

    def part(number: int) -> Part:
        return Part(
            "gate", "", "gate", BLOCKED, "b", "", tuple(Block(f"d{n}", BLOCKED, "s", "m") for n in range(number))
        )

    assert _comment(part(3)).count("<details open>") == 3
    assert _comment(part(4)).count("<details open>") == 0


def test_the_same_text_of_two_checks_is_shown_once() -> None:
    """A diff and a gate may say the same of a domain."""
    block = Block("example.com", PASSED, "s", "the same words")
    text = _comment(
        Part("diff", "a", "diff", PASSED, "d", "", (block,)), Part("gate", "a", "gate", PASSED, "g", "", (block,))
    )
    assert text.count("the same words") == 1
    assert "**diff**" not in text


def test_a_domain_in_two_stacks_has_two_folds() -> None:
    """Staging and prod are not the same publication."""
    block = Block("example.com", PASSED, "s", "m")
    parts = [Part("diff", stack, "diff", PASSED, "d", "", (block,)) for stack in ("staging", "prod")]
    assert _comment(*parts).count("<details>") == 2


def test_annotations_are_listed_where_there_is_no_text() -> None:
    """An invalid file has nothing else."""
    found = Annotation("policies/a.yaml", 3, 7, AnnotationLevel.ERROR, "invalid", "mode: no such mode")
    text = _comment(Part("gate", "", "gate", BLOCKED, "b", "", (Block("a.yaml", BLOCKED, "s", "", (found,)),)))
    assert "- `policies/a.yaml:3`: mode: no such mode" in text


def _fleet(number: int, size: int) -> Part:
    blocks = tuple(
        Block(f"d{n}.example.com", BLOCKED if n % 50 == 49 else PASSED, "a change", "x" * size) for n in range(number)
    )
    return Part("gate", "prod", "gate", BLOCKED, f"{number // 50} domains are blocked.", "Wait.", blocks)


def test_too_long_the_least_pressing_lose_their_details_first() -> None:
    """A hundred domains of 2 KB: both blocked ones unfold, some others fold, the rest are lines, and it says so."""
    text = _comment(_fleet(100, 2000))
    assert len(text.encode()) <= LIMIT
    folds = re.findall(r"<summary>(..?) <b>(d\d+)", text)
    lines = re.findall(r"^- (..?) <b>(d\d+)", text, re.MULTILINE)
    assert [name for _, name in folds[:2]] == ["d49", "d99"]
    assert len(folds) + len(lines) == 100
    assert f"Too long for a comment: the details of {len(lines)}, in {REST}." in text
    assert len(text.encode()) > LIMIT - 3000


def test_far_too_long_it_counts_the_domains_that_are_missing() -> None:
    """Five thousand domains, of which a hundred are blocked: those are all there."""
    text = _comment(_fleet(5000, 500))
    assert len(text.encode()) <= LIMIT
    assert text.count("⛔ <b>") == 100
    named = len(re.findall(r"<b>d\d+", text))
    assert f"Too long for a comment: {5000 - named} more domains" in text


def test_one_domain_with_too_much_to_say_does_not_cost_the_others() -> None:
    """Its details are left out, theirs are shown."""
    big, small = (
        Block("big.example", BLOCKED, "much", "x" * 150_000),
        Block("small.example", BLOCKED, "little", "words"),
    )
    text = _comment(Part("gate", "", "gate", BLOCKED, "b", "", (big, small)))
    assert "- ⛔ <b>big.example</b>: much" in text
    assert "words\n\n</details>" in text
    assert "the details of 1" in text


words = st.text(max_size=400) | st.sampled_from(HOSTILE)
states = st.sampled_from(PartState)
blocks = st.builds(Block, words, states, words, words.map(md) | st.just("x" * 40_000))
kinds = st.sampled_from(["diff", "gate", "preview", "verify", "ready"])
some_parts = st.builds(Part, kinds, words, words, states, words, words, st.lists(blocks, max_size=6).map(tuple))


@settings(max_examples=80)
@given(st.lists(some_parts, min_size=1, max_size=40))
def test_it_is_never_too_long_and_always_closed(parts: list[Part]) -> None:
    """Whatever is in it."""
    text = _comment(*parts, limit=40_000)
    assert len(text.encode("utf-8")) <= 40_000
    assert shown(text).unclosed == []


ALLOWED = {
    "details",
    "summary",
    "b",
    "strong",
    "p",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "ul",
    "li",
    "code",
    "pre",
    "sub",
}


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE,
        "@everyone #1 !2 ~bug $3 &4 %5 ^6",
        "see https://evil.example www.evil.example",
        "::error::x",
        "/approve",
        "<!-- mtasts:comment run=9.9 -->",
        "a@evil.example GH-1",
        "</summary></details><h1>x",
        "```\n~~~",
        "| a | b |",
    ],
)
def test_foreign_text_has_no_effect(text: str) -> None:
    """As a headline, a title, a stack, a domain, a summary or a message: no element, no link, no name, no command."""
    found = Annotation(text, 1, 1, AnnotationLevel.ERROR, text, text)
    inner = (Block(text, BLOCKED, text, "", (found,)), Block(text, PASSED, text, md(text)), Block("x", PASSED, text))
    body = _comment(Part("gate", text, text, BLOCKED, text, text, inner), Part("diff", "", text, PASSED, text))
    page = shown(body)
    assert page.tags <= ALLOWED
    assert page.attributes <= {"open"}
    assert page.links == []
    assert page.unclosed == []
    live = "\n".join(page.live)
    assert not re.search(r"(?<!\w)[@#!~$&%^][A-Za-z0-9]", live.replace("->", ""))
    assert not re.search(r"://|www\.|\bGH-\d", live)
    assert not re.search(r"^(/[a-z]|::)", body, re.MULTILINE)
    assert "<!--" not in re.sub(r"`[^`\n]+`", "", body)
    assert "\x1b" not in body
    assert "\u202e" not in body


@pytest.mark.parametrize(
    "markdown",
    [
        "<details>\nopen",
        "</details>\nearly",
        "```\nopen fence",
        "~~~\nother\n```",
        "<!-- hidden",
        "<DETAILS><details></details>",
    ],
)
def test_markdown_that_leaves_something_open_becomes_code(markdown: str) -> None:
    """It would swallow the domains after it. Whoever makes parts must see to it; this is for when it does not."""
    block = Block("a.example", BLOCKED, "s", markdown)
    text = _comment(Part("gate", "", "gate", BLOCKED, "b", "", (block, Block("z.example", BLOCKED, "last", "seen"))))
    page = shown(text)
    assert page.unclosed == []
    assert "seen" in "".join(page.live)
    assert re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL).count("</details>") == 2


def test_commands_and_a_mark_of_ours_are_disarmed_in_markdown_too() -> None:
    """GitLab obeys `/approve`, GitHub's runner `::error::`; the mark would make another comment look like ours."""
    block = Block("a.example", PASSED, "s", "one\n/approve\n::error::x\n<!-- mtasts:comment run=1.1 -->")
    text = _comment(Part("gate", "", "gate", PASSED, "b", "", (block,)))
    assert "\n /approve\n\\x3a:error::x\n" in text
    assert "<!-- mtasts:" not in text


@pytest.mark.parametrize(
    "url", ["http://x.example/a", "https://x.example/a)](", "javascript:alert(1)", "https://x.example/a b", ""]
)
def test_an_origin_of_another_form_is_left_out(url: str) -> None:
    """The link is the only one in a comment; its address comes from the environment of the job."""
    assert Origin(url, "not a commit").line() == ""
