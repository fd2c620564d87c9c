"""`adopt`: look and plan, write the files, then `up` for these domains alone, and look again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mtasts.adoption.compare import Compared, compared
from mtasts.app.adopt.look import findings_now
from mtasts.app.adopt.plan import Adoption, Come, look_and_plan, write_files
from mtasts.app.adopt.request import AdoptRequest
from mtasts.errors import CannotLook
from mtasts.live.limits import Limits
from mtasts.live.network import Network
from mtasts.live.project import aws_profile
from mtasts.providers import HOSTINGS
from mtasts_pulumi.engine.placed import places_of
from mtasts_pulumi.engine.published import deployment
from mtasts_pulumi.engine.state import read_state
from mtasts_pulumi.publish.aliases import HostsMoved, move_hosts_here
from mtasts_pulumi.publish.desk import Desk
from mtasts_pulumi.publish.publication import carry_out
from mtasts_pulumi.publish.request import PublishRequest
from mtasts_pulumi.publish.result import Declined, Done, Result
from mtasts_pulumi.publish.stack import Stack, laid_over, stack_of


@dataclass(frozen=True, slots=True)
class AdoptOptions:
    """What may be chosen besides what every publication has: how to look, and the zone of every domain ("": found)."""

    network: Network
    limits: Limits
    dns_provider: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What was seen of the domains and planned; nothing is written yet."""

    stack: Stack
    request: AdoptRequest
    adoptions: tuple[Adoption, ...]

    @property
    def due(self) -> tuple[Adoption, ...]:
        """Those that are not wholly taken over."""
        return tuple(each for each in self.adoptions if each.come is not Come.OURS)

    @property
    def hindered(self) -> tuple[Adoption, ...]:
        """Those with something in the way."""
        return tuple(each for each in self.due if each.plan.obstacles)


@dataclass(frozen=True, slots=True)
class Adopted:
    """How it ended: the files that were written, what the engine did, and what senders see before and after.

    `after` is empty where nothing was changed.
    """

    written: tuple[Path, ...]
    result: Result
    after: tuple[Compared, ...]


def plan_adoption(domains: Sequence[str], request: PublishRequest, options: AdoptOptions) -> Planned:
    """Look at the domains (A-labels) and plan. Raises CannotLook when this machine cannot look at all."""
    stack = stack_of(request, laid_over(request))
    state = deployment(stack.project, stack.name, stack.environ)
    places = places_of(state)
    asked = AdoptRequest(
        policies=stack.project.policies(stack.environ),
        stack=stack.short,
        network=options.network,
        environ=stack.environ,
        limits=options.limits,
        dns_provider=options.dns_provider,
        zone=options.zone,
        profile=aws_profile(stack.project, stack.name),
        published=frozenset(name for name in read_state(state).published if name in places and places[name].zones),
        own=_distributions(state),
        ways=stack.ways,
    )
    return Planned(stack, asked, look_and_plan(domains, asked))


def carry_out_adoption(planned: Planned, request: PublishRequest, desk: Desk) -> Adopted:
    """Write the files, publish what was planned and nothing else, and look again.

    Raises CannotLook when it cannot begin; the files may be written then, and running it again goes on with them.
    """
    due = planned.due
    written = tuple(write_files(due))
    for path in written:
        desk.note(f"written: {path}")
    domains = [each.domain for each in due]
    result = _published(planned, replace(request, operation="up", only=frozenset(domains)), desk)
    if not (isinstance(result, Done) and result.outcome.changed):
        return Adopted(written, result, ())
    seen = asyncio.run(findings_now(domains, planned.request))
    pairs = zip(due, seen, strict=True)
    return Adopted(written, result, tuple(compared(each.findings, now, renewed=each.renews) for each, now in pairs))


def _published(planned: Planned, request: PublishRequest, desk: Desk) -> Result:
    """Publish; before that, names that other distributions of the account have are moved here."""
    if not any(each.seen.accounts.holders for each in planned.due):
        return carry_out(request, desk)
    if request.asking and not desk.agrees("up", planned.stack.name):
        return Declined()
    moved = move_hosts_here(request, desk, request.only)
    if moved.stop:
        if moved.prepared is not None:
            return moved.prepared
        raise CannotLook(moved.problems[0].message, moved.problems[0].hint)
    ended = carry_out(replace(request, waiting=moved.waiting, asking=False), desk)
    return _with_moves(ended, moved) if isinstance(ended, Done) else ended


def _with_moves(ended: Done, moved: HostsMoved) -> Done:
    """The end of the run, with what came of the names that were to move."""
    outcome = ended.outcome
    if moved.problems:
        problems = {each.message: each for each in (*moved.problems, *outcome.problems)}
        wrong = {each.resource for each in moved.problems}
        rows = tuple(replace(row, failed=row.failed or row.domain in wrong) for row in outcome.domains)
        result = "failed" if outcome.result == "succeeded" else outcome.result
        outcome = replace(outcome, result=result, domains=rows, problems=tuple(problems.values()))
    return replace(ended, outcome=outcome, left=(*moved.left, *ended.left))


def _distributions(state: object) -> frozenset[str]:
    """The ids of the distributions that the state holds."""
    kinds = {hosting.host_type for hosting in HOSTINGS.values()}
    resources = state.get("resources") if isinstance(state, dict) else None
    return frozenset(str(each.get("id", "")) for each in resources or () if each.get("type") in kinds)
