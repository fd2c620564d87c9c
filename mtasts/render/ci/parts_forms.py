"""Parts in the forms that CI servers read: JUnit XML, GitLab's Code Quality JSON, GitHub's workflow commands."""

import hashlib
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from mtasts.render.ci.comment import WORDS
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Part, PartState
from mtasts.render.ci.sarif import annotations
from mtasts.render.escape import github, github_property, html, terminal
from mtasts.render.runner import dumps, in_xml

_SEVERITY = {AnnotationLevel.ERROR: "major", AnnotationLevel.WARNING: "minor", AnnotationLevel.NOTE: "info"}
_COMMAND = {AnnotationLevel.ERROR: "error", AnnotationLevel.WARNING: "warning", AnnotationLevel.NOTE: "notice"}
# The element that says so, and whether it is counted as a failure or an error.
_ELEMENT = {PartState.BLOCKED: "failure", PartState.FAILED: "error", PartState.NOTHING: "skipped"}


def junit(parts: Sequence[Part]) -> str:
    """A test suite for each part, a test case for each domain in it.

    What is blocked fails, what could not be looked at is an error, what does not change is skipped. A part without
    domains, or whose own state none of them has, is a case of its own: a part that failed never looks passed.
    """
    suites = [_suite(part) for part in parts]
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="mtasts">', *suites, "</testsuites>\n"]
    )


def code_quality(parts: Sequence[Part]) -> str:
    """GitLab's own form: an array of issues, shown beside the lines of a merge request."""
    return dumps([_issue(one) for one in annotations(parts)], indent=1) + "\n"


def workflow_commands(parts: Sequence[Part]) -> list[str]:
    """`::error file=...::...` lines, which GitHub's runner turns into annotations without any permission."""
    return [_command(one) for one in annotations(parts)]


def _suite(part: Part) -> str:
    cases = [(block.subject, block.state, block.summary) for block in part.blocks]
    if all(state is not part.state for _, state, _ in cases):
        cases.insert(0, (part.title, part.state, part.headline))
    counts = {element: sum(_ELEMENT.get(state) == element for _, state, _ in cases) for element in _ELEMENT.values()}
    name = f"{part.title} {part.stack}".strip()
    head = (
        f'<testsuite name={_attribute(name)} tests="{len(cases)}" failures="{counts["failure"]}" '
        f'errors="{counts["error"]}" skipped="{counts["skipped"]}">'
    )
    return "\n".join([head, *(_case(name, *case) for case in cases), "</testsuite>"])


def _case(suite: str, name: str, state: PartState, text: str) -> str:
    element = _ELEMENT.get(state)
    said = text or WORDS[state]
    inner = f"<{element} message={_attribute(said)}/>" if element else f"<system-out>{html(said)}</system-out>"
    return f"  <testcase classname={_attribute(suite)} name={_attribute(name)}>{inner}</testcase>"


def _issue(one: Annotation) -> dict[str, object]:
    same = "\0".join((one.path, one.code, one.message)).encode("utf-8", "replace")
    return {
        "description": terminal(one.message),
        "check_name": terminal(one.code),
        "fingerprint": hashlib.sha256(same).hexdigest(),
        "severity": _SEVERITY[one.level],
        "location": {"path": terminal(one.path), "lines": {"begin": max(one.line, 1)}},
    }


def _command(one: Annotation) -> str:
    place = f"file={github_property(terminal(one.path))}"
    if one.line:
        place += f",line={one.line}" + (f",col={one.column}" if one.column else "")
    title = github_property(terminal(one.code))
    return f"::{_COMMAND[one.level]} {place},title={title}::{github(terminal(one.message))}"


def _attribute(text: str) -> str:
    """Quoted and escaped; characters that XML 1.0 forbids are shown by their number first."""
    return in_xml(quoteattr(terminal(text)))
