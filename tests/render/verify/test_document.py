"""`verify --json` against its documented schema, over every scene that the checks are proved by."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mtasts.render.verify import document as verify_json
from mtasts.verify import model
from mtasts.verify.findings import Delivers, Finding, Level, State
from mtasts.verify.run_checks import judge
from tests.verify.scenes import NOW, good
from tests.verify.test_checks import SCENES

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs" / "reference" / "verify.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def document(*names: str) -> Any:
    """The whole output for some scenes."""
    verdicts = [judge(SCENES[name][0](good()), NOW) for name in names]
    text = verify_json.opening(NOW)
    text += "".join(verify_json.domain(verdict, first=not number) for number, verdict in enumerate(verdicts))
    return json.loads(text + verify_json.closing(len(verdicts), sum(verdict.passed for verdict in verdicts)))


def test_the_schema_is_one() -> None:
    """Itself valid by its own dialect."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", SCENES)
def test_each_scene_is_as_the_schema_says(name: str) -> None:
    """No field more, none less, no other word."""
    VALIDATOR.validate(document(name))


def test_no_domain_and_many_domains_are_whole_documents() -> None:
    """The output is written piece by piece; it must still be one JSON value."""
    assert document()["summary"] == {"domains": 0, "passed": 0, "with_findings": 0}
    value = document("good", "no TXT", "mode none")
    VALIDATOR.validate(value)
    assert value["summary"] == {"domains": 3, "passed": 2, "with_findings": 1}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("answer", model.Answer),
        ("certificate", model.Certificate),
        ("trouble", model.Trouble),
        ("probe", model.MxProbe),
        ("host", model.MxHost),
        ("observed", model.Observed),
        ("finding", Finding),
    ],
)
def test_the_schema_has_exactly_the_fields_of_the_values(part: str, kind: type) -> None:
    """A new field needs a line in the schema, which allows no others."""
    assert dataclasses.is_dataclass(kind)
    fields = {field.name for field in dataclasses.fields(kind)} - {"decides"}  # between the checks and the verdict
    assert set(SCHEMA["$defs"][part]["properties"]) == set(SCHEMA["$defs"][part]["required"]) == fields


def test_the_schema_has_exactly_the_words_of_the_values() -> None:
    """A new state or outcome needs a word in the schema."""
    defs = SCHEMA["$defs"]
    assert defs["state"]["enum"] == [state.value for state in State]
    assert defs["finding"]["properties"]["level"]["enum"] == [level.value for level in Level]
    assert defs["domain"]["properties"]["would_deliver_in_enforce"]["enum"] == [each.value for each in Delivers]
    assert defs["probe"]["properties"]["outcome"]["enum"] == [outcome.value for outcome in model.LookOutcome]
    assert defs["answer"]["properties"]["kind"]["enum"] == [kind.value for kind in model.AnswerKind]
    assert defs["answer"]["properties"]["dnssec"]["enum"] == [state.value for state in model.Dnssec]


def test_the_evidence_file_shares_its_values() -> None:
    """probe.schema.json and verify.schema.json describe the same probe."""
    probe = json.loads((ROOT / "docs" / "reference" / "probe.schema.json").read_text(encoding="utf-8"))
    assert probe["$defs"] == {name: SCHEMA["$defs"][name] for name in probe["$defs"]}
