"""Checking and diffing by the tables of inputs: every input refused by name, every change at its path."""

import pytest

from mtasts_sandbox.cloud.fields import Failure, check, diff, flag, many, nested, number, strings, text, texts
from mtasts_sandbox.cloud.values import UNKNOWN

TABLE = {
    "name": text(required=True, replaces=True),
    "mode": text("on", "off", default="on"),
    "ttl": number(60, 86_400),
    "enabled": flag(),
    "tags": strings(),
    "values": texts(),
    "zones": texts(replaces=True),
    "rule": nested(owner=text("us", "them", required=True), strict=flag(default=False)),
    "origins": many(1, 2, id=text(required=True)),
}


def problems(**inputs):
    return check(TABLE, inputs, "aws:x/y:Y")[1]


def test_defaults_are_filled_in_at_every_depth():
    """What is not given gets its default, in nested objects too; what has none stays away."""
    checked, failures = check(TABLE, {"name": "a", "rule": {"owner": "us"}}, "aws:x/y:Y")
    assert failures == []
    assert checked == {"name": "a", "mode": "on", "rule": {"owner": "us", "strict": False}}


@pytest.mark.parametrize(
    ("inputs", "path", "part"),
    [
        ({"name": "a", "websites": 1}, "websites", "has no input 'websites'"),
        ({"name": "a", "rule": {"owner": "us", "extra": 1}}, "rule.extra", "has no input 'rule.extra'"),
        ({"name": "a", "origins": [{"id": "x", "shield": 1}]}, "origins[0].shield", "has no input 'origins[0].shield'"),
        ({}, "name", "Missing required property 'name'"),
        ({"name": "a", "rule": {}}, "rule.owner", "Missing required property 'rule.owner'"),
        ({"name": "a", "mode": "ON"}, "mode", "expected mode to be one of ['on', 'off'], got 'ON'"),
        ({"name": "a", "rule": {"owner": "all"}}, "rule.owner", "expected rule.owner to be one of"),
        ({"name": "a", "ttl": 59}, "ttl", "in the range (60 - 86400), got 59"),
        ({"name": "a", "ttl": 86_401}, "ttl", "in the range (60 - 86400), got 86401"),
        ({"name": "a", "ttl": True}, "ttl", "ttl: True is not a number"),
        ({"name": "a", "enabled": "yes"}, "enabled", "enabled: 'yes' is not a flag"),
        ({"name": ["a"]}, "name", "name: ['a'] is not a text"),
        ({"name": "a", "values": "one"}, "values", "values: 'one' is not a list"),
        ({"name": "a", "values": [{}]}, "values[0]", "values[0]: {} is not a text"),
        ({"name": "a", "origins": []}, "origins", "origins: 0 items, 1 to 2 are possible"),
        ({"name": "a", "origins": [{"id": "x"}] * 3}, "origins", "origins: 3 items, 1 to 2 are possible"),
    ],
)
def test_a_wrong_input_is_refused_at_its_path(inputs, path, part):
    """One failure, at the input that is wrong, and no other."""
    failures = problems(**inputs)
    assert [failure.path for failure in failures] == [path]
    assert part in failures[0].reason


def test_all_wrong_inputs_are_told_at_once():
    """A person fixes them in one go."""
    assert [failure.path for failure in problems(what=1, mode="x", ttl=1)] == ["mode", "name", "ttl", "what"]


@pytest.mark.parametrize("name", ["name", "mode", "ttl", "enabled", "tags", "values", "rule", "origins"])
def test_what_is_not_known_yet_is_not_refused(name):
    """In a preview any input may stand for something another resource will give."""
    assert problems(**({"name": "a"} | {name: UNKNOWN})) == []


def test_the_bridge_s_own_conversions():
    """Text from numbers and flags, flags from words, as Terraform's types allow."""
    checked, failures = check(TABLE, {"name": 7, "enabled": "true", "values": [1, True]}, "aws:x/y:Y")
    assert (checked["name"], checked["enabled"], checked["values"], failures) == ("7", True, ["1", "true"], [])


BASE = {
    "name": "a",
    "mode": "on",
    "tags": {"team": "mail", "cost-centre": "7"},
    "values": ["x", "y"],
    "rule": {"owner": "us", "strict": False},
    "origins": [{"id": "o"}],
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"values": ["y", "x"]}, {}),
        ({"name": "b"}, {"name": ("update", True)}),
        ({"name": UNKNOWN}, {"name": ("update", True)}),
        ({"mode": "off"}, {"mode": ("update", False)}),
        ({"ttl": 60}, {"ttl": ("add", False)}),
        ({"tags": {"team": "web", "cost-centre": "7"}}, {"tags.team": ("update", False)}),
        ({"tags": {"team": "mail"}}, {'tags["cost-centre"]': ("delete", False)}),
        ({"values": ["x", "y", "z"]}, {"values[2]": ("add", False)}),
        ({"values": ["x"]}, {"values[1]": ("delete", False)}),
        ({"values": UNKNOWN}, {"values": ("update", False)}),
        ({"zones": ["z"]}, {"zones": ("add", True)}),
        ({"rule": {"owner": "them", "strict": False}}, {"rule.owner": ("update", False)}),
        ({"rule": UNKNOWN}, {"rule": ("update", False)}),
        ({"origins": [{"id": "q"}, {"id": "o"}]}, {"origins[1]": ("add", False)}),
        ({"origins": [{"id": "p"}]}, {"origins[0].id": ("update", False)}),
    ],
)
def test_each_change_is_told_at_its_path(changes, expected):
    """The engine shows exactly what changes; only a replacing input replaces; a set has no order."""
    assert diff(TABLE, BASE, BASE | changes) == expected


def test_a_list_that_is_empty_or_missing_is_the_same():
    """Terraform keeps no difference between them, so no update comes of it."""
    assert diff(TABLE, {"name": "a", "values": []}, {"name": "a"}) == {}
    assert diff(TABLE, {"name": "a"}, {"name": "a", "tags": {}}) == {}


def test_a_failure_is_a_value():
    """Path and reason are what the engine prints."""
    assert problems(mode="on") == [Failure("name", "Missing required property 'name'")]
