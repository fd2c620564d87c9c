"""Results of `mtasts lint` about a record, a policy, or whether a pattern covers an MX host; as text or JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from mtasts.protocol.mta_sts import Policy, TxtRecord
from mtasts.protocol.problem import Problem, Reading
from mtasts.protocol.tls_rpt import TlsRptRecord
from mtasts.render.escape import terminal
from mtasts.render.runner import dumps

Fields = Mapping[str, str | int | Sequence[str]]


def fields_of(value: TxtRecord | Policy | TlsRptRecord | None) -> Fields:
    """The fields that senders use, by their names on the wire; none of what is invalid, as senders take none."""
    match value:
        case TxtRecord():
            return {"id": value.id}
        case Policy():
            return {"mode": value.mode.value, "max_age": value.max_age, "mx": list(value.mx)}
        case TlsRptRecord():
            return {"rua": list(value.rua)}
    return {}


def reading_json(reading: Reading[TxtRecord] | Reading[Policy] | Reading[TlsRptRecord]) -> str:
    """One JSON object; docs/reference/lint.md documents it."""
    problems = [{**asdict(problem), "severity": problem.severity.value} for problem in reading.problems]
    return _dump({"valid": reading.valid, "fields": fields_of(reading.value), "problems": problems})


def reading_text(what: str, reading: Reading[TxtRecord] | Reading[Policy] | Reading[TlsRptRecord]) -> str:
    """The verdict, the fields, and a line for each problem."""
    lines = [f"{what}: {'valid' if reading.valid else 'invalid'}"]
    for name, value in fields_of(reading.value).items():
        values = [value] if isinstance(value, str | int) else value
        lines += [f"  {name}: {terminal(str(item))}" for item in values]
    lines += [_problem_line(problem) for problem in reading.problems]
    return "".join(f"{line}\n" for line in lines)


def cover_json(host: str, patterns: Sequence[str], covering: Sequence[str]) -> str:
    """One JSON object; docs/reference/lint.md documents it."""
    return _dump({"host": host, "patterns": list(patterns), "covered": bool(covering), "by": list(covering)})


def cover_text(host: str, covering: Sequence[str]) -> str:
    """One line."""
    if covering:
        return f"{terminal(host)}: covered by {', '.join(map(terminal, covering))}\n"
    return f"{terminal(host)}: covered by no pattern (RFC 8461 s4.1)\n"


def _problem_line(problem: Problem) -> str:
    return f"{problem.severity}: {terminal(problem.message)} [{problem.code}, {problem.section}]"


def _dump(document: object) -> str:
    return dumps(document, indent=2) + "\n"
