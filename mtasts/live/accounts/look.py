"""One look at the accounts of the present credentials, for one mail domain: what is there, and what cannot be seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from mtasts.adoption.survey import Accounts, AliasHolder, PolicyObject, StandingRecord, Unseen, names_of
from mtasts.errors import CannotLook
from mtasts.live.accounts import aws, cloudflare
from mtasts.live.alias import conflicts
from mtasts.protocol.mta_sts import policy_host
from mtasts.providers import PROVIDERS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where credentials are looked for: the environment, and the AWS profile that a stack's settings name."""

    environ: Mapping[str, str] = field(repr=False)
    profile: str = ""


def look_at_accounts(
    domain: str,
    place: tuple[str, str, str],
    served: bytes | None,
    used: Credentials,
    dns: Credentials | None = None,
) -> Accounts:
    """What the accounts hold of `domain` (A-labels). `place`: provider, zone id and the zone's name, "" if not known.

    `served`: the policy that senders get now. `dns`: of the zone's account, where that is another one. Blocking. Never
    raises: what could not be asked is in `unseen`.
    """
    provider, zone, apex = place
    seen = _Seen()
    at_aws, dns = _client_of(used, seen), dns or used
    found = Accounts()
    if provider == "cloudflare":
        found = _at_cloudflare(domain, zone, apex, dns, seen)
    elif provider == "route53" and at_aws is not None and zone:
        asked = aws.client("route53", dns.environ, dns.profile)
        found = replace(found, records=seen.of(f"Route 53 zone {zone}", lambda: _sets(domain, zone, asked)))
    elif provider and provider not in ("cloudflare", "route53"):
        seen.not_seen(f"the account at {PROVIDERS[provider].title}", "nothing here asks it")
    if at_aws is not None:
        found = _hosting(domain, served, found, at_aws, seen)
    return replace(found, unseen=tuple(seen.unseen))


class _Seen:
    """Gathers what cannot be seen."""

    def __init__(self) -> None:
        self.unseen: list[Unseen] = []

    def not_seen(self, what: str, why: str) -> None:
        self.unseen.append(Unseen(what, why))

    def of(self, what: str, look: Callable[[], T]) -> T | None:
        """What `look` finds; None, and a word about it, where it cannot."""
        try:
            return look()
        except CannotLook as error:
            # The message names what was asked for, too: it is said once.
            why = error.message.removeprefix(f"{what}: ")
            self.not_seen(what, f"{why} ({error.hint})" if error.hint else why)
            return None


def _client_of(used: Credentials, seen: _Seen) -> Callable[[str], Any] | None:
    """What makes a client of an AWS service; None without credentials."""
    first = seen.of("the AWS account", lambda: aws.client("cloudfront", used.environ, used.profile))
    if first is None:
        if not seen.unseen:
            seen.not_seen("the AWS account", aws.NO_CREDENTIALS)
        return None
    return lambda service: aws.client(service, used.environ, used.profile)


def _sets(domain: str, zone: str, client: Any) -> tuple[StandingRecord, ...]:
    return tuple(record for name in names_of(domain) for record in aws.record_sets(zone, name, client))


def _at_cloudflare(domain: str, zone: str, apex: str, used: Credentials, seen: _Seen) -> Accounts:
    if not used.environ.get("CLOUDFLARE_API_TOKEN"):
        seen.not_seen("the Cloudflare account", cloudflare.NO_CREDENTIALS)
        return Accounts()
    environ = used.environ

    def every() -> tuple[StandingRecord, ...]:
        return tuple(record for name in names_of(domain) for record in cloudflare.records(zone, name, environ))

    host = policy_host(domain)
    return Accounts(
        records=seen.of(f"records of zone {zone}", every),
        workers=(
            *(seen.of("Workers routes", lambda: cloudflare.routes(zone, host, environ)) or ()),
            *(seen.of("Workers domains", lambda: cloudflare.domains(zone, apex, host, environ)) or ()),
        ),
    )


def _hosting(domain: str, served: bytes | None, found: Accounts, at_aws: Callable[[str], Any], seen: _Seen) -> Accounts:
    host = policy_host(domain)
    every = seen.of("CloudFront distributions", lambda: aws.distributions(at_aws("cloudfront")))
    holders = aws.holding(host, every or ())
    held = seen.of("ACM certificates", lambda: aws.certificates(host, at_aws("acm"))) or ()
    issued = {each.arn for each in held if each.status == "ISSUED"}
    # AWS tells whose a name is only to who has a certificate for it in use.
    asking = next((each.id for each in every or () if each.certificate in issued), "") if not holders else ""
    what = f"who else has {host} in CloudFront"
    others = seen.of(what, lambda: conflicts(host, asking, at_aws("cloudfront"))) if asking else None
    objects = [_object(holder, served, at_aws, seen) for holder in holders]
    return replace(
        found,
        holders=holders,
        certificates=held,
        objects=tuple(each for each in objects if each is not None),
        listed=every is not None,
        others=others or (),
    )


def _object(
    holder: AliasHolder, served: bytes | None, at_aws: Callable[[str], Any], seen: _Seen
) -> PolicyObject | None:
    what = f"the policy behind distribution {holder.id}"
    return seen.of(what, lambda: aws.policy_object(holder, served, at_aws("s3")))
