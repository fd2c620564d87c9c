"""The inputs and outputs of the package, as its schema has them. The SDK infers that schema from these annotations.

So there is no `from __future__ import annotations` here and no `Literal`, and `Input[...]` stands at every level: an
SDK for Go does not compile without it. The text under a field is what users of every language read about it.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NotRequired, TypedDict

import pulumi


class Mode(Enum):
    """What senders do when they find no MX host that fits the policy (RFC 8461 section 5)."""

    TESTING = "testing"
    """They deliver all the same, and report it."""
    ENFORCE = "enforce"
    """They do not deliver."""
    NONE = "none"
    """They do as if there were no policy. The mode in which a domain is retired."""


class DnsProvider(Enum):
    """A DNS service."""

    ROUTE53 = "route53"
    """Amazon Route 53."""
    CLOUDFLARE = "cloudflare"
    """Cloudflare, with a token that may edit DNS in the zone."""


class Dns(TypedDict):
    """The zone in which the records of a mail domain are made."""

    provider: pulumi.Input[DnsProvider]
    """The DNS service that has the zone."""
    zone: pulumi.Input[str]
    """The provider's id of the zone, such as Z0123456789EXAMPLE. Not its name."""


class HostedDomain(TypedDict):
    """A mail domain of a host group."""

    domain: pulumi.Input[str]
    """The mail domain: the part of the addresses behind the @."""
    dns: pulumi.Input[Dns]
    """The zone in which its policy host and the proof for its certificate are made. The same as of its MailDomain."""


class HostGroup(TypedDict):
    """Mail domains whose policies one distribution serves, with one certificate."""

    domains: pulumi.Input[Sequence[pulumi.Input[HostedDomain]]]
    """The mail domains, each once."""


class PolicyHostingArgs(TypedDict):
    """Where the policies of a stack are kept and served. Nothing has to be given."""

    host_groups: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[HostGroup]]]]
    """Groups of mail domains that share a distribution and a certificate, by name. A MailDomain that names no group has
    its own of both, which keeps its fate apart from that of others. AWS bounds how many an account may have."""
    retired: NotRequired[pulumi.Input[bool]]
    """Whether all may go: the bucket with every policy that was ever served, and the shared distributions. Set it only
    when every mail domain publishes mode none. False, if not given: the engine refuses to delete them."""


class ServedGroup(TypedDict):
    """What serves a host group."""

    distribution_name: pulumi.Input[str]
    """The distribution's own name."""
    distribution_zone: pulumi.Input[str]
    """The hosted zone of that name."""
    domains: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The mail domains that it serves."""


class Hosting(TypedDict):
    """What a MailDomain has to know of its PolicyHosting. Pass on the whole of it; do not make one."""

    bucket: pulumi.Input[str]
    """The bucket of the policies."""
    parts: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """What a distribution reads the bucket by."""
    host_groups: pulumi.Input[Mapping[str, pulumi.Input[ServedGroup]]]
    """What serves each host group."""


class MailDomainArgs(TypedDict):
    """What one mail domain publishes."""

    domain: pulumi.Input[str]
    """The mail domain: the part of the addresses behind the @, as people write it or in A-labels."""
    mx: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The names of its MX hosts, or patterns such as *.mx.example.net. At least one, unless the mode is none."""
    rua: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Where senders report what failed: mailto: or https: URIs. Without reports nobody sees what enforce would break;
    an empty list says that this is meant, and makes no record."""
    dns: pulumi.Input[Dns]
    """The zone in which its records are made."""
    hosting: pulumi.Input[Hosting]
    """The output `hosting` of the stack's PolicyHosting."""
    mode: NotRequired[pulumi.Input[Mode]]
    """testing, if not given. Go to enforce only when reports show that nothing would be held back."""
    max_age: NotRequired[pulumi.Input[int]]
    """Seconds for which senders keep the policy, at most 31557600. If not given: a day in testing and in none, and two
    weeks in enforce."""
    ttl: NotRequired[pulumi.Input[int]]
    """Seconds for which resolvers keep the TXT records, from 30 (Route 53) or 60 (Cloudflare) to 86400. 300, if not
    given."""
    host_group: NotRequired[pulumi.Input[str]]
    """The host group of the PolicyHosting that serves its policy. If not given, it has a distribution of its own."""
    read_back_deadline: NotRequired[pulumi.Input[int]]
    """Seconds until a new policy must be seen at its public name before its TXT record may announce it, at most 3600.
    300, if not given."""
