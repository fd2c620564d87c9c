"""Release of mail domains to another tool: the state forgets their records, which stay in DNS as they are.

The state first, then the files. A run that is killed in between leaves domains that `up` refuses to touch, and that
are released by running it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from mtasts.adoption.handover import Handed
from mtasts.app.steps.edit import DomainFile, Edit, edit_domain, open_domain
from mtasts_pulumi.engine.find import find_engine
from mtasts_pulumi.engine.forget import forget, left_in_dns, refusal, released_at
from mtasts_pulumi.engine.preflight import check_backend
from mtasts_pulumi.engine.rewrite import Rewriter
from mtasts_pulumi.publish.desk import Desk
from mtasts_pulumi.publish.stack import Stack


@dataclass(frozen=True, slots=True)
class ReleasedDomain:
    """One domain. `records`: those that stay in DNS, as far as the state still knows them.

    `forgotten`: whether the state had forgotten them before; `edit`: what is written into its file, None for nothing.
    """

    file: DomainFile
    released: date
    records: tuple[Handed, ...]
    forgotten: bool
    edit: Edit | None

    @property
    def domain(self) -> str:
        """Its name, in A-labels."""
        return self.file.policy.domain

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.forgotten and self.edit is None


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be done, or was done. `refused`: why nothing is, a line a domain. `declined`: a person said no."""

    stack: str
    domains: tuple[ReleasedDomain, ...]
    refused: tuple[str, ...] = ()
    declined: bool = False

    @property
    def done(self) -> bool:
        """Whether there is nothing to do."""
        return all(one.done for one in self.domains)


def release(
    stack: Stack, domains: Sequence[str], desk: Desk, *, carry_out: bool = True, asking: bool = False
) -> Release:
    """Release the domains, all or none. Without `carry_out` it is only said what would be done.

    Raises CannotLook, before anything is touched, and NotValid for a file that has problems.
    """
    files = [open_domain(domain, stack.project.policies(stack.environ), stack.short) for domain in domains]
    files = list({file.policy.domain: file for file in files}.values())
    check_backend(stack.environ)
    with desk.obtaining() as progress:
        engine = find_engine(progress, stack.environ)
    state = Rewriter(stack.project, stack.name, engine, stack.environ)
    now = datetime.now(UTC)
    refused = tuple(_refused(files, state.deployment))
    if refused:
        return Release(stack.name, (), refused)
    plan = Release(stack.name, tuple(_planned(file, state.deployment, now) for file in files))
    if plan.done or not carry_out:
        return plan
    if asking and not desk.agrees("release", stack.name):
        return Release(stack.name, plan.domains, declined=True)
    held = [one.file.policy for one in plan.domains if not one.forgotten]
    if held:
        state.put(forget(state.deployment, held, now))
    for one in plan.domains:
        if one.edit is not None:
            one.edit.write()
    return plan


def _refused(files: Sequence[DomainFile], deployment: Mapping[str, Any]) -> Iterator[str]:
    for file in files:
        policy = file.policy
        forgotten = released_at(deployment, policy.domain)
        if why := "" if forgotten else refusal(deployment, policy):
            yield f"{policy.domain}: {why}"


def _planned(file: DomainFile, deployment: Mapping[str, Any], now: datetime) -> ReleasedDomain:
    at = released_at(deployment, file.policy.domain)
    day = file.policy.released or (date.fromisoformat(at[: len("2026-11-28")]) if at else now.date())
    return ReleasedDomain(
        file,
        day,
        left_in_dns(deployment, file.policy.domain),
        bool(at),
        None if file.policy.released else edit_domain(file, released=day),
    )
