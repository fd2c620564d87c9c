"""Context that the services of the embedded cloud share: the store, the certificate authority, and what changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from mtasts.policy.quotas import DISTRIBUTIONS, NAMES_PER_CERTIFICATE
from mtasts_sandbox.store import Store
from mtasts_sandbox.world import Change

# moto's own account and the one name of the sandbox's partition.
ACCOUNT = "123456789012"


class Issuer(Protocol):
    """Makes server certificates."""

    def issue(self, names: list[str], *, days: int = ...) -> tuple[str, str]:
        """`(chain_pem, key_pem)` for these DNS names, leaf first."""
        ...


@dataclass(frozen=True, slots=True)
class Quotas:
    """Limits of an AWS account that a user can have raised."""

    names_per_certificate: int = NAMES_PER_CERTIFICATE.default
    aliases_per_distribution: int = NAMES_PER_CERTIFICATE.most  # CloudFront developer guide, "Quotas"
    # By the setting of mtasts/policy/quotas.py: distributions that share one thing, and all of the account.
    distributions: Mapping[str, int] = field(
        default_factory=lambda: {quota.setting: quota.default for quota in DISTRIBUTIONS}
    )
    response_headers_policies: int = 20
    # None of AWS's: how long the validation of a certificate waits for its DNS records (the real provider: 75 minutes).
    validation_seconds: float = 20.0


@dataclass(slots=True)
class Context:
    """Shared by all services; they note what changed, and the cloud tells it on after the commit."""

    store: Store
    issuer: Issuer
    quotas: Quotas = field(default_factory=Quotas)
    changes: list[Change] = field(default_factory=list)
    # Asked by ACM: the values a CNAME has in the sandbox's DNS. Set by the cloud that knows all zones.
    cname: Callable[[str], str | None] = lambda name: None
    # The same for CAA: the values at exactly this name.
    caa: Callable[[str], tuple[str, ...]] = lambda name: ()
    # Asked by CloudFront: the same for TXT.
    txt: Callable[[str], tuple[str, ...]] = lambda name: ()

    def changed(self, change: Change) -> None:
        """Note a change; the same one twice in a call is one."""
        if change not in self.changes:
            self.changes.append(change)


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """A time as AWS writes it: 2026-03-14T10:15:00.123Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
