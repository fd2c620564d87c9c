"""Moves of what is published: what the engine's state says of where it is, held against what is to be published."""

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtasts.app.sandbox import with_sandbox
from mtasts.errors import CannotLook

if TYPE_CHECKING:
    from mtasts.changes.diff import DomainDiff
    from mtasts.live.project import Project
    from mtasts.policy.config import DomainPolicy
    from mtasts.policy.inputs import InputProblem


def torn_out(
    policies: "Sequence[DomainPolicy]", project: "Project", stack: str, state: Mapping[str, Any]
) -> "list[InputProblem]":
    """What would tear published domains out of where they are: their zone, or their policy host.

    `state`: the engine's, a `deployment` object. Raises CannotLook when the settings of the stack cannot be read.
    """
    from mtasts.changes.moves import move_problems
    from mtasts_pulumi.engine.placed import places_of

    placed = places_of(state)
    return list(move_problems(policies, placed, datetime.now(UTC), delegation_ttl(project, stack)))


def next_steps(
    policies: "Sequence[DomainPolicy]", project: "Project", stack: str, environ: Mapping[str, str]
) -> "list[str]":
    """For each domain that moves what comes next, one line each. Raises CannotLook as torn_out does."""
    from mtasts.changes.moves import Placed, next_step
    from mtasts_pulumi.engine.placed import known_places

    moving = [policy for policy in policies if policy.leaving is not None]
    if not moving:
        return []
    placed, now, ttl = known_places(project, stack, environ), datetime.now(UTC), delegation_ttl(project, stack)
    return [next_step(policy, placed.get(policy.domain, Placed(frozenset())), now, ttl) for policy in moving]


def how_far(args: argparse.Namespace, diff: "DomainDiff") -> "Mapping[str, Any]":
    """The facts about a move that ends by a change: since when the delegation leads to the zone that stays, and where
    it leads now. What cannot be learned is left out, and no fact is never a pass."""
    from mtasts.app.quotas import nearest_project
    from mtasts.cli.options import look as looking
    from mtasts.live.delegation import answering_zone
    from mtasts_pulumi.engine.placed import known_places

    old, new = diff.old, diff.new
    project = nearest_project(args.project or args.repo, Path.cwd())
    if old is None or new is None or old.zones <= new.zones or project is None:
        return {}
    environ = with_sandbox(os.environ) if args.sandbox else os.environ
    placed = known_places(project, diff.stack, environ).get(diff.domain)
    seen = asyncio.run(answering_zone(diff.domain, looking.network_of(args)))
    return {
        "arrived": placed.since(new.dns) if placed else None,
        "answering": seen.zone,
        "delegation_ttl": delegation_ttl(project, diff.stack),
    }


def delegation_ttl(project: "Project", stack: str) -> int:
    """Seconds for which resolvers may keep an old delegation, by `mtasts:delegationTtl`. Raises CannotLook."""
    from mtasts.changes.facts import DELEGATION_TTL
    from mtasts.live.project import program_settings

    found = program_settings(project, stack).get("delegationTtl", DELEGATION_TTL)
    text = str(found)
    if isinstance(found, bool) or not (text.isascii() and text.isdecimal()):
        raise CannotLook(f"mtasts:delegationTtl is {text[:40]!r}, not a number of seconds", f"see Pulumi.{stack}.yaml")
    return int(text)
