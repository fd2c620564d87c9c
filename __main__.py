"""The program: policies/<stack>/*.yaml -> desired state -> one component a domain -> outputs."""

import asyncio
import os
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi

from components import (
    FirstLook,
    MtaStsDomain,
    PolicyHost,
    PolicyOrigin,
    ReadBack,
    Removal,
    Served,
    outputs_before,
    published_before,
    served_before,
    stack_outputs,
)
from mtasts.engine.project import Project
from mtasts.engine.removal import ledger_dates
from mtasts.errors import CannotLook
from mtasts.live.delegation import answering_zone
from mtasts.live.files import read_stack
from mtasts.live.first_look import Told, from_environment
from mtasts.live.network import Network
from mtasts.rollout.config import DomainPolicy
from mtasts.rollout.desired import HostGroup, host_groups
from mtasts.rollout.quota_rules import quota_problems
from mtasts.rollout.quotas import Limits, read_limits

_LONGEST_DEADLINE = 3600


async def main() -> dict[str, Any]:
    """Publish every mail domain of this stack, or none when anything in policies/ is wrong; the stack's outputs."""
    config = pulumi.Config()
    told = told_by_up()
    groups = load(config, told.leave_out)
    origin = PolicyOrigin("policies", {"retired": all(group.retired for group in groups)})
    network = Network.from_environment(os.environ)
    project = Project(Path(__file__).parent, pulumi.get_project())
    dates = ledger_dates(project, pulumi.get_stack(), aws())
    read_back = ReadBack(network, deadline=read_back_deadline(config), early=dates.early)
    first_look = FirstLook(network, told)
    removal = Removal(dates, origin, network)
    arrived = await arrivals([policy for group in groups for policy in group.members], network)
    before = await outputs_before()
    now = datetime.now(UTC)
    hosts, domains = [], []
    for group in groups:
        began = {member.domain for member in group.members if published_before(before, member.domain)}
        host = policy_host(group, served_before(before, group.name), began, origin, read_back, removal, first_look)
        hosts.append(host)
        for policy in group.members:
            seen = {"arrived": policy.domain in arrived, "published": published_before(before, policy.domain)}
            domains.append(publish(policy, origin, host, read_back, removal, first_look, now, seen))
    return await stack_outputs(domains, hosts, origin.bucket, before)


def read_back_deadline(config: pulumi.Config) -> float:
    """Seconds; the environment wins over the stack's settings, for a run that has to wait longer or less long."""
    given = os.environ.get("MTASTS_READ_BACK_DEADLINE") or config.get("readBackDeadline") or "300"
    try:
        seconds = float(given)
    except ValueError:
        raise pulumi.RunError(f"the read-back deadline {given!r} is not a number of seconds") from None
    if not 0 < seconds <= _LONGEST_DEADLINE:
        raise pulumi.RunError(f"the read-back deadline {given} is not more than 0 s and at most {_LONGEST_DEADLINE} s")
    return seconds


def told_by_up() -> Told:
    """What `mtasts up` saw before this run. RunError when it cannot be read."""
    try:
        return from_environment(os.environ)
    except CannotLook as error:
        raise pulumi.RunError(f"{error.message}\n{error.hint}") from None


def load(config: pulumi.Config, leave_out: Collection[str]) -> tuple[HostGroup, ...]:
    """The stack's host groups, without the domains to be left out; RunError with every problem when there is one."""
    folder = Path(os.environ.get("MTASTS_POLICIES") or Path(__file__).parent / "policies")
    try:
        loaded = read_stack(folder, pulumi.get_stack())
    except CannotLook as error:
        raise pulumi.RunError(f"{error.message}\n{error.hint}".strip()) from None
    if not loaded.policies and not loaded.problems:
        # Without this, all that was ever published would be deleted here.
        stack = pulumi.get_stack()
        raise pulumi.RunError(f"no mail domain in {folder / stack}; what was published is taken down by `destroy`")
    groups = host_groups(policy for policy in loaded.policies if policy.domain not in leave_out)
    problems = [*loaded.problems, *quota_problems(groups, quota_limits(config), f"Pulumi.{pulumi.get_stack()}.yaml")]
    if problems:
        told = "\n".join(map(str, problems))
        raise pulumi.RunError(f"nothing is published, the desired state has problems:\n{told}")
    return groups


def quota_limits(config: pulumi.Config) -> Limits:
    """The account's quotas, by the stack's settings."""
    try:
        return read_limits(config.get)
    except ValueError as error:
        raise pulumi.RunError(str(error)) from None


def aws() -> dict[str, str | None]:
    """What the stack's settings say of how AWS is reached, as far as it is no secret."""
    config = pulumi.Config("aws")
    return {"aws:profile": config.get("profile"), "aws:region": config.get("region")}


def policy_host(
    group: HostGroup,
    served: Served | None,
    published: Collection[str],
    origin: PolicyOrigin,
    read_back: ReadBack,
    removal: Removal,
    first_look: FirstLook,
) -> PolicyHost:
    """The web host of one group, which served `served` before this run; its domains `published` had their TXT."""
    names = [{"domain": member.domain, **zones(member)} for member in group.members]
    told = {"served": served} if served else {}
    return PolicyHost(
        group.name,
        {
            **told,
            "origin": origin,
            "names": names,
            "read_back": read_back,
            "removal": removal,
            "first_look": first_look,
            "retired": group.retired or not published,
        },
    )


def publish(
    policy: DomainPolicy,
    origin: PolicyOrigin,
    host: PolicyHost,
    read_back: ReadBack,
    removal: Removal,
    first_look: FirstLook,
    now: datetime,
    seen: dict[str, bool],
) -> MtaStsDomain:
    """One mail domain; `seen`: whether it was published before, and whether its move has come to the new zone."""
    return MtaStsDomain(
        policy.domain,
        {
            "domain": policy.domain,
            "mode": policy.mode.value,
            "max_age": policy.max_age,
            "mx": policy.mx,
            "rua": policy.rua,
            "ttl": policy.ttl,
            **zones(policy),
            **seen,
            "origin": origin,
            "host": host,
            "read_back": read_back,
            "removal": removal,
            "first_look": first_look,
            "now": now,
        },
    )


def zones(policy: DomainPolicy) -> dict[str, Any]:
    """Where a domain's records are."""
    leaving = policy.leaving
    more = {} if leaving is None else {"leaving": {"provider": leaving.provider, "zone": leaving.zone}}
    return {"provider": policy.dns.provider, "zone": policy.dns.zone, **more}


async def arrivals(policies: Sequence[DomainPolicy], network: Network) -> frozenset[str]:
    """The domains that move and whose delegation leads to the new zone already, seen from outside."""
    moving = [policy for policy in policies if policy.leaving is not None]
    seen = await asyncio.gather(*(answering_zone(policy.domain, network) for policy in moving))
    return frozenset(policy.domain for policy, one in zip(moving, seen, strict=True) if one.zone == policy.dns.zone)


pulumi.run(main)
