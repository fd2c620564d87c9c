"""`PolicyHosting`: where the policies of a stack are kept, and what serves those that share a host."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import pulumi

from mtasts.live.network import Network
from mtasts.live.project import Project
from mtasts.policy.published_names import OURS
from mtasts_pulumi.engine.removal import ledger_dates
from mtasts_pulumi.first_look import FirstLook
from mtasts_pulumi.package import runs, unknown
from mtasts_pulumi.package.groups import Member, members
from mtasts_pulumi.package.inputs import Hosting, PolicyHostingArgs, ServedGroup
from mtasts_pulumi.package.judged import Problems
from mtasts_pulumi.policy_host import HostName, PolicyHost, PolicyHostArgs
from mtasts_pulumi.policy_origin import PolicyOrigin
from mtasts_pulumi.program.settings import aws
from mtasts_pulumi.read_back import ReadBack
from mtasts_pulumi.removal import Removal


class PolicyHosting(pulumi.ComponentResource):
    """Keeps the policies of a stack in a private, versioned bucket, which is the ledger of all that senders may hold.
    One a stack. Keep it in the program as long as a mail domain is in the stack: it holds what lets one go.
    """

    hosting: Hosting
    """For the input `hosting` of every MailDomain."""
    bucket: pulumi.Output[str]
    """The bucket's name."""

    def __init__(self, name: str, args: PolicyHostingArgs, opts: Optional[pulumi.ResourceOptions] = None):
        problems = Problems()
        run = runs.current()
        if run.hosting:
            problems.note(
                "name", f'"{run.hosting}" is the PolicyHosting of this stack already; one serves all mail domains'
            )
        groups = members(args.get("host_groups"), problems)
        problems.stop()
        run.hosting = name
        if not unknown.within(args.get("host_groups")):
            run.groups = {group: [one.domain for one in every] for group, every in groups.items()}
        stand_ins = any(unknown.stands_in(f"{one.domain} {one.zone}") for group in groups.values() for one in group)
        opts = pulumi.ResourceOptions.merge(opts, unknown.inside(opts, stand_ins))
        super().__init__(f"{OURS}PolicyHosting", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        retired = args.get("retired") is True
        network = Network.from_environment(os.environ)
        origin = PolicyOrigin(name, {"retired": retired}, child)
        dates = ledger_dates(Project(Path.cwd(), pulumi.get_project()), pulumi.get_stack(), aws())
        shared: PolicyHostArgs = {
            "origin": origin,
            "names": (),
            "read_back": ReadBack(network, early=dates.early),
            "removal": Removal(dates, origin, network),
            "first_look": FirstLook(network, name=f"first-look of hosting {name}"),
            "retired": retired,
        }
        hosts = {group: PolicyHost(group, {**shared, "names": _names(every)}, child) for group, every in groups.items()}
        run.origin, run.hosts = origin, hosts
        self.bucket = origin.bucket
        self.hosting = {
            "bucket": origin.bucket,
            "parts": origin.kept.parts,
            "host_groups": {group: _served(hosts[group], groups[group]) for group in groups},
        }
        self.register_outputs({"bucket": self.bucket})


def _names(members: Sequence[Member]) -> list[HostName]:
    return [{"domain": one.domain, "provider": one.provider, "zone": one.zone} for one in members]


def _served(host: PolicyHost, members: Sequence[Member]) -> ServedGroup:
    """What serves a group, told once every name of it leads there."""
    leading = [record.urn for one in members for record in host.reachable(one.domain, one.zone)]
    there = pulumi.Output.all(host.distribution_name, *leading)
    return {
        "distribution_name": there.apply(lambda values: str(values[0])),
        "distribution_zone": host.distribution_zone,
        "domains": [one.domain for one in members],
    }
