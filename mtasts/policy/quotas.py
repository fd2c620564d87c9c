"""AWS's quotas that a stack can meet, once, as data: what bounds a host group, and how many host groups there may be.

Looked at 2026-11. `validate`, `preview`, `up`, `gate` and the program count by them; the sandbox refuses by them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_CLOUDFRONT: Final = "CloudFront developer guide, Quotas"


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota: its setting of the stack (`mtasts:<setting>`), what it counts, AWS's default, and the most it can be.

    `error` is the API's code when it is exceeded.
    """

    setting: str
    counts: str
    default: int
    most: int
    error: str
    source: str


NAMES_PER_CERTIFICATE: Final = Quota(
    setting="namesPerCertificate",
    counts="names a certificate",
    default=10,
    # CloudFront takes no more alternate names than this a distribution, and ACM no more a certificate.
    most=100,
    error="LimitExceededException",
    source="ACM user guide, Quotas: domain names per ACM certificate",
)
# A stack has one of each of the first three, and a host group is one distribution.
PER_ACCESS_CONTROL: Final = Quota(
    setting="distributionsPerAccessControl",
    counts="distributions an origin access control",
    default=100,
    most=100_000,
    error="TooManyDistributionsAssociatedToOriginAccessControl",
    source=f"{_CLOUDFRONT}: distributions that use the same origin access control",
)
PER_FUNCTION: Final = Quota(
    setting="distributionsPerFunction",
    counts="distributions a function",
    default=100,
    most=100_000,
    error="TooManyDistributionsWithFunctionAssociations",
    source=f"{_CLOUDFRONT}: distributions that use the same CloudFront function",
)
PER_HEADERS_POLICY: Final = Quota(
    setting="distributionsPerHeadersPolicy",
    counts="distributions a response headers policy",
    default=100,
    most=100_000,
    error="TooManyDistributionsAssociatedToResponseHeadersPolicy",
    source=f"{_CLOUDFRONT}: distributions that use the same response headers policy",
)
PER_ACCOUNT: Final = Quota(
    setting="distributionsPerAccount",
    counts="distributions an account",
    default=500,
    most=100_000,
    error="TooManyDistributions",
    source=f"{_CLOUDFRONT}: distributions per AWS account",
)
DISTRIBUTIONS: Final = (PER_ACCESS_CONTROL, PER_FUNCTION, PER_HEADERS_POLICY, PER_ACCOUNT)
QUOTAS: Final = (NAMES_PER_CERTIFICATE, *DISTRIBUTIONS)


@dataclass(frozen=True, slots=True)
class Limits:
    """The quotas of one stack's account, by setting: AWS's defaults, unless the stack's settings say otherwise."""

    given: Mapping[str, int]

    def of(self, quota: Quota) -> int:
        """How many there may be."""
        return min(self.given.get(quota.setting, quota.default), quota.most)


DEFAULT_LIMITS: Final = Limits({})


def read_limits(setting: Callable[[str], Any]) -> Limits:
    """The limits that a stack's settings give; `setting` gives the value of one, None where it is not set.

    Raises ValueError for what is not a whole number of at least 1.
    """
    given = {}
    for quota in QUOTAS:
        value = setting(quota.setting)
        if value is None or value == "":
            continue
        text = str(value)
        if isinstance(value, bool) or not (text.isascii() and text.isdecimal()) or int(text) < 1:
            raise ValueError(f"mtasts:{quota.setting} is {text[:40]!r}, not a whole number of {quota.counts}")
        given[quota.setting] = int(text)
    return Limits(given)
