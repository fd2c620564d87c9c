"""Warnings kept beside a report, as JSON text."""

import json

from mtasts.protocol.problem import Problem, Severity


def write_notes(problems: tuple[Problem, ...]) -> str:
    """One line of JSON; "" for none."""
    if not problems:
        return ""
    rows = [[problem.severity, problem.code, problem.message, problem.section] for problem in problems]
    return json.dumps(rows, ensure_ascii=True, separators=(",", ":"))


def read_notes(text: str) -> tuple[Problem, ...]:
    """What `write_notes` wrote."""
    if not text:
        return ()
    return tuple(
        Problem(Severity(severity), code, message, section) for severity, code, message, section in json.loads(text)
    )
