"""The order of stacks: who waits for whom, and settings that give no order."""

import pytest

from mtasts.policy.stack_order import BadOrder, in_order


def names(after):
    return [stack.name for stack in in_order(after)]


def test_those_that_wait_for_none_come_first_by_name():
    assert names({"prod": "staging", "lab": None, "staging": ""}) == ["lab", "staging", "prod"]
    assert names({}) == []


def test_each_comes_after_the_one_that_it_waits_for():
    """However they are called, and over several steps."""
    assert names({"a": "b", "b": "c", "c": "d", "d": None}) == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ({"prod": "prod"}, {"prod": "the stack would wait for itself"}),
        ({"prod": "stagign", "staging": None}, {"prod": "no stack 'stagign'; stacks: prod, staging"}),
        ({"prod": 7, "staging": ["prod"]}, {"prod": "'7' is not", "staging": "\"['prod']\" is not"}),
        ({"a": "b", "b": "a", "c": None}, {"a": "wait for each other", "b": "none would begin: a, b"}),
    ],
)
def test_settings_that_give_no_order_are_all_named(after, says):
    with pytest.raises(BadOrder) as error:
        in_order(after)

    assert error.value.problems.keys() == says.keys()
    for stack, problem in says.items():
        assert problem in error.value.problems[stack]
