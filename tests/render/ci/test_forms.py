"""Parts as SARIF, JUnit, Code Quality and workflow commands: right words, right places, nothing foreign loose."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from mtasts.render.ci.forms import code_quality, junit, workflow_commands
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Block, Part, PartState
from mtasts.render.ci.sarif import RESULTS_LIMIT, sarif
from tests.render.hostile import HOSTILE

ERROR, WARNING, NOTE = AnnotationLevel.ERROR, AnnotationLevel.WARNING, AnnotationLevel.NOTE
FOUND = Annotation("policies/prod/example.com.yaml", 3, 7, ERROR, "enforce-unproven", "3 of 14 days")
WHOLE = Annotation("policies/prod/über uns.yaml", 0, 0, NOTE, "mx-added", "may be put into DNS from 2026-12-05")


def _part(*found: Annotation, state: PartState = PartState.BLOCKED) -> Part:
    return Part("gate", "prod", "gate", state, "said", "", (Block("example.com", state, "why", "", found),))


def _run(*parts: Part) -> Any:
    document = json.loads(sarif(parts, "0.1.0"))
    assert (document["version"], len(document["runs"])) == ("2.1.0", 1)
    return document["runs"][0]


def test_sarif_has_a_rule_for_each_code_and_a_result_for_each_finding() -> None:
    """Errors first; ruleIndex points at the rule; a place without line is line 1, which code scanning asks for."""
    run = _run(_part(WHOLE, FOUND))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["enforce-unproven", "mx-added"]
    first, second = run["results"]
    assert (first["level"], first["ruleId"], first["ruleIndex"]) == ("error", "enforce-unproven", 0)
    assert first["message"] == {"text": "3 of 14 days"}
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "policies/prod/example.com.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 7},
    }
    assert (second["level"], second["ruleIndex"]) == ("note", 1)
    place = second["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "policies/prod/%C3%BCber%20uns.yaml"
    assert place["region"] == {"startLine": 1}


def test_sarif_names_a_finding_once_and_the_same_when_its_lines_move() -> None:
    """diff and gate find the same; an alert is not closed and opened because a line was added above."""
    run = _run(_part(FOUND), _part(FOUND))
    assert len(run["results"]) == 1
    moved = Annotation(FOUND.path, 9, 1, FOUND.level, FOUND.code, FOUND.message)
    other = Annotation(FOUND.path, 3, 7, FOUND.level, FOUND.code, "4 of 14 days")
    prints = [_run(_part(one))["results"][0]["partialFingerprints"] for one in (FOUND, moved, other)]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a:b/c?d#e", "a%3Ab/c%3Fd%23e"),
        ("", "unknown"),
    ],
)
def test_sarif_paths_stay_in_the_repository(path: str, uri: str) -> None:
    """Relative references only."""
    run = _run(_part(Annotation(path, 1, 1, ERROR, "c", "m")))
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_messages_have_no_links_and_no_placeholders() -> None:
    """SARIF 3.11: brackets and braces mean something in a message."""
    run = _run(_part(Annotation("a", 1, 1, ERROR, "c", "see [here](https://evil.example) {0}")))
    assert run["results"][0]["message"]["text"] == r"see \[here\](https://evil.example) {{0}}"


def test_sarif_holds_what_github_shows_and_the_errors_of_it() -> None:
    """6,000 notes and one error at their end."""
    notes = [Annotation("a", number, 1, NOTE, "c", str(number)) for number in range(1, 6001)]
    run = _run(_part(*notes, FOUND))
    assert len(run["results"]) == RESULTS_LIMIT
    assert run["results"][0]["level"] == "error"


def test_junit_has_a_suite_for_each_part_and_a_case_for_each_domain() -> None:
    """Blocked is a failure, could not look an error, nothing a skip."""
    states = {"a": PartState.PASSED, "b": PartState.BLOCKED, "c": PartState.FAILED, "d": PartState.NOTHING}
    part = Part(
        "gate", "prod", "gate", PartState.BLOCKED, "h", "", tuple(Block(n, s, "why") for n, s in states.items())
    )
    (suite,) = ET.fromstring(junit([part]).encode())
    assert suite.attrib == {"name": "gate prod", "tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert [(case.get("name"), case[0].tag) for case in suite] == [
        ("a", "system-out"),
        ("b", "failure"),
        ("c", "error"),
        ("d", "skipped"),
    ]
    assert suite[1][0].get("message") == "why"


def test_junit_never_shows_a_failed_part_as_passed() -> None:
    """A part without domains, and one whose domains are all well."""
    empty = Part("gate", "", "gate", PartState.FAILED, "it left no result")
    well = Part(
        "gate", "prod", "gate", PartState.BLOCKED, "the file is invalid", "", (Block("a", PartState.PASSED, ""),)
    )
    one, two = ET.fromstring(junit([empty, well]).encode())
    assert (one.get("errors"), one[0][0].get("message")) == ("1", "it left no result")
    assert (two.get("failures"), two.get("tests"), two[0][0].get("message")) == ("1", "2", "the file is invalid")


def test_code_quality_is_an_array_of_issues() -> None:
    """With the five fields that GitLab documents."""
    issues = json.loads(code_quality([_part(FOUND, WHOLE), _part(FOUND)]))
    assert [(one["description"], one["check_name"], one["severity"], one["location"]) for one in issues] == [
        ("3 of 14 days", "enforce-unproven", "major", {"path": FOUND.path, "lines": {"begin": 3}}),
        (WHOLE.message, "mx-added", "info", {"path": WHOLE.path, "lines": {"begin": 1}}),
    ]
    assert len({one["fingerprint"] for one in issues}) == 2


def test_workflow_commands_name_file_line_and_code() -> None:
    """As GitHub's runner reads them; a whole file has no line."""
    warned = Annotation("a,b:c.yaml", 0, 0, WARNING, "no-tls-rpt", "50% are\nwithout")
    assert workflow_commands([_part(FOUND, warned)]) == [
        "::error file=policies/prod/example.com.yaml,line=3,col=7,title=enforce-unproven::3 of 14 days",
        r"::warning file=a%2Cb%3Ac.yaml,title=no-tls-rpt::50%25 are\x0awithout",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_breaks_no_form(text: str) -> None:
    """Each form is still what it is, on as many lines as it has findings."""
    found = Annotation(text, 1, 1, ERROR, text, text)
    part = Part(
        "gate", text, text, PartState.BLOCKED, text, text, (Block(text, PartState.BLOCKED, text, "", (found,)),)
    )
    assert len(_run(part)["results"]) == 1
    assert sarif([part], "0.1.0").isascii()
    suite = ET.fromstring(junit([part]).encode())[0]
    assert [child.tag for case in suite for child in case] == ["failure"]
    assert len(json.loads(code_quality([part]))) == 1
    (line,) = workflow_commands([part])
    assert line.isprintable()
