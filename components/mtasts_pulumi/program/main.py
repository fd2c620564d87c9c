"""The run: what is there, what is wanted, and the components for it."""

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import pulumi

from mtasts.live.delegation import answering_zone
from mtasts.live.first_look import VARIABLE, Told
from mtasts.live.network import Network
from mtasts.live.project import Project
from mtasts.policy import held
from mtasts.policy.account_rules import left_accounts
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.policy.desired import HostGroup, desired_state
from mtasts.policy.published_names import ORIGIN
from mtasts.protocol.mta_sts import Mode
from mtasts_pulumi.accounts import account_providers, used_accounts
from mtasts_pulumi.dns import Place, Zone
from mtasts_pulumi.done import watch
from mtasts_pulumi.engine.preflight import attached_providers
from mtasts_pulumi.engine.removal import ledger_dates
from mtasts_pulumi.first_look import FirstLook
from mtasts_pulumi.mta_sts_domain import MtaStsDomain, MtaStsDomainArgs
from mtasts_pulumi.policy_host import HostName, PolicyHost, PolicyHostArgs, Served
from mtasts_pulumi.policy_origin import PolicyOrigin
from mtasts_pulumi.program.load import load, policies_before, serving
from mtasts_pulumi.program.settings import accounts_of, aws, policy_bucket, read_back_deadline, told_by_up
from mtasts_pulumi.published import outputs_before, published_before, released_before, served_before, stack_outputs
from mtasts_pulumi.read_back import ReadBack
from mtasts_pulumi.removal import Removal


class Shared(TypedDict):
    """What every host and every domain of the stack is given."""

    origin: PolicyOrigin
    read_back: ReadBack
    removal: Removal
    first_look: FirstLook


def run(program: str) -> None:
    """Run as the Pulumi program `program`, the file that the engine was told: policies/ lies beside it."""
    root = Path(program).absolute().parent  # a link is a project of its own
    pulumi.run(lambda: publish_all(root))


async def publish_all(root: Path) -> dict[str, Any]:
    """Publish every mail domain of this stack, or none when anything in policies/ is wrong; the stack's outputs."""
    config = pulumi.Config()
    watch()
    told, holding = told_by_up()
    before = await outputs_before()
    released = released_before(before, holding.there)
    groups = serving(load(root, config, told.leave_out, holding, before), before, released)
    network = Network.from_environment(os.environ)
    told = with_unlooked(told, groups, before)
    accounts = providers_of(config, groups, before)
    shared = shared_by_all(root, config, network, told, groups, released.keys())
    arrived = await arrivals([policy for group in groups for policy in group.published], network)
    now = datetime.now(UTC)
    hosts, domains = [], []
    for group in groups:
        began = {member.domain for member in group.members if published_before(before, member.domain)}
        served = served_before(before, group.name)
        # One that was led here already does not wait, whatever is told: what is not named would be deleted.
        waiting = told.waiting - began - {*(served["names"] if served else ())}
        # What published before is not taken back with its file, as a first publication that failed is.
        taken_over = {member.domain for member in group.published if member.adopted is not None} - began
        names = [host_name(member, waiting, taken_over, accounts) for member in group.members]
        host = policy_host(group, names, served, began | taken_over, shared)
        hosts.append(host)
        for policy in group.published:
            args: MtaStsDomainArgs = {
                "desired": desired_state(policy),
                "ttl": policy.ttl,
                **place(policy, accounts),
                "arrived": policy.domain in arrived,
                "published": policy.domain in began | taken_over,
                "taken_over": policy.domain in taken_over,
                "waiting": policy.domain in waiting,
                "host": host,
                "now": now,
                **shared,
            }
            domains.append(MtaStsDomain(policy.domain, args))
    wanted = {policy.domain: held.kept(policy) for group in groups for policy in group.members}
    return await stack_outputs(domains, hosts, shared["origin"].bucket, before, wanted, holding.there)


def with_unlooked(told: Told, groups: Sequence[HostGroup], before: Mapping[str, Any]) -> Told:
    """Without a look before the run nothing can be taken over, and a record made beside what is there does harm."""
    if os.environ.get(VARIABLE):
        return told
    members = [member for group in groups for member in group.published]
    new = [one.domain for one in members if one.adopted is not None and not published_before(before, one.domain)]
    why = "published before it came here, and only `mtasts up` looks at what is there to be taken over"
    remedy = f"`mtasts up --stack {pulumi.get_stack()}`"
    refused = {domain: f"{domain} {why}. To do: {remedy}" for domain in new}
    return replace(told, refused={**refused, **told.refused})


def shared_by_all(
    root: Path, config: pulumi.Config, network: Network, told: Told, groups: Sequence[HostGroup], released: Set[str]
) -> Shared:
    """The bucket, and one of each hook. `released`: domains of which only the name on a host is left here."""
    members = [member for group in groups for member in group.members]
    retired = all(member.mode is Mode.NONE for member in members)
    # Not `retired`: that would change the bucket itself, and have it emptied when the stack is taken down.
    let_go = not retired and all(group.retired for group in groups)
    origin = PolicyOrigin(ORIGIN, {"retired": retired, "released": let_go, "called": policy_bucket(config)})
    dates = ledger_dates(Project(root, pulumi.get_project()), pulumi.get_stack(), aws())
    return {
        "origin": origin,
        "read_back": ReadBack(network, deadline=read_back_deadline(config), early=dates.early, released=released),
        "removal": Removal(dates, origin, network, released=released),
        "first_look": FirstLook(network, told),
    }


def policy_host(
    group: HostGroup, names: Sequence[HostName], served: Served | None, published: Collection[str], shared: Shared
) -> PolicyHost:
    """The web host of one group, which served `served` before this run; its domains `published` had their TXT."""
    args: PolicyHostArgs = {
        "names": names,
        "retired": group.retired or not published,
        "origin": shared["origin"],
        "read_back": shared["read_back"],
        "removal": shared["removal"],
        "first_look": shared["first_look"],
    }
    if served:
        args["served"] = served
    return PolicyHost(group.name, args)


def host_name(
    policy: DomainPolicy,
    waiting: Collection[str],
    taken_over: Collection[str],
    accounts: Mapping[str, pulumi.ProviderResource],
) -> HostName:
    """One domain of a host: another distribution still has the `waiting`, and others lead those that are taken over."""
    return {
        "domain": policy.domain,
        "waiting": policy.domain in waiting,
        "released": policy.released is not None,
        "host_record": policy.host_record,
        "desired": desired_state(policy) if policy.domain in taken_over else None,
        **place(policy, accounts),
    }


def providers_of(
    config: pulumi.Config, groups: Sequence[HostGroup], before: Mapping[str, Any]
) -> Mapping[str, pulumi.ProviderResource]:
    """The providers of the accounts that domains name now, and of those that lose records: deleting needs them, too."""
    wanted = [member for group in groups for member in group.members if member.released is None]
    used = used_accounts(wanted) | left_accounts(wanted, policies_before(before)).keys()
    return account_providers(accounts_of(config), used, aws(), os.environ, attached_providers(os.environ))


def place(policy: DomainPolicy, accounts: Mapping[str, pulumi.ProviderResource]) -> Place:
    """Where a domain's records are."""
    here: Place = {"provider": policy.dns.provider, "zone": policy.dns.zone}
    if policy.dns.account and policy.released is None:
        here["account"] = accounts[policy.dns.account]
    if policy.leaving is not None:
        here["leaving"] = zone_of(policy.leaving, accounts)
    return here


def zone_of(zone: DnsZone, accounts: Mapping[str, pulumi.ProviderResource]) -> Zone:
    """A zone, as the components are told it."""
    here: Zone = {"provider": zone.provider, "zone": zone.zone}
    if zone.account:
        here["account"] = accounts[zone.account]
    return here


async def arrivals(policies: Sequence[DomainPolicy], network: Network) -> frozenset[str]:
    """The domains that move and whose delegation leads to the new zone already, seen from outside."""
    moving = [policy for policy in policies if policy.leaving is not None]
    seen = await asyncio.gather(*(answering_zone(policy.domain, network) for policy in moving))
    return frozenset(policy.domain for policy, one in zip(moving, seen, strict=True) if one.zone == policy.dns.zone)
