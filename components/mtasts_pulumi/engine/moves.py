"""Moves of what is published: what the engine's state says of where it is, held against what is to be published."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mtasts.app.moves import delegation_ttl
from mtasts.changes.moves import Placed, move_problems, next_step
from mtasts.changes.releases import release_problems
from mtasts.live.project import Project
from mtasts.policy.config import DomainPolicy
from mtasts.policy.held import released_in
from mtasts.policy.inputs import InputProblem
from mtasts_pulumi.engine.placed import known_places, places_of
from mtasts_pulumi.engine.state import read_state


def torn_out(
    policies: Sequence[DomainPolicy], project: Project, stack: str, state: Mapping[str, Any]
) -> list[InputProblem]:
    """What would tear published domains out of where they are: their zone, their policy host, or another tool's hands.

    `state`: the engine's, a `deployment` object. Raises CannotLook when the settings of the stack cannot be read.
    """
    there = read_state(state)
    released = {domain: at for domain, at in released_in(there.desired).items() if domain not in there.domains}
    return [
        *move_problems(policies, places_of(state), datetime.now(UTC), delegation_ttl(project, stack)),
        *release_problems(policies, there.domains, released),
    ]


def next_steps(policies: Sequence[DomainPolicy], project: Project, stack: str, environ: Mapping[str, str]) -> list[str]:
    """For each domain that moves what comes next, one line each. Raises CannotLook as torn_out does."""
    moving = [policy for policy in policies if policy.leaving is not None]
    if not moving:
        return []
    placed, now, ttl = known_places(project, stack, environ), datetime.now(UTC), delegation_ttl(project, stack)
    return [next_step(policy, placed.get(policy.domain, Placed(frozenset())), now, ttl) for policy in moving]
