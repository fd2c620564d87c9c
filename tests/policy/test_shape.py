"""The quick checks say what jsonschema says, of anything."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mtasts.policy.layer import KEYS
from mtasts.policy.schema import DEFAULTS_SCHEMA, POLICY_SCHEMA
from mtasts.policy.shape import compile_schema, misfits
from mtasts.policy.yaml_text import NotText
from tools.schemas import FILES, POLICIES, text_of

SCHEMAS = {"policy": POLICY_SCHEMA, "defaults": DEFAULTS_SCHEMA}
FITS = {name: compile_schema(schema) for name, schema in SCHEMAS.items()}
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}

_texts = st.sampled_from(
    [
        *[
            "",
            "a",
            "example.com",
            "testing",
            "enforce",
            "none",
            "None",
            "1d",
            "2w",
            "1d\n",
            "\u0663d",
            "x1d",
            "99999999w",
        ],
        *["route53", "cloudflare", "Z1", "a-b", "-a", "A", "a..b", "a\n"],
        *["a" * length for length in (64, 65, 200, 201, 253, 254, 255, 256, 4000, 4001)],
    ]
)
_numbers = st.sampled_from(
    [0, 1, 29, 30, 86400, 86401, 31557600, 31557601, -1, 10**30, 1.0, 30.5, float("inf"), float("nan")]
)
_scalars = _texts | _numbers | st.booleans() | st.none() | st.builds(NotText, st.just("no"), st.just("a boolean"))
_lists = st.lists(_texts | _scalars, max_size=4) | st.sampled_from(
    [[str(n) for n in range(count)] for count in (10, 11, 100, 101)]
)
_keys = st.sampled_from(["domain", "rua", "provider", "zone", "extra"])
_values = _scalars | _lists | st.dictionaries(_keys, _scalars | _lists, max_size=3)
_all_keys = [*POLICY_SCHEMA["properties"], "rua", "extra"]
_anything = st.dictionaries(st.sampled_from(_all_keys), _values, max_size=5) | _values

_WAIVER = {"reason": "x", "until": "2026-12-31"}
_until_entries = st.dictionaries(
    st.sampled_from(["reason", "until", "mx"]), st.sampled_from(["x", "2026-12-31", "2026-12-31\n", "26-12-31", 1])
)
_right = {
    "domain": st.just("example.com"),
    "mode": st.sampled_from(["testing", "enforce", "none"]),
    "max_age": st.sampled_from([1, 31557600, "1d", "2w"]),
    "mx": st.lists(st.sampled_from(["a.example", "*.b.example"]), unique=True),
    "tls_rpt": st.fixed_dictionaries({"rua": st.just(["mailto:a@example.com"])}),
    "ttl": st.sampled_from([30, 86400, "1h"]),
    "dns": st.dictionaries(st.sampled_from(["provider", "zone"]), st.sampled_from(["route53", "cloudflare"])),
    "host_group": st.sampled_from(["a", "a-b.c"]),
    "owner": st.just("x"),
    "notes": st.just(""),
    "rollout": st.fixed_dictionaries(
        {},
        optional={
            "window": st.sampled_from([6, 7, 90, 91]),
            "hold": st.sampled_from(["", "x", "x" * 500, "x" * 501]),
            "accept_little_evidence": _until_entries,
            "waivers": st.lists(_until_entries, max_size=2)
            | st.sampled_from([[{}] * 50, [_WAIVER] * 50, [_WAIVER] * 51]),
        },
    ),
}
_nearly_right = st.tuples(
    st.fixed_dictionaries(
        {"domain": _right["domain"]}, optional={key: _right[key] for key in _right if key != "domain"}
    ),
    st.dictionaries(st.sampled_from(_all_keys), _values, max_size=1),
).map(lambda parts: parts[0] | parts[1])


@pytest.mark.parametrize("name", SCHEMAS)
@given(value=_nearly_right | _anything)
@settings(max_examples=1500)
def test_the_quick_check_is_jsonschemas_answer(name, value):
    """Never one without the other: a right file is not turned down, a wrong one is not let by."""
    assert FITS[name](value) is VALIDATORS[name].is_valid(value)


@pytest.mark.parametrize("name", SCHEMAS)
@given(value=_nearly_right)
@settings(max_examples=200)
def test_there_is_a_misfit_where_the_shape_is_wrong(name, value):
    """What the quick check turns down has at least one finding to show."""
    assert bool(list(misfits(value, SCHEMAS[name]))) is not FITS[name](value)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "format": "email"},
        {"minLength": 1},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "array", "uniqueItems": True},
        {"type": "integer", "enum": [1]},
        {"type": "object", "properties": {"a": {"type": "string", "const": "b"}}},
    ],
)
def test_a_keyword_without_a_quick_check_is_refused(schema):
    """Nobody can add a keyword to the schema that the quick check would pass over."""
    with pytest.raises(ValueError, match="no quick check"):
        compile_schema(schema)


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
