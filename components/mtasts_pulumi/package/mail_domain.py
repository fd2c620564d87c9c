"""`MailDomain`: all that one mail domain publishes."""

import os
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Optional

import pulumi

from mtasts.live.network import Network
from mtasts.policy.config import DomainPolicy
from mtasts.policy.desired import DesiredState, desired_state
from mtasts.policy.published_names import OURS
from mtasts.protocol.mta_sts import Mode
from mtasts.protocol.problem import quote
from mtasts_pulumi.first_look import FirstLook
from mtasts_pulumi.mta_sts_domain import MtaStsDomain, MtaStsDomainArgs
from mtasts_pulumi.package import judged, runs, unknown
from mtasts_pulumi.package.inputs import MailDomainArgs
from mtasts_pulumi.package.parts import KnownOrigin, SharedHost, SharedRemoval
from mtasts_pulumi.policy_host import PolicyHost, PolicyHostArgs
from mtasts_pulumi.policy_origin import KeptPolicies
from mtasts_pulumi.read_back import ReadBack


class MailDomain(pulumi.ComponentResource):
    """Publishes MTA-STS and TLS-RPT for one mail domain, in the order that loses no mail: the policy is served, and
    seen to be served at its public name, before the TXT record announces it (RFC 8461 section 8.1). While the mode is
    not none the engine refuses to delete it, since senders go on enforcing what they hold (section 8.3).
    """

    policy_id: pulumi.Output[str]
    """The id of the publication."""
    txt: pulumi.Output[str]
    """The text of the _mta-sts record, known once that is there: the last that happens."""
    policy_url: pulumi.Output[str]
    """Where senders fetch the policy."""
    records: pulumi.Output[Mapping[str, str]]
    """The texts of the TXT records by their names."""

    def __init__(self, name: str, args: MailDomainArgs, opts: Optional[pulumi.ResourceOptions] = None):
        problems = judged.Problems()
        wanted = judged.mail_domain(name, args, problems)
        hosting = _hosting(args.get("hosting"), wanted, problems)
        if wanted is not None and (other := runs.current().domains.get(wanted.policy.domain)):
            problems.note("domain", f'{wanted.policy.domain} is published by the MailDomain "{other}" already')
        problems.stop()
        assert wanted is not None  # noqa: S101 - or there was a problem
        runs.current().domains[wanted.policy.domain] = name
        opts = pulumi.ResourceOptions.merge(opts, unknown.inside(opts, bool(wanted.unknown)))
        super().__init__(f"{OURS}MailDomain", name, {}, opts)
        for warning in wanted.warnings:
            pulumi.log.warn(warning, self)
        if wanted.unknown:
            pulumi.log.info(f"not known in this preview: {', '.join(wanted.unknown)}", self)
        made = self._publish(name, wanted, runs.current().origin or KnownOrigin(hosting))
        desired = made.desired
        self.policy_id, self.policy_url = made.id, pulumi.Output.from_input(unknown.given_back(desired.policy_url))
        self.txt = made.published if made.published is not None else made.txt
        self.records = _records(desired, self.txt, made.tls_rpt)
        self.register_outputs({"policyId": self.policy_id, "txt": self.txt, "policyUrl": self.policy_url})

    def _publish(self, name: str, wanted: judged.Wanted, origin: KeptPolicies) -> MtaStsDomain:
        policy, network = wanted.policy, Network.from_environment(os.environ)
        args: MtaStsDomainArgs = {
            "desired": desired_state(policy),
            "ttl": policy.ttl,
            "provider": policy.dns.provider,
            "zone": policy.dns.zone,
            "origin": origin,
            "host": runs.current().hosts.get(wanted.group) or SharedHost(wanted.group),
            "read_back": ReadBack(network, deadline=wanted.deadline),
            "removal": SharedRemoval(),
            "first_look": FirstLook(network, name=f"first-look of {name}"),
            "now": datetime.now(UTC),
        }
        if not wanted.group:
            args["host"] = self._own_host(name, policy, args)
        return MtaStsDomain(name, args, pulumi.ResourceOptions(parent=self))

    def _own_host(self, name: str, policy: DomainPolicy, args: MtaStsDomainArgs) -> PolicyHost:
        served: PolicyHostArgs = {
            "origin": args["origin"],
            "names": [{"domain": policy.domain, "provider": policy.dns.provider, "zone": policy.dns.zone}],
            "read_back": args["read_back"],
            "removal": args["removal"],
            "first_look": args["first_look"],
            "retired": policy.mode is Mode.NONE,
        }
        return PolicyHost(name, served, pulumi.ResourceOptions(parent=self))


def _hosting(given: Any, wanted: Optional[judged.Wanted], problems: judged.Problems) -> Mapping[str, Any]:
    """The input `hosting`; a problem where it is none, or has no such host group."""
    groups = runs.current().groups
    if wanted is not None and wanted.group and groups is not None and not unknown.stands_in(wanted.policy.domain):
        _check_group(wanted.group, wanted.policy.domain, groups, problems)
    if unknown.is_unknown(given):
        return {"bucket": unknown.UNKNOWN, "parts": unknown.UNKNOWN}
    if not isinstance(given, Mapping) or not {"bucket", "parts"} <= given.keys():
        what = "is missing" if given is None else "is something else"
        problems.note("hosting", f"{what}; give it the output `hosting` of the stack's PolicyHosting")
        return {}
    return given


def _check_group(group: str, domain: str, groups: Mapping[str, Collection[str]], problems: judged.Problems) -> None:
    """A problem where the PolicyHosting has no such group, or the group no such domain."""
    if group not in groups:
        known = ", ".join(sorted(groups)) or "none"
        problems.note("hostGroup", f"the PolicyHosting has no host group {quote(group)}; it has: {known}")
    elif domain not in groups[group]:
        problems.note("hostGroup", f"{domain} is not in the host group {quote(group)} of the PolicyHosting")


def _records(
    desired: DesiredState, txt: pulumi.Output[str], tls_rpt: Optional[pulumi.Output[str]]
) -> pulumi.Output[Mapping[str, str]]:
    if unknown.stands_in(desired.domain):
        return unknown.unknown()
    texts = {desired.txt_name: txt, **({desired.tls_rpt_name: tls_rpt} if tls_rpt is not None else {})}
    records: pulumi.Output[Mapping[str, str]] = pulumi.Output.all(**texts)
    return records
