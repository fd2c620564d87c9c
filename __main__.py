"""The program: policies/<stack>/*.yaml -> desired state -> one component a domain -> outputs."""

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi

from mtasts.errors import CannotLook
from mtasts.live.delegation import answering_zone
from mtasts.live.files import read_stack
from mtasts.live.first_look import Told, from_environment
from mtasts.live.held import Told as Holding
from mtasts.live.held import from_environment as holding_from
from mtasts.live.network import Network
from mtasts.live.project import Project
from mtasts.policy import held
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import HostGroup, host_groups
from mtasts.policy.quota_rules import quota_problems
from mtasts.policy.quotas import Limits, read_limits
from mtasts_pulumi import (
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
from mtasts_pulumi.engine.removal import ledger_dates

_LONGEST_DEADLINE = 3600


async def main() -> dict[str, Any]:
    """Publish every mail domain of this stack, or none when anything in policies/ is wrong; the stack's outputs."""
    config = pulumi.Config()
    told, holding = told_by_up()
    before = await outputs_before()
    groups = load(config, told.leave_out, holding, before)
    origin = PolicyOrigin("policies", {"retired": all(group.retired for group in groups)})
    network = Network.from_environment(os.environ)
    project = Project(Path(__file__).parent, pulumi.get_project())
    dates = ledger_dates(project, pulumi.get_stack(), aws())
    read_back = ReadBack(network, deadline=read_back_deadline(config), early=dates.early)
    first_look = FirstLook(network, told)
    removal = Removal(dates, origin, network)
    arrived = await arrivals([policy for group in groups for policy in group.members], network)
    now = datetime.now(UTC)
    hosts, domains = [], []
    for group in groups:
        began = {member.domain for member in group.members if published_before(before, member.domain)}
        host = policy_host(group, served_before(before, group.name), began, origin, read_back, removal, first_look)
        hosts.append(host)
        for policy in group.members:
            seen = {"arrived": policy.domain in arrived, "published": published_before(before, policy.domain)}
            domains.append(publish(policy, origin, host, read_back, removal, first_look, now, seen))
    wanted = {policy.domain: held.kept(policy) for group in groups for policy in group.members}
    return await stack_outputs(domains, hosts, origin.bucket, before, wanted, holding.there)


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


def told_by_up() -> tuple[Told, Holding]:
    """What `mtasts up` saw before this run, and what it holds. RunError when either cannot be read."""
    try:
        return from_environment(os.environ), holding_from(os.environ)
    except CannotLook as error:
        raise pulumi.RunError(f"{error.message}\n{error.hint}") from None


def load(
    config: pulumi.Config, leave_out: Collection[str], holding: Holding, before: Mapping[str, Any]
) -> tuple[HostGroup, ...]:
    """The stack's host groups, without the domains to be left out; RunError with every problem when there is one.

    A problem of a file that `mtasts up` has told in `holding` is none: the domain is as the outputs `before` have it.
    """
    folder = Path(os.environ.get("MTASTS_POLICIES") or Path(__file__).parent / "policies")
    try:
        loaded = read_stack(folder, pulumi.get_stack())
    except CannotLook as error:
        raise pulumi.RunError(f"{error.message}\n{error.hint}".strip()) from None
    if not loaded.policies and not loaded.problems:
        # Without this, all that was ever published would be deleted here.
        stack = pulumi.get_stack()
        raise pulumi.RunError(f"no mail domain in {folder / stack}; what was published is taken down by `destroy`")
    aside = {*leave_out, *holding.left_out, *holding.held}
    right = [policy for policy in loaded.policies if policy.domain not in aside]
    groups = host_groups([*right, *held_policies(holding, before)])
    found = [problem for problem in loaded.problems if Path(problem.place.path).name not in holding.wrong]
    settings, places = f"Pulumi.{pulumi.get_stack()}.yaml", host_groups_before(before) if holding.wrong else {}
    problems = [*found, *quota_problems(groups, quota_limits(config), settings, places)]
    if problems:
        told = "\n".join(map(str, problems))
        raise pulumi.RunError(f"nothing is published, the desired state has problems:\n{told}")
    if holding.wrong:
        nothing_lost(groups, leave_out, before)
    return groups


def held_policies(holding: Holding, before: Mapping[str, Any]) -> list[DomainPolicy]:
    """The domains that are held, as the outputs `before` have them; RunError for one that they do not have."""
    known = mapping(before.get("desired"))
    found = {domain: held.policy_of(domain, known.get(domain)) for domain in sorted(holding.held)}
    lost = [domain for domain, policy in found.items() if policy is None]
    if lost:
        raise pulumi.RunError(f"{lost[0]} is to be held, and the stack's outputs do not say how it was published")
    return [policy for policy in found.values() if policy is not None]


def host_groups_before(before: Mapping[str, Any]) -> dict[str, str]:
    """The host group in which each domain is, by the outputs `before`."""
    known = mapping(before.get("desired"))
    found = {domain: held.policy_of(domain, told) for domain, told in known.items()}
    return {domain: policy.host_group for domain, policy in found.items() if policy is not None}


def nothing_lost(groups: Sequence[HostGroup], leave_out: Collection[str], before: Mapping[str, Any]) -> None:
    """RunError where a published domain would go in a run in which a file is wrong: that may be the reason."""
    named = {policy.domain for group in groups for policy in group.members}
    lost = sorted(mapping(before.get("domains")).keys() - named - set(leave_out))
    if lost:
        raise pulumi.RunError(f"{lost[0]} would be taken down by a run in which a file is wrong; nothing is published")


def mapping(value: object) -> Mapping[str, Any]:
    """`value` where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


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
