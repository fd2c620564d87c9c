"""Moves of what is published: what the engine's state and DNS say of a domain that leaves a zone."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from mtasts.app.stack_state import stack_state
from mtasts.changes.diff import DomainDiff
from mtasts.changes.facts import DELEGATION_TTL, Facts
from mtasts.errors import CannotLook
from mtasts.live.delegation import answering_zone
from mtasts.live.network import Network
from mtasts.live.project import Project, program_settings


def with_move(
    facts: Facts, diff: DomainDiff, project: Project | None, environ: Mapping[str, str], network: Network
) -> Facts:
    """The facts, and of a move that the change ends since when the delegation leads to the zone that stays, and where
    it leads now. What cannot be learned is left out, and no fact is never a pass. Raises CannotLook."""
    old, new = diff.old, diff.new
    if old is None or new is None or old.zones <= new.zones or project is None:
        return facts
    placed = stack_state().places(project, diff.stack, environ).get(diff.domain)
    seen = asyncio.run(answering_zone(diff.domain, network))
    return replace(
        facts,
        arrived=placed.since(new.dns) if placed else None,
        answering=seen.zone,
        delegation_ttl=delegation_ttl(project, diff.stack),
    )


def delegation_ttl(project: Project, stack: str) -> int:
    """Seconds for which resolvers may keep an old delegation, by `mtasts:delegationTtl`. Raises CannotLook."""
    found = program_settings(project, stack).get("delegationTtl", DELEGATION_TTL)
    text = str(found)
    if isinstance(found, bool) or not (text.isascii() and text.isdecimal()):
        raise CannotLook(f"mtasts:delegationTtl is {text[:40]!r}, not a number of seconds", f"see Pulumi.{stack}.yaml")
    return int(text)
