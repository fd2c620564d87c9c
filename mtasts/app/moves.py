"""Moves of what is published: where it is by the engine's state, held against where it is to be published."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mtasts.app.stack_state import stack_state
from mtasts.changes.diff import DomainDiff
from mtasts.changes.facts import DELEGATION_TTL, Facts
from mtasts.changes.moves import Placed, move_problems, next_step
from mtasts.errors import CannotLook
from mtasts.live.delegation import answering_zone
from mtasts.live.network import Network
from mtasts.live.project import Project, program_settings
from mtasts.policy.config import DomainPolicy
from mtasts.policy.inputs import InputProblem


def torn_out(
    policies: Sequence[DomainPolicy], placed: Mapping[str, Placed], project: Project, stack: str, now: datetime
) -> list[InputProblem]:
    """What would tear published domains out of where they are: their zone, or their policy host.

    Raises CannotLook when the settings of the stack cannot be read.
    """
    return list(move_problems(policies, placed, now, delegation_ttl(project, stack)))


def next_steps(
    policies: Sequence[DomainPolicy], project: Project, stack: str, environ: Mapping[str, str], now: datetime
) -> list[str]:
    """For each domain that moves what comes next, one line each. Raises CannotLook as torn_out does."""
    moving = [policy for policy in policies if policy.leaving is not None]
    if not moving:
        return []
    placed, ttl = stack_state().places(project, stack, environ), delegation_ttl(project, stack)
    return [next_step(policy, placed.get(policy.domain, Placed(frozenset())), now, ttl) for policy in moving]


def with_move(
    facts: Facts, diff: DomainDiff, project: Project | None, environ: Mapping[str, str], network: Network
) -> Facts:
    """The facts with those about a move that ends by this change: since when the delegation leads to the zone that
    stays, and where it leads now.

    What cannot be learned is left out, and no fact is never a pass. Raises CannotLook.
    """
    old, new = diff.old, diff.new
    if old is None or new is None or old.zones <= new.zones or project is None:
        return facts
    placed = stack_state().places(project, diff.stack, environ).get(diff.domain)
    return replace(
        facts,
        arrived=placed.since(new.dns) if placed else None,
        answering=asyncio.run(answering_zone(diff.domain, network)).zone,
        delegation_ttl=delegation_ttl(project, diff.stack),
    )


def delegation_ttl(project: Project, stack: str) -> int:
    """Seconds for which resolvers may keep an old delegation, by `mtasts:delegationTtl`. Raises CannotLook."""
    found = program_settings(project, stack).get("delegationTtl", DELEGATION_TTL)
    text = str(found)
    if isinstance(found, bool) or not (text.isascii() and text.isdecimal()):
        raise CannotLook(f"mtasts:delegationTtl is {text[:40]!r}, not a number of seconds", f"see Pulumi.{stack}.yaml")
    return int(text)
