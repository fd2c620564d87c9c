"""Parts as SARIF 2.1.0, which GitHub's code scanning turns into annotations beside the lines of a pull request."""

import hashlib
import urllib.parse
from collections.abc import Sequence
from typing import Any

from mtasts.render.ci.parts import Annotation, AnnotationLevel, Part, annotations
from mtasts.render.escape import terminal
from mtasts.render.runner import dumps

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# GitHub takes 25,000 results of a run and shows 5,000.
RESULTS_LIMIT = 5000
_RANK = {AnnotationLevel.ERROR: 0, AnnotationLevel.WARNING: 1, AnnotationLevel.NOTE: 2}


def sarif(parts: Sequence[Part], version: str) -> str:
    """One log with one run; the errors first, and each finding once however many parts have it."""
    every = sorted(annotations(parts), key=lambda one: _RANK[one.level])
    found, more = every[:RESULTS_LIMIT], len(every[RESULTS_LIMIT:])
    codes = sorted({one.code for one in found})
    driver = {
        "name": "mtasts",
        "version": version,
        "rules": [{"id": terminal(code), "shortDescription": {"text": _message(code)}} for code in codes],
    }
    numbers = {code: number for number, code in enumerate(codes)}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, numbers[one.code]) for one in found],
    }
    if more:
        told = {"level": "warning", "message": {"text": f"{more} more findings are not listed here"}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [told]}]
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(one: Annotation, rule: int) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": max(one.line, 1)}
    if one.line and one.column:
        region["startColumn"] = one.column
    location = {"artifactLocation": {"uri": _uri(one.path), "uriBaseId": "%SRCROOT%"}, "region": region}
    # Not of the line: a finding that moves with its lines stays the same alert.
    same = "\0".join((one.path, one.code, one.message)).encode("utf-8", "replace")
    return {
        "ruleId": terminal(one.code),
        "ruleIndex": rule,
        "level": one.level.value,
        "message": {"text": _message(one.message)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"mtastsFinding/v1": hashlib.sha256(same).hexdigest()[:32]},
    }


def _message(text: str) -> str:
    """Plain text. SARIF 3.11: brackets make a link, braces a placeholder."""
    shown = terminal(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return shown.replace("{", "{{").replace("}", "}}") or "-"


def _uri(path: str) -> str:
    """A relative reference: a path may hold what a URI may not, and must not climb or begin like one with a scheme."""
    steps = [step for step in path.split("/") if step not in ("", ".", "..")]
    return urllib.parse.quote("/".join(steps).encode("utf-8", "replace"), safe="/") or "unknown"
