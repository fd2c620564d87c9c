"""The file between the checks and the comment: what is written is read, and nothing else is."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mtasts.render.ci.parts import (
    BLOCKS_LIMIT,
    LINE_LIMIT,
    MARKDOWN_LIMIT,
    NUMBER_LIMIT,
    Annotation,
    AnnotationLevel,
    BadParts,
    Block,
    Part,
    PartState,
    from_json,
    schema,
    to_json,
)

FOUND = Annotation("policies/prod/example.com.yaml", 3, 7, AnnotationLevel.ERROR, "enforce-unproven", "3 of 14 days")
BLOCK = Block("example.com", PartState.BLOCKED, "not enough evidence", "| a |\n|---|", (FOUND,))
PART = Part("gate", "prod", "gate", PartState.BLOCKED, "Blocked.", "Wait.", (BLOCK,))

words = st.text(max_size=30)
annotations = st.builds(
    Annotation, words, st.integers(0, 99), st.integers(0, 99), st.sampled_from(AnnotationLevel), words, words
)
blocks = st.builds(Block, words, st.sampled_from(PartState), words, words, st.lists(annotations, max_size=3).map(tuple))
kinds = st.sampled_from(["diff", "gate", "preview", "verify", "ready"])
parts = st.builds(
    Part, kinds, words, words, st.sampled_from(PartState), words, words, st.lists(blocks, max_size=3).map(tuple)
)


@settings(max_examples=60)
@given(st.lists(parts, max_size=3))
def test_what_is_written_is_read(made: list[Part]) -> None:
    """Any text, in ASCII."""
    text = to_json(made)
    assert text.isascii()
    assert from_json(text.encode()) == tuple(made)


def test_the_schema_in_the_docs_is_the_one_that_is_read_by() -> None:
    """`json.dumps(schema(), indent=2)`; and it takes what we write, and refuses what we refuse."""
    page = json.loads((Path(__file__).parents[3] / "docs/reference/parts.schema.json").read_text())
    assert page == json.loads(json.dumps(schema()))
    judge = Draft202012Validator(page)
    document = json.loads(to_json([PART], {"any": "thing"}))
    assert list(judge.iter_errors(document)) == []
    document["parts"][0]["blocks"][0]["annotations"][0]["level"] = "fatal"
    assert [error.json_path for error in judge.iter_errors(document)] == ["$.parts[0].blocks[0].annotations[0].level"]


def test_details_are_for_others() -> None:
    """They are written as they are, and not looked at when read."""
    text = to_json([PART], {"any": ["thing", {"deep": None}]})
    assert json.loads(text)["details"] == {"any": ["thing", {"deep": None}]}
    assert from_json(text.encode()) == (PART,)


def test_what_is_too_long_is_shortened_with_a_mark() -> None:
    """So that whoever makes parts need not count; Markdown is never cut, but replaced by a word."""
    found = Annotation("p" * 9999, -1, 2**40, AnnotationLevel.NOTE, "c", "m" * 9999)
    block = Block("d", PartState.PASSED, "s" * 9999, "x" * (MARKDOWN_LIMIT + 1), (found,) * 999)
    (part,) = from_json(to_json([Part("diff", "", "t" * 9999, PartState.PASSED, "", "", (block,) * 2)]).encode())
    (first, _) = part.blocks
    assert (len(part.title), part.title[-1]) == (LINE_LIMIT, "…")
    assert first.markdown == "Too long to show here."
    assert len(first.annotations) == 200
    assert (first.annotations[0].line, first.annotations[0].column) == (0, NUMBER_LIMIT)


def test_too_many_domains_are_left_out() -> None:
    """More than 10,000 in one part."""
    (part,) = from_json(
        to_json([Part("diff", "", "t", PartState.PASSED, "", "", (BLOCK,) * (BLOCKS_LIMIT + 1))]).encode()
    )
    assert len(part.blocks) == BLOCKS_LIMIT


def test_lone_surrogates_become_question_marks() -> None:
    """JSON could carry them, but no forge would take them."""
    (part,) = from_json(to_json([Part("diff", "a\ud800b", "t", PartState.PASSED, "")]).encode())
    assert part.stack == "a?b"


def _with(**changed: object) -> bytes:
    document = json.loads(to_json([PART]))
    document["parts"][0] |= changed
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "Expected `object`"),
        (b"{}", "schema"),
        (b'{"schema": "mtasts-parts", "version": 2, "parts": []}', "version 1"),
        (b'{"schema": "mtasts-verify", "version": 1, "parts": []}', "mtasts-parts"),
        (b'{"schema": "mtasts-parts", "version": 1, "parts": [], "more\\u001b": 1}', "more\\x1b"),
        (b'{"schema": "mtasts-parts", "version": 1, "parts": [], "details": ' + b"[" * 200_000, "recursion"),
        (b" " * (64 * 1024 * 1024 + 1), "bytes"),
        (_with(kind="merge"), "merge"),
        (_with(state="fine"), "fine"),
        (_with(title="x" * (LINE_LIMIT + 1)), "length"),
        (_with(title=7), "Expected `str`"),
        (_with(blocks=None), "blocks"),
        (_with(surprise=1), "surprise"),
        (to_json([PART]).replace("Blocked.", "\\ud800").encode(), "surrogate"),
        (_with(blocks=[{"subject": "d", "state": "passed", "summary": "s", "annotations": [{"line": 2**31}]}]), "line"),
    ],
    ids=range(17),
)
def test_anything_else_is_refused_in_one_line(text: bytes, said: str) -> None:
    """Printable, short, and it names the place where there is one."""
    with pytest.raises(BadParts) as caught:
        from_json(text)
    line = str(caught.value)
    assert said in line
    assert line.isprintable()
    assert len(line) <= 300


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda cut: to_json([PART]).encode()[: len(cut) * 25]))
def test_no_bytes_do_harm(text: bytes) -> None:
    """Either parts or BadParts."""
    with suppress(BadParts):
        assert all(isinstance(part, Part) for part in from_json(text))
