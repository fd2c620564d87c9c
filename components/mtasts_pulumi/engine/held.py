"""Domains that a run holds as they were published last: what the engine's state has of them, and how they are told."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtasts.policy.config import DomainPolicy
from mtasts.policy.held import Settled, policy_of, released_in
from mtasts_pulumi.engine.outcome import DomainRow, Outcome, RunProblem
from mtasts_pulumi.engine.placed import places_of
from mtasts_pulumi.engine.state import read_state
from mtasts_pulumi.engine.steps import ResourceFacts

_HINT = "fix the file (`mtasts validate` lists every problem), and run it again; --strict publishes nothing meanwhile"


def last_published(deployment: Mapping[str, Any]) -> dict[str, DomainPolicy | None]:
    """Every domain that the `deployment` object of a state holds, as it was published last; None where it is not told.

    States from before the outputs had it tell nothing. Of a released domain a host still holds the name.
    """
    state = read_state(deployment)
    told = state.desired
    released = released_in(told).keys() & places_of(deployment).keys()
    every = {*state.domains, *state.published, *released}
    return {domain: policy_of(domain, told.get(domain)) for domain in sorted(every)}


def with_held(outcome: Outcome, settled: Settled) -> Outcome:
    """The outcome of a run in which files were wrong: each of their domains by name, and a failed run. Pure."""
    if not settled.problems:
        return outcome
    rows = {row.domain: row for row in outcome.domains}
    for domain, why in settled.held.items():
        row = rows.get(domain) or DomainRow(domain, ResourceFacts(), ResourceFacts(), (), "same", failed=True)
        rows[domain] = replace(row, failed=True, held=why)
    for domain in settled.left_out:
        rows[domain] = DomainRow(domain, ResourceFacts(), ResourceFacts(), (), "create", failed=True)
    return replace(
        outcome,
        result="failed" if outcome.result == "succeeded" else outcome.result,
        domains=tuple(rows[domain] for domain in sorted(rows)),
        problems=(*_told(settled), *outcome.problems),
    )


def _told(settled: Settled) -> tuple[RunProblem, ...]:
    held = [
        RunProblem(f"held as published: {domain}, because {why}", _HINT, domain) for domain, why in settled.held.items()
    ]
    left_out = [
        RunProblem(f"left out: {domain}, because {why}", _HINT, domain) for domain, why in settled.left_out.items()
    ]
    named = " ".join((*settled.held.values(), *settled.left_out.values()))
    more = [RunProblem(str(problem), _HINT) for problem in settled.problems if str(problem) not in named]
    return (*held, *left_out, *more)
