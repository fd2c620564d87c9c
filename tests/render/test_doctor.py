"""The forms of what `doctor` found."""

import json

import pytest

from mtasts.render.doctor import Found, State, all_well, as_json, as_text

FOUND = [
    Found("engine", State.OK, "3.259.0"),
    Found("reports", State.MISSING, "none", "`mtasts reports import PATH`"),
    Found("port 25", State.UNKNOWN, "DNS does not answer", "look again"),
]


def test_text_has_the_step_below_each_open_line() -> None:
    assert as_text(FOUND).split("\n") == [
        "ok        engine: 3.259.0",
        "missing   reports: none",
        "          next: `mtasts reports import PATH`",
        "unknown   port 25: DNS does not answer",
        "          next: look again",
        "1 missing, 1 unknown; begin with the first",
    ]
    assert as_text(FOUND[:1]).endswith("all is there that was looked at")


def test_json_has_all_of_it() -> None:
    told = json.loads(as_json(FOUND))
    assert told["ok"] is False
    assert told["found"][1] == {
        "subject": "reports",
        "state": "missing",
        "says": "none",
        "step": "`mtasts reports import PATH`",
    }


def test_what_is_unknown_is_not_well() -> None:
    assert all_well([FOUND[0], Found("x", State.NOTE, "y")])
    assert not all_well(FOUND[2:])


@pytest.mark.parametrize(("state", "step"), [(State.MISSING, ""), (State.OK, "do something")])
def test_an_open_line_has_one_step_and_no_other_has(state: State, step: str) -> None:
    with pytest.raises(ValueError, match="step"):
        Found("x", state, "y", step)
