"""`mtasts adopt --json`: one document, docs/reference/adopt-json.md describes it. Foreign texts are as they came."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from mtasts.adoption.compare import Compared
from mtasts.adoption.plan import AdoptionPlan
from mtasts.adoption.survey import Survey
from mtasts.verify.plain import plain

SCHEMA = "mtasts-adopt"
VERSION = 1  # grows when a meaning changes


def domain_value(
    plan: AdoptionPlan, survey: Survey, state: str, file: Mapping[str, str], compared: Compared | None = None
) -> dict[str, Any]:
    """One domain: `file` has its path and what was or would be written, `compared` the looks before and after."""
    record, policy = survey.view.txt.value, survey.view.policy
    body = next((body for body, reading in survey.view.bodies if reading.value is not None), None)
    return {
        "domain": plan.domain,
        "state": state,
        "provider": survey.provider,
        "zone": survey.zone,
        "file": dict(file),
        "today": {
            "id": record.id if record else None,
            "mode": policy.mode.value if policy else None,
            "max_age": policy.max_age if policy else None,
            "mx": list(policy.mx) if policy else [],
            "sha256": hashlib.sha256(body).hexdigest() if body is not None else None,
            **plain(plan.serving),
        },
        "accounts": plain(survey.accounts),
        "records": plain(plan.records),
        "steps": plain(plan.steps),
        "owners": plain(plan.owners),
        "to_know": list(plan.to_know),
        "obstacles": plain(plan.obstacles),
        "after": _compared(compared) if compared else None,
    }


def document(stack: str, result: str, domains: Sequence[Mapping[str, Any]], run: Mapping[str, Any] | None) -> Any:
    """The whole. `run`: what the engine did, as `mtasts up --json` has it; None where it did not run."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "stack": stack,
        "result": result,
        "domains": list(domains),
        "run": run,
    }


def _compared(compared: Compared) -> dict[str, Any]:
    return {"facts": plain(compared.facts), "checks": plain(compared.checks), "worse": list(compared.worse)}
