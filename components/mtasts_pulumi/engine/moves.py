"""Moves of what is published: what the engine's state says of where it is, held against what is to be published."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mtasts.app.moves import delegation_ttl
from mtasts.changes.moves import Placed, move_problems, next_step
from mtasts.live.project import Project
from mtasts.policy.config import DomainPolicy
from mtasts.policy.inputs import InputProblem
from mtasts_pulumi.engine.placed import known_places, places_of


def torn_out(
    policies: Sequence[DomainPolicy], project: Project, stack: str, state: Mapping[str, Any]
) -> list[InputProblem]:
    """What would tear published domains out of where they are: their zone, or their policy host.

    `state`: the engine's, a `deployment` object. Raises CannotLook when the settings of the stack cannot be read.
    """
    return list(move_problems(policies, places_of(state), datetime.now(UTC), delegation_ttl(project, stack)))


def next_steps(policies: Sequence[DomainPolicy], project: Project, stack: str, environ: Mapping[str, str]) -> list[str]:
    """For each domain that moves what comes next, one line each. Raises CannotLook as torn_out does."""
    moving = [policy for policy in policies if policy.leaving is not None]
    if not moving:
        return []
    placed, now, ttl = known_places(project, stack, environ), datetime.now(UTC), delegation_ttl(project, stack)
    return [next_step(policy, placed.get(policy.domain, Placed(frozenset())), now, ttl) for policy in moving]
