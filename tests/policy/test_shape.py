"""The schemas: valid by their draft, in step with the files that editors read, complete; and what does not fit them."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mtasts.policy.editor_schema import EDITOR_DEFAULTS_SCHEMA, EDITOR_POLICY_SCHEMA
from mtasts.policy.layer import KEYS
from mtasts.policy.schema import DEFAULTS_SCHEMA, POLICY_SCHEMA
from mtasts.policy.shape import Misfit, misfits
from tools.schemas import FILES, POLICIES, text_of

SCHEMAS = {
    "policy": POLICY_SCHEMA,
    "defaults": DEFAULTS_SCHEMA,
    "editor policy": EDITOR_POLICY_SCHEMA,
    "editor defaults": EDITOR_DEFAULTS_SCHEMA,
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_valid_draft_2020_12(name):
    """By the draft's own meta-schema."""
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", FILES)
def test_the_files_that_editors_read_are_in_step(name):
    """`python -m tools.schemas` writes them."""
    assert (POLICIES / name).read_text(encoding="utf-8") == text_of(FILES[name])


def test_every_key_is_described_and_nothing_else_is_allowed():
    """So that an editor can complete and explain each of them."""

    def check(schema):
        assert schema["description"]
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False
            for sub in schema["properties"].values():
                check(sub)

    for schema in SCHEMAS.values():
        check(schema)


def test_every_example_file_points_its_editor_to_the_schema():
    """The comment of yaml-language-server is the first line, and the file is there."""
    examples = [*POLICIES.glob("*/*.yaml"), *POLICIES.glob("*/*.yaml.example")]
    assert len(examples) >= 5
    for path in examples:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        mark, _, target = first.partition("$schema=")
        assert mark == "# yaml-language-server: "
        schema = json.loads((path.parent / target).read_text(encoding="utf-8"))
        assert ("domain" in schema["properties"]) is (path.name != "_defaults.yaml")
        assert Path(target).parent == Path("..")


def test_the_reference_documents_every_key():
    """docs/reference/yaml.md has a row for each, and none for a key that there is not."""
    text = (POLICIES.parent / "docs/reference/yaml.md").read_text(encoding="utf-8")
    table = text.partition("## Keys")[2].partition("A **duration**")[0]
    documented = {key for row in re.findall(r"^\| (`[^|]*`) \|", table, re.M) for key in re.findall(r"`([^`]+)`", row)}
    assert documented == set(KEYS)


def test_a_misfit_names_the_place_and_what_is_asked():
    """A domain's file needs its domain, the defaults may not have one."""
    assert list(misfits({"mode": "on"}, defaults=True)) == [
        Misfit(("mode",), "enum", ["testing", "enforce", "none"], "on")
    ]
    assert [found.keyword for found in misfits({}, defaults=False)] == ["required"]
    (unknown,) = misfits({"rollout": {"windo": 1}}, defaults=True)
    assert (unknown.path, unknown.keyword, unknown.asked[0]) == (("rollout",), "additionalProperties", "window")
