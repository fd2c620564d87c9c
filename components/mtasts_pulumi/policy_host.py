"""The web host of a host group's policies: certificate, distribution and the names that lead to it."""

from collections.abc import Sequence
from typing import NotRequired, Optional, Protocol, TypedDict

import pulumi

from mtasts.policy import published_names
from mtasts.policy.desired import DesiredState
from mtasts.protocol.mta_sts import policy_host
from mtasts.verify.standing import Creates
from mtasts_pulumi.dns import NONE, Home, Place, homes, host, host_parts, validation
from mtasts_pulumi.done import done, watch
from mtasts_pulumi.engine.shared import independent
from mtasts_pulumi.first_look import FirstLook
from mtasts_pulumi.hosting.backend import Certificate, Hooks
from mtasts_pulumi.policy_origin import KeptPolicies
from mtasts_pulumi.read_back import ReadBack
from mtasts_pulumi.removal import Removal


class HostName(Place):
    """One mail domain whose policy is served here."""

    domain: str
    """The mail domain, A-labels; its policy host is `mta-sts.<domain>`."""
    waiting: NotRequired[bool]
    """True while another distribution has its policy host as an alias, and nothing of the domain is led here yet: it is
    in the certificate, but is neither served here nor has records that lead here. Never for one that has had them."""
    released: NotRequired[bool]
    """Whether its records are another tool's: its policy host is served here still, and no record of it is made."""
    host_record: NotRequired[str]
    """`cname`: a CNAME leads its policy host here, also where the provider's default is another record."""
    desired: NotRequired[Optional[DesiredState]]
    """What it publishes, while its policy host may lead elsewhere: it is led here once that is seen to be served."""


class Served(TypedDict):
    """What the distribution of a host group served when it was last changed, by the stack's outputs."""

    distribution: str
    """The distribution's own name, `d….cloudfront.net`."""
    zone: str
    """The hosted zone of that name."""
    names: Sequence[str]
    """The mail domains whose policy hosts it answers for."""


class PolicyHostArgs(TypedDict):
    """What one host group serves."""

    origin: KeptPolicies
    """Where the policies lie."""
    names: Sequence[HostName]
    """The mail domains of the group: at most 100 (CloudFront), and as many as ACM puts in one certificate."""
    read_back: ReadBack
    """Looks before a name is taken away."""
    removal: NotRequired[Removal]
    """Looks at the ledger before a name is taken away; without it nothing but what is served now is looked at."""
    first_look: NotRequired[FirstLook]
    """Looks before a name is created, and whether CAA lets the certificate be issued; without it nobody looks."""
    served: NotRequired[Served]
    """What it served before this run. A member named there depends on its own records only, unless it is the only one;
    without it every member waits for the certificate and the distribution of all."""
    retired: bool
    """True when every domain of the group publishes mode `none`, or was never published, and its host may go away."""


class Leading(Protocol):
    """What a mail domain needs of what serves its policy, which may have been made in another process."""

    @property
    def pulumi_resource_name(self) -> str:
        """The host group."""
        ...

    def reachable(self, domain: str, zone: str) -> Sequence[pulumi.Resource]:
        """The resources after which the policy host of `domain` answers."""
        ...


class PolicyHost(pulumi.ComponentResource):
    """A CloudFront distribution for `mta-sts.<domain>` of every domain in the group, over IPv4 and IPv6.

    HTTPS only, TLS 1.2 or later, nothing cached, one certificate of ACM (in us-east-1, where CloudFront looks),
    validated over the DNS of each domain. Changing the group's domains replaces the certificate and updates the
    distribution in place; the old certificate goes when the new one is in use.

    A domain that shares a host which serves it already is led there by the name that `served` tells, so that neither a
    certificate that is not issued nor a distribution that is not updated, both for others' sake, holds back its TXT.
    """

    distribution_name: pulumi.Output[str]
    """The distribution's own name, `d….cloudfront.net`."""
    distribution_zone: pulumi.Output[str]
    """The hosted zone of that name, for Route 53 aliases."""
    names: pulumi.Output[Sequence[str]]
    """The mail domains that it serves, by the distribution itself."""

    def __init__(self, name: str, args: PolicyHostArgs, opts: Optional[pulumi.ResourceOptions] = None):
        watch()
        super().__init__(published_names.HOST_TYPE, name, {}, opts)
        names = sorted(args["names"], key=lambda entry: entry["domain"])
        self._existing = args["first_look"].existing if "first_look" in args else NONE
        hosts = [policy_host(entry["domain"]) for entry in names]
        served_here = [entry for entry in names if not entry.get("waiting")]
        backend = args["origin"].backend
        certificate = backend.certificate(self, name, hosts, _before_certificate(name, names, args.get("first_look")))
        made = backend.host(
            self,
            name,
            [policy_host(entry["domain"]) for entry in served_here],
            args["origin"].kept,
            certificate,
            self._proofs(names, certificate),
            _before_names_go(names, args),
            protect=not args["retired"],
        )
        self.group = name
        self.distribution_name = made.name
        self.distribution_zone = made.zone
        self.names = made.serves.apply(_mail_domains)
        self._records = self._leading_records(served_here, _domains(names), args)
        served = args.get("served")
        if served and any(independent(entry["domain"], _domains(names), served["names"]) for entry in names):
            self.distribution_name.apply(lambda now: _still_there(name, served, now))
        self.register_outputs({"distributionName": pulumi.Output.from_input(_or_stop(name, self.distribution_name))})

    def reachable(self, domain: str, zone: str) -> Sequence[pulumi.Resource]:
        """The resources after which `mta-sts.<domain>` answers, by the records of `zone`, the provider's id of it.

        Raises KeyError for a domain not served here, which one that waits is not, or not in this zone, or released.
        """
        return self._records[domain, zone]

    def _proofs(self, names: Sequence[HostName], certificate: Certificate) -> list[pulumi.Resource]:
        records = []
        for entry in _ours(names):
            found = [self._validation_record(entry, home, certificate) for home in _homes(entry)]
            # While a domain moves, what fails in its new zone must not keep the certificate from being used.
            records.append(found[0])
        return records

    def _validation_record(self, entry: HostName, home: Home, certificate: Certificate) -> pulumi.Resource:
        proof = certificate.proofs[policy_host(entry["domain"])]
        name = home.name(f"{entry['domain']}{published_names.VALIDATION}")
        options = pulumi.ResourceOptions(parent=self)
        return validation(name, home, proof.name, proof.target, options, self._existing)

    def _leading_records(
        self, names: Sequence[HostName], members: Sequence[str], args: PolicyHostArgs
    ) -> dict[tuple[str, str], Sequence[pulumi.Resource]]:
        return {
            (entry["domain"], home.zone): self._leading(
                entry, home, *self._target(entry["domain"], members, args.get("served")), args
            )
            for entry in _ours(names)
            for home in _homes(entry)
        }

    def _leading(
        self,
        entry: HostName,
        home: Home,
        target: pulumi.Input[str],
        target_zone: pulumi.Input[str],
        args: PolicyHostArgs,
    ) -> Sequence[pulumi.Resource]:
        hooks = _before_host(args.get("first_look"), entry)
        if desired := entry.get("desired"):
            moves = args["read_back"].before_host_moves(home.zone, desired.domain, desired.text, target)
            hooks = pulumi.ResourceHookBinding.merge(hooks, moves)
        return host(
            home.name(f"{entry['domain']}{published_names.HOST}"),
            home,
            policy_host(entry["domain"]),
            target,
            target_zone,
            pulumi.ResourceOptions(parent=self, hooks=hooks),
            self._existing,
            host_record=entry.get("host_record", ""),
        )

    def _target(
        self, domain: str, members: Sequence[str], served: Optional[Served]
    ) -> tuple[pulumi.Input[str], pulumi.Input[str]]:
        """Name and zone of the distribution: as told where the domain waits for nobody else, else of this run."""
        if served and independent(domain, members, served["names"]):
            return served["distribution"], served["zone"]
        return self.distribution_name, self.distribution_zone


def _domains(names: Sequence[HostName]) -> Sequence[str]:
    return [entry["domain"] for entry in names]


def _ours(names: Sequence[HostName]) -> Sequence[HostName]:
    """Those whose records are made here."""
    return [entry for entry in names if not entry.get("released")]


def _mail_domains(aliases: Optional[Sequence[str]]) -> Sequence[str]:
    return sorted(alias.removeprefix("mta-sts.") for alias in aliases or ())


async def _or_stop(group: str, distribution: pulumi.Output[str]) -> pulumi.Output[str]:
    """The distribution's name. Raises RunError where the engine failed it, or skipped it for what failed before it.

    After a program that ends well the engine deletes what is replaced, the certificate in use among it.
    """
    if not await done(distribution):
        raise pulumi.RunError(f"{group}: its distribution is as it was before this run, so nothing is deleted")
    return distribution


def _still_there(group: str, served: Served, distribution: str) -> None:
    """Raise RunError when the distribution was made anew: names that were led by what was told lead nowhere."""
    if distribution != served["distribution"]:
        raise pulumi.RunError(
            f"{group}: its distribution was made anew, {distribution}; names of the group still lead to"
            f" {served['distribution']}, which is gone. Run it again: that leads them to the new one"
        )


def _homes(entry: HostName) -> Sequence[Home]:
    return homes(entry)


def _before_certificate(name: str, names: Sequence[HostName], look: Optional[FirstLook]) -> Hooks:
    if look is None:
        return None
    return look.before(f"{name}{published_names.CERTIFICATE}", _domains(names), Creates(certificate=True))


def _before_names_go(names: Sequence[HostName], args: PolicyHostArgs) -> pulumi.ResourceHookBinding:
    served = args["read_back"].before_names_go(policy_host(names[0]["domain"]))
    if "removal" not in args:
        return served
    hooks = pulumi.ResourceHookBinding.merge(served, args["removal"].before_names_go())
    if len(_ours(names)) == len(names):
        return hooks
    # Nothing of a released domain protects its host, which goes with the last file of the group.
    return pulumi.ResourceHookBinding.merge(hooks, args["removal"].before_host_goes())


def _before_host(look: Optional[FirstLook], entry: HostName) -> Optional[pulumi.ResourceHookBinding]:
    """Each record looks for those that would be in its way: an address for its like, a CNAME for any."""
    if look is None:
        return None
    domain = entry["domain"]
    if "leaving" in entry:
        return look.unless_refused(domain)
    binding = None
    for part, kind in host_parts(_homes(entry)[-1], entry.get("host_record", "")):
        types = (kind,) if kind in {"A", "AAAA"} else ("A", "AAAA")
        binding = look.before(f"{domain}{published_names.HOST}-{part}", [domain], Creates(host=True), types)
    return binding
