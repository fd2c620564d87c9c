"""`mtasts ready --json`: one document, written domain by domain. docs/reference/ready.schema.json describes it.

Here are both its writer and, of the fields that a reviewer's comment needs, its reader.
"""

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from mtasts.render.ci.parts import BLOCKS_LIMIT, MANY, Line
from mtasts.render.runner import dumps
from mtasts.verdict.criterion import Criterion, ReadyState
from mtasts.verdict.ready import ReadyWindow, Verdict
from mtasts.verify.plain import stamp

SCHEMA = "mtasts-ready"
SCHEMA_VERSION = 1


class ReadCriterion(Struct, frozen=True):
    """A criterion, as it is read back."""

    code: Line
    have: int | Line
    need: int | Line
    met: bool
    missing: Line | None = None
    when: Line | None = None
    accepted: Line | None = None


class ReadDomain(Struct, frozen=True):
    """A domain's verdict, as it is read back."""

    domain: Line
    mode: Line
    state: ReadyState
    reasons: Annotated[tuple[Line, ...], MANY]
    criteria: Annotated[tuple[ReadCriterion, ...], MANY]
    earliest: Line | None = None
    to_look: Annotated[tuple[Line, ...], MANY] = ()


class ReadDocument(Struct, frozen=True):
    """The whole document, as it is read back."""

    domains: Annotated[tuple[ReadDomain, ...], Meta(max_length=BLOCKS_LIMIT)]


def opening(now: datetime, *, rehearsal: bool) -> str:
    """The document up to the first domain; `rehearsal`: judged as of another time than the clock's."""
    head = {"schema": SCHEMA, "version": SCHEMA_VERSION, "at": stamp(now), "rehearsal": rehearsal}
    return f'{dumps(head)[:-1]}, "domains": ['


def domain(verdict: Verdict, *, first: bool) -> str:
    """One domain, with the comma that parts it from the one before."""
    return ("\n" if first else ",\n") + dumps(verdict_value(verdict), separators=(",", ":"))


def closing(numbers: dict[ReadyState, int]) -> str:
    """The end of the document, with the counts."""
    summary = {"domains": sum(numbers.values())} | {state.name.lower(): numbers.get(state, 0) for state in ReadyState}
    return f'\n], "summary": {dumps(summary)}}}'


def verdict_value(verdict: Verdict) -> dict[str, Any]:
    """One domain as JSON values."""
    found = verdict.evidence
    return {
        "domain": verdict.domain,
        "mode": verdict.mode.value,
        "state": verdict.state.value,
        "ready": verdict.ready,
        "made_at": stamp(verdict.made_at),
        "expires_at": stamp(verdict.expires_at),
        "earliest": _moment(verdict.earliest),
        "reasons": list(verdict.reasons),
        "to_look": [f"{criterion.code}: {criterion.missing}" for criterion in verdict.to_look],
        "criteria": [_criterion(criterion) for criterion in verdict.criteria],
        "notes": list(verdict.notes),
        "window": _window(verdict.window),
        "evidence": {
            "reports": list(found.report_keys),
            "reporters": list(found.reporters),
            "strangers": list(found.strangers),
            "sessions": {"successes": found.successes, "failures": found.failures},
            "first": _moment(found.first),
            "last": _moment(found.last),
            "publication": found.publication,
            "looked_at": _moment(found.looked_at),
            "probed_at": _moment(found.probed_at),
            "probed_by": found.probed_by or None,
        },
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "code": criterion.code,
        "kind": criterion.kind.value,
        "have": criterion.have,
        "need": criterion.need,
        "met": criterion.met,
        "blocks": criterion.blocks,
        "look": criterion.look,
        "missing": criterion.missing or None,
        "when": _moment(criterion.when),
        "accepted": criterion.accepted or None,
        "detail": list(criterion.detail),
    }


def _window(window: ReadyWindow) -> dict[str, Any]:
    changed = window.changed
    return {
        "since": str(window.days.since),
        "until": str(window.days.until),
        "days": window.length,
        "begin": _moment(window.begin),
        "full_at": _moment(window.full_at),
        "published_everywhere": _moment(window.settled),
        "changed": None
        if changed is None
        else {
            "at": stamp(changed.at),
            "before": stamp(changed.before),
            "what": changed.what,
        },
        "watched_since": _moment(window.watched),
    }


def _moment(moment: datetime | date | None) -> str | None:
    """A time as a stamp, a day as YYYY-MM-DD, nothing as null."""
    if moment is None:
        return None
    return stamp(moment) if isinstance(moment, datetime) else str(moment)
