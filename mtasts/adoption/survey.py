"""Values of what stands at a mail domain's names and who holds it: `live` fills them in, the plan is made of them.

What was not seen is a value, too (`Unseen`): an account without credentials is no error, and never means "nothing
there". All texts are somebody else's, to be escaped by whoever prints them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.verify.findings import Findings, View
from mtasts.verify.model import Standing


@dataclass(frozen=True, slots=True)
class StandingRecord:
    """A record set, or one record of it, as it stands in a zone.

    `name` in A-labels without the last dot; `values` in presentation form, TXT joined per record, names without the
    last dot. `ttl` in seconds; None where it is not known, as of a Route 53 alias. `alias`: where such an alias leads.
    `provider` and `zone` are as in a policy file. `id`: the provider's own id of it. All of them are "" where only DNS
    was asked. `routed`: of a Route 53 routing policy, one of several sets. `proxied`, `comment`, `tags` and `locked`
    (read-only: a Worker's or another product's) are Cloudflare's.
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()
    ttl: int | None = None
    alias: str = ""
    provider: str = ""
    zone: str = ""
    id: str = ""
    proxied: bool = False
    comment: str = ""
    tags: tuple[str, ...] = ()
    routed: bool = False
    locked: bool = False


class WorkerWay(StrEnum):
    """How a Cloudflare Worker gets the requests for a host."""

    ROUTE = "route"  # a pattern of a zone, over a proxied record
    DOMAIN = "custom-domain"  # its own record, which is read-only for everybody else


@dataclass(frozen=True, slots=True)
class Worker:
    """A Cloudflare Worker that answers for the policy host. `pattern`: of the route, or the custom domain's name."""

    way: WorkerWay
    pattern: str
    script: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class AliasHolder:
    """A CloudFront distribution of this account that has the policy host among its aliases.

    `host`: its own name, such as `d111111abcdef8.cloudfront.net`; `origins`: host names that it fetches from.
    """

    id: str
    host: str
    aliases: tuple[str, ...]
    origins: tuple[str, ...] = ()
    enabled: bool = True
    certificate: str = ""  # ARN of the one in ACM


@dataclass(frozen=True, slots=True)
class OtherHolder:
    """Who has a name, or a wildcard over it, as an alias in CloudFront. AWS hides a part of both ids by asterisks."""

    alias: str
    distribution: str
    account: str


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate for the policy host in this account's ACM (us-east-1). `status`: as ACM says, such as ISSUED."""

    arn: str
    status: str
    names: tuple[str, ...]
    in_use: bool = False


@dataclass(frozen=True, slots=True)
class PolicyObject:
    """The policy file in the bucket that a distribution fetches from. `same`: its bytes are those that are served."""

    bucket: str
    key: str
    same: bool


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the accounts of the present credentials hold of one mail domain.

    `records`: those at the domain's three names; None where the DNS provider's account was not seen. `listed`: whether
    the account's distributions were seen; `others`: who has the policy host where none of them does, as far as AWS
    tells.
    """

    records: tuple[StandingRecord, ...] | None = None
    workers: tuple[Worker, ...] = ()
    holders: tuple[AliasHolder, ...] = ()
    certificates: tuple[HeldCertificate, ...] = ()
    objects: tuple[PolicyObject, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    listed: bool = False
    others: tuple[OtherHolder, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything seen of one mail domain.

    By senders: `view` and `findings`; by the zone's own servers: `standing`; in the accounts: `accounts`.
    `provider` and `zone`: where its records are, as a policy file says it; "" where it is not known.
    `marks`: TXT records by which tools mark what is theirs.
    """

    domain: str
    view: View
    findings: Findings
    standing: Standing
    accounts: Accounts
    provider: str = ""
    zone: str = ""
    marks: tuple[StandingRecord, ...] = ()


def names_of(domain: str) -> Sequence[str]:
    """The three names of a mail domain: `_mta-sts`, `_smtp._tls` and the policy host."""
    return txt_name(domain), record_name(domain), policy_host(domain)
