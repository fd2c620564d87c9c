"""What is told to a channel: changes, each once, as plain text."""

import json
import re

import pytest

from mtasts.render.ci.notice import changes, message
from mtasts.render.ci.parts import Block, Part, PartState
from tests.render.hostile import HOSTILE

BLOCKED, PASSED, FAILED = PartState.BLOCKED, PartState.PASSED, PartState.FAILED


def _verify(**states: PartState) -> Part:
    blocks = tuple(Block(f"{name}.example", state, f"why {name}") for name, state in states.items())
    return Part("verify", "prod", "verify", BLOCKED, "h", "", blocks)


def _ready(word: str, why: str) -> Part:
    state = PASSED if word == "ready" else BLOCKED
    return Part("ready", "prod", "ready", state, "h", "", (Block("a.example", state, f"{word}: {why}"),))


def test_the_first_run_tells_what_is_not_well() -> None:
    """A fleet that is well would be a flood."""
    found, told = changes([_verify(a=PASSED, b=BLOCKED)], {})
    assert [change.line for change in found] == ["⛔ verify b.example (prod): blocked: why b"]
    assert told == {"verify/prod/a.example": "passed", "verify/prod/b.example": "blocked"}


def test_the_same_again_is_not_told() -> None:
    """Nor when only the numbers behind it have changed."""
    _, told = changes([_verify(a=PASSED, b=BLOCKED), _ready("not enough evidence", "3 of 14 days")], {})
    found, after = changes([_verify(a=PASSED, b=BLOCKED), _ready("not enough evidence", "4 of 14 days")], told)
    assert found == ()
    assert after == told


def test_a_change_for_the_worse_and_one_for_the_better_are_told() -> None:
    """With what it was before."""
    _, told = changes([_verify(a=PASSED, b=BLOCKED)], {})
    found, _ = changes([_verify(a=FAILED, b=PASSED)], told)
    assert [change.line for change in found] == [
        "⚠️ verify a.example (prod): passed -> could not be judged: why a",
        "✅ verify b.example (prod): blocked -> passed: why b",
    ]


def test_the_three_words_of_ready_are_three_outcomes() -> None:
    """Not ready and not enough evidence both stop the flip, but they are not the same."""
    _, told = changes([_ready("not enough evidence", "3 of 14 days")], {})
    found, told = changes([_ready("not ready", "mx1 failed")], told)
    assert [change.line for change in found] == [
        "⛔ ready a.example (prod): not enough evidence -> not ready: mx1 failed"
    ]
    found, _ = changes([_ready("ready", "")], told)
    assert [change.line for change in found] == ["✅ ready a.example (prod): not ready -> ready"]


def test_a_domain_that_is_gone_is_forgotten_and_one_of_another_stack_is_not() -> None:
    """It comes back as new."""
    _, told = changes([_verify(a=BLOCKED)], {"verify/staging/a.example": "passed"})
    _, told = changes([_verify(b=PASSED)], told)
    assert told == {"verify/staging/a.example": "passed", "verify/prod/b.example": "passed"}


def test_a_check_that_failed_as_a_whole_is_told_once_and_forgets_nothing() -> None:
    """And its coming back is told."""
    broken = Part("verify", "prod", "verify", FAILED, "it left no result")
    _, told = changes([_verify(a=BLOCKED)], {})
    found, told = changes([broken], told)
    assert [change.line for change in found] == [
        "⚠️ verify the whole check (prod): could not be judged: it left no result"
    ]
    assert told["verify/prod/a.example"] == "blocked"
    assert changes([broken], told)[0] == ()
    found, told = changes([_verify(a=BLOCKED)], told)
    assert [change.line for change in found] == ["⛔ verify the whole check (prod): could not be judged -> blocked"]
    assert changes([_verify(a=BLOCKED)], told)[0] == ()


def test_the_message_has_a_title_the_lines_and_the_link() -> None:
    """As Slack takes it; `text` is for those that know no blocks."""
    found, _ = changes([_verify(a=BLOCKED)], {})
    value = message(found, "https://github.example/a/b/actions/runs/7")
    texts = [block["text"]["text"] for block in value["blocks"]]
    assert texts == [
        "MTA-STS: 1 outcome has changed",
        "⛔ verify a.example (prod): blocked: why a",
        "https://github.example/a/b/actions/runs/7",
    ]
    assert value["text"].startswith("MTA-STS: 1 outcome has changed\n")


def test_a_flood_is_cut_with_its_number() -> None:
    """Twenty lines, then how many more; within Slack's fifty blocks."""
    found, _ = changes([_verify(**{f"d{number}": BLOCKED for number in range(500)})], {})
    value = message(found)
    assert value["blocks"][0]["text"]["text"] == "MTA-STS: 500 outcomes have changed"
    assert value["blocks"][-1]["text"]["text"] == "and 480 more"
    assert len(value["blocks"]) == 22


@pytest.mark.parametrize(
    "text", [*HOSTILE, "<!channel> <@U123> <https://evil.example|click>", "@channel @here", "[a](https://evil.example)"]
)
def test_foreign_text_calls_nobody(text: str) -> None:
    """Blocks are plain text; in `text` no sign of Slack's or Mattermost's markup is left with an effect."""
    part = Part("verify", text, "verify", BLOCKED, text, "", (Block(text, BLOCKED, text),))
    found, _ = changes([part], {})
    value = message(found)
    json.dumps(value).encode("ascii")
    assert {block["text"]["type"] for block in value["blocks"]} == {"plain_text"}
    assert all(len(block["text"]["text"]) <= 300 for block in value["blocks"])
    assert not re.search(r"[<>]|@\w|\]\(|\[\w|://", value["text"])
    assert value["text"].replace("\n", "").replace("\u200b", "").isprintable()
