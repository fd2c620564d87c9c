"""The forms that CI servers read: JUnit XML, GitLab's Code Quality JSON, GitHub's workflow commands.

`suite` and `command` are the only writers of their forms: what is shown differs, how it is escaped does not.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import quoteattr

from mtasts.render.ci.comment import WORDS
from mtasts.render.ci.parts import Annotation, AnnotationLevel, Part, PartState, annotations
from mtasts.render.escape import github, github_property, html, terminal
from mtasts.render.runner import dumps, in_xml

JUNIT_CLOSING = "</testsuites>"

_SEVERITY = {AnnotationLevel.ERROR: "major", AnnotationLevel.WARNING: "minor", AnnotationLevel.NOTE: "info"}
_COMMAND = {AnnotationLevel.ERROR: "error", AnnotationLevel.WARNING: "warning", AnnotationLevel.NOTE: "notice"}
# The element that says so, and whether it is counted as a failure or an error.
_ELEMENT = {PartState.BLOCKED: "failure", PartState.FAILED: "error", PartState.NOTHING: "skipped"}


@dataclass(frozen=True, slots=True)
class Case:
    """One test case. `said`: in a line; `code`: of what is blocked or failed; `more`: lines of it, if there are any."""

    name: str
    state: PartState
    said: str
    code: str = ""
    more: tuple[str, ...] = ()


def junit(parts: Sequence[Part]) -> str:
    """A test suite for each part, a test case for each domain in it.

    What is blocked fails, what could not be looked at is an error, what does not change is skipped. A part without
    domains, or whose own state none of them has, is a case of its own: a part that failed never looks passed.
    """
    return "\n".join([junit_opening("mtasts"), *map(_suite, parts), f"{JUNIT_CLOSING}\n"])


def code_quality(parts: Sequence[Part]) -> str:
    """GitLab's own form: an array of issues, shown beside the lines of a merge request."""
    return dumps([_issue(one) for one in annotations(parts)], indent=1) + "\n"


def workflow_commands(parts: Sequence[Part]) -> list[str]:
    """`::error file=...::...` lines, which GitHub's runner turns into annotations without any permission."""
    return [command(one.level, one.code, one.message, one) for one in annotations(parts)]


def junit_opening(name: str) -> str:
    """What a document of suites begins with; `name` is ours."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="{name}">'


def suite(name: str, cases: Sequence[Case], at: datetime | None = None, seconds: float = 0) -> str:
    """One `testsuite` element; with `at` it says when it was run and how long that took."""
    counts = Counter(_ELEMENT.get(case.state) for case in cases)
    timed = f' time="{seconds:.3f}" timestamp="{at:%Y-%m-%dT%H:%M:%S}"' if at else ""
    head = (
        f'<testsuite name={_attribute(name)} tests="{len(cases)}" failures="{counts["failure"]}" '
        f'errors="{counts["error"]}" skipped="{counts["skipped"]}"{timed}>'
    )
    # No check is timed by itself; but where a suite is, readers expect a time of each case.
    time = ' time="0"' if at else ""
    return "\n".join([head, *(_case(name, case, time) for case in cases), "</testsuite>"])


def command(level: AnnotationLevel, title: str, message: str, place: Annotation | None = None) -> str:
    """One workflow command; `place`: where in a file it shows."""
    where = _place(place) if place is not None else ""
    return f"::{_COMMAND[level]} {where}title={github_property(terminal(title))}::{github(terminal(message))}"


def _suite(part: Part) -> str:
    cases = [Case(block.subject, block.state, block.summary or WORDS[block.state]) for block in part.blocks]
    if all(case.state is not part.state for case in cases):
        cases.insert(0, Case(part.title, part.state, part.headline or WORDS[part.state]))
    return suite(f"{part.title} {part.stack}".strip(), cases)


def _case(suite_name: str, case: Case, time: str) -> str:
    opened = f"  <testcase classname={_attribute(suite_name)} name={_attribute(case.name)}{time}>"
    return f"{opened}{_inner(case)}</testcase>"


def _inner(case: Case) -> str:
    element = _ELEMENT.get(case.state)
    lines = "\n".join(map(html, case.more))
    if element is None:
        return f"<system-out>{lines or html(case.said)}</system-out>"
    kind = f" type={_attribute(case.code)}" if case.code else ""
    head = f"<{element}{kind} message={_attribute(case.said)}"
    return f"{head}>{lines}</{element}>" if lines else f"{head}/>"


def _issue(one: Annotation) -> dict[str, object]:
    same = "\0".join((one.path, one.code, one.message)).encode("utf-8", "replace")
    return {
        "description": terminal(one.message),
        "check_name": terminal(one.code),
        "fingerprint": hashlib.sha256(same).hexdigest(),
        "severity": _SEVERITY[one.level],
        "location": {"path": terminal(one.path), "lines": {"begin": max(one.line, 1)}},
    }


def _place(one: Annotation) -> str:
    line = f",line={one.line}" + (f",col={one.column}" if one.column else "") if one.line else ""
    return f"file={github_property(terminal(one.path))}{line},"


def _attribute(text: str) -> str:
    """Quoted and escaped; characters that XML 1.0 forbids are shown by their number first."""
    return in_xml(quoteattr(terminal(text)))
