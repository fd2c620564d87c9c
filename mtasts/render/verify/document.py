"""`mtasts verify --json`: one document, written domain by domain. docs/reference/verify.schema.json describes it.

Here are both its writer and, of the fields that a reviewer's comment needs, its reader.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from mtasts.render.ci.parts import BLOCKS_LIMIT, MANY, Line
from mtasts.render.runner import dumps, in_json
from mtasts.render.verify.forms import Form
from mtasts.verify.findings import Finding, Findings, State
from mtasts.verify.plain import plain, stamp

SCHEMA = "mtasts-verify"
SCHEMA_VERSION = 1
_ENCODER = msgspec.json.Encoder()


class ReadFinding(Struct, frozen=True):
    """A finding, as it is read back."""

    check: Line
    level: Line
    state: Line
    subject: Line
    code: Line
    text: Line
    remedy: Line


class ReadDomain(Struct, frozen=True):
    """A domain, as it is read back."""

    domain: Line
    passed: bool
    would_deliver_in_enforce: Line
    reasons: Annotated[tuple[Line, ...], MANY]
    findings: Annotated[tuple[ReadFinding, ...], MANY]


class ReadDocument(Struct, frozen=True):
    """The whole document, as it is read back."""

    domains: Annotated[tuple[ReadDomain, ...], Meta(max_length=BLOCKS_LIMIT)]


def opening(now: datetime) -> str:
    """The document up to the first domain."""
    head = dumps({"schema": SCHEMA, "version": SCHEMA_VERSION, "at": stamp(now)})
    return f'{head[:-1]}, "domains": ['


def domain(found: Findings, *, first: bool) -> str:
    """One domain, with the comma that parts it from the one before."""
    return ("\n" if first else ",\n") + _encoded(domain_value(found))


def closing(verdicts: int, passed: int) -> str:
    """The end of the document, with the counts."""
    summary = {"domains": verdicts, "passed": passed, "with_findings": verdicts - passed}
    return f'\n], "summary": {dumps(summary)}}}'


def domain_value(found: Findings) -> dict[str, Any]:
    """One domain as JSON values."""
    policy = found.policy
    return {
        "domain": found.observed.domain,
        "passed": found.passed,
        "would_deliver_in_enforce": found.delivers.value,
        "reasons": [finding.line for finding in found.reasons],
        "counts": {state.value: _count(found.findings, state) for state in State},
        "policy": {"mode": policy.mode.value, "max_age": policy.max_age, "mx": list(policy.mx)} if policy else None,
        "findings": [_finding(finding) for finding in found.findings],
        "observed": _observed(found),
    }


def _encoded(value: dict[str, Any]) -> str:
    """ASCII, whatever the terminal's encoding. The faster encoder leaves other characters as they are."""
    fast = _ENCODER.encode(value)
    return in_json(fast.decode("ascii")) if fast.isascii() else dumps(value, separators=(",", ":"))


def _count(findings: Iterable[Finding], state: State) -> int:
    return sum(finding.state is state for finding in findings)


def _finding(finding: Finding) -> dict[str, str]:
    """By hand rather than by `plain`: a domain has some forty of them."""
    return {
        "check": finding.check,
        "level": finding.level.value,
        "state": finding.state.value,
        "subject": finding.subject,
        "code": finding.code,
        "text": finding.text,
        "result_type": finding.result_type,
        "source": finding.source,
        "remedy": finding.remedy,
    }


def _observed(found: Findings) -> Any:
    value = plain(found.observed)
    for shown, fetch in zip(value["fetches"], found.observed.fetches, strict=True):
        shown["body_text"] = _text(fetch.body)
    if found.observed.unnamed is not None:
        value["unnamed"]["body_text"] = _text(found.observed.unnamed.body)
    return value


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


FORM = Form(
    lambda found, run: domain(found, first=run.done == 0),
    opening=lambda run: opening(run.now),
    closing=lambda run: f"{closing(run.done, run.passed)}\n",
)
