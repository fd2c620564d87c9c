"""What a list has no room for is counted where the list ends: nothing is left out silently."""

import json

import pytest

from mtasts.render.ci import parts as parts_module
from mtasts.render.ci import sarif as sarif_module
from mtasts.render.ci.comment import comment
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Block, Part, PartState, from_json, to_json


def _part(*blocks: Block) -> Part:
    return Part("diff", "prod", "Diff", PartState.PASSED, "all is well", blocks=blocks)


def _marked(count: int) -> Block:
    marks = tuple(Annotation("a.yaml", n + 1, 1, AnnotationLevel.NOTE, f"c{n}", f"message {n}") for n in range(count))
    return Block("example.com", PartState.PASSED, "s", annotations=marks)


def test_domains_beyond_what_a_document_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one says how many more there are, and that one of them is blocked."""
    monkeypatch.setattr(parts_module, "BLOCKS_LIMIT", 5)
    blocks = [Block(f"d{n}.example", PartState.PASSED, "s") for n in range(8)]
    blocks[6] = Block("d6.example", PartState.BLOCKED, "s")
    (read,) = from_json(to_json([_part(*blocks)]).encode())
    assert [block.subject for block in read.blocks] == [
        "d0.example",
        "d1.example",
        "d2.example",
        "d3.example",
        "4 more",
    ]
    assert read.blocks[-1].state is PartState.BLOCKED
    (whole,) = from_json(to_json([_part(*blocks[:5])]).encode())
    assert whole.blocks[-1].subject == "d4.example"


def test_findings_beyond_what_a_domain_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for its annotations."""
    monkeypatch.setattr(parts_module, "ANNOTATIONS_LIMIT", 3)
    (read,) = from_json(to_json([_part(_marked(7))]).encode())
    assert [one.message for one in read.blocks[0].annotations[-2:]] == [
        "message 1",
        "5 more findings are not listed here",
    ]


def test_findings_beyond_what_a_comment_shows() -> None:
    """Twenty, and how many more."""
    body = comment([_part(_marked(23))], limit=60_000, rest="the log")
    assert "message 19" in body
    assert "message 20" not in body
    assert "- and 3 more" in body


def test_results_beyond_what_code_scanning_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """SARIF has a place for what the tool itself has to say (3.20)."""
    monkeypatch.setattr(sarif_module, "RESULTS_LIMIT", 4)
    (run,) = json.loads(sarif_module.sarif([_part(_marked(9))], "1"))["runs"]
    assert len(run["results"]) == 4
    (invocation,) = run["invocations"]
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "5 more findings are not listed here"
    (whole,) = json.loads(sarif_module.sarif([_part(_marked(4))], "1"))["runs"]
    assert "invocations" not in whole
