"""What the clouds' own error texts mean, and the way out of each: one table, as data.

Codes and texts are those of the services' documentation and of their providers (looked at 2026-11). A test provokes
each row in the sandbox, whose providers answer in the same words; a text that no row knows is passed on as it is.
"""

import re
from dataclasses import dataclass
from typing import Final

_CLOUDFLARE: Final = "Cloudflare API, error codes of DNS records"
_CLOUDFLARE_ACCESS: Final = "Cloudflare API, error codes of authentication"
_ROUTE53: Final = "Route 53 API reference, ChangeResourceRecordSets"
_CLOUDFRONT: Final = "CloudFront API reference, CreateDistribution"
_COMMON: Final = "AWS API references, common errors"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `says` may hold {record}, the DNS name that the resource is about; `out` is what to do.

    `everywhere`: it is about who asks, not about the resource, so that one line is enough for all of a run.
    """

    pattern: "re.Pattern[str]"
    says: str
    out: str
    source: str
    everywhere: bool


def _code(*codes: int) -> str:
    return rf'"code"\s*:\s*(?:{"|".join(map(str, codes))})\b'


def _aws(*codes: str) -> str:
    return rf"api error (?:{'|'.join(codes)})\b"


def _row(pattern: str, says: str, out: str, source: str, *, everywhere: bool = False) -> Cause:
    return Cause(re.compile(pattern), says, out, source, everywhere)


_TAKEN: Final = (
    "see what it is (`mtasts verify DOMAIN`, the zone itself); take it out of the zone if nothing else needs it, then"
    " run `mtasts up` again"
)
_GONE: Final = "`mtasts up --refresh` sees what is really there, and makes it again"
_ZONE: Final = "see `dns: zone` of its YAML: the provider's zone id, in the account of these credentials"
_QUOTA: Final = (
    "docs/reference/yaml.md, Quotas: bundle domains with `host_group`, or have AWS raise it and say so in a setting"
)
_TRY_LATER: Final = "wait a minute and run it again; it goes on from here"

# The first row that fits counts.
CAUSES: Final = (
    _row(_code(81053), "{record} has an A, AAAA or CNAME record already, which is not ours", _TAKEN, _CLOUDFLARE),
    _row(_code(81054), "{record} has a CNAME record already, which is not ours", _TAKEN, _CLOUDFLARE),
    _row(_code(81057, 81058), "{record} has this very record already, made by somebody else", _TAKEN, _CLOUDFLARE),
    _row(
        rf"{_code(81044)}|it is not there any more"
        r"|Tried to delete resource record set .* but (?:it was not found|the values)",
        "{record} was changed or deleted by hand",
        _GONE,
        f"{_CLOUDFLARE}; {_ROUTE53}",
    ),
    _row(
        _code(7000, 7001, 7003), "its DNS zone is not there, or these credentials do not reach it", _ZONE, _CLOUDFLARE
    ),
    _row(
        _code(1000, 6003, 6111, 9103, 9106, 9107, 9109, 10000, 10001),
        "Cloudflare does not accept these credentials for this zone",
        "see CLOUDFLARE_API_TOKEN: not expired, no blank or line end in it, permission Zone.DNS:Edit on this zone, and"
        " used from an address that it allows",
        _CLOUDFLARE_ACCESS,
        everywhere=True,
    ),
    _row(
        rf"{_code(971, 10429)}|\b429\b",
        "Cloudflare was asked too often",
        _TRY_LATER,
        "Cloudflare API, Rate limits",
        everywhere=True,
    ),
    _row(
        r"Tried to create resource record set .* but it already exists",
        "{record} is there already, and is not ours",
        _TAKEN,
        _ROUTE53,
    ),
    _row(
        r"conflicts with other records",
        "{record} has another record, and a CNAME stands alone",
        _TAKEN,
        f"{_ROUTE53}; RFC 1034 s3.6.2",
    ),
    _row(
        r"is not permitted in zone|must be the full name in zone",
        "{record} does not belong into its zone, which is that of another domain",
        _ZONE,
        f"{_ROUTE53}; docs/decisions/sandbox-cloud.md",
    ),
    _row(
        r"NoSuchHostedZone|(?i:(?:no|could not find|invalid|unknown) .{0,40}zone|zone.{0,20}not found)",
        "its DNS zone is not there",
        _ZONE,
        _ROUTE53,
    ),
    _row(
        _aws("CNAMEAlreadyExists"),
        "another CloudFront distribution has the host name already, of this account or another one",
        "find it (`aws cloudfront list-conflicting-aliases`) and take the name from it: only one distribution has it"
        " at a time",
        _CLOUDFRONT,
    ),
    _row(
        _aws("TooManyDistributions", "TooManyDistributionsAssociatedTo\\w+", "TooManyDistributionsWith\\w+"),
        "a quota of CloudFront distributions is used up",
        _QUOTA,
        _CLOUDFRONT,
    ),
    _row(
        f"{_aws('TooManyDistributionCNAMEs')}|ACM: RequestCertificate.*{_aws('LimitExceededException')}",
        "the host group has more names than the account's quota",
        _QUOTA,
        "CloudFront API reference; ACM user guide, Quotas",
    ),
    _row(
        _aws("TooManyOriginAccessControls", "TooManyFunctions", "TooManyResponseHeadersPolicies"),
        "a quota of the AWS account is used up",
        "delete what nobody uses any more, or have AWS raise it (Service Quotas, CloudFront)",
        _CLOUDFRONT,
    ),
    _row(
        _aws("InvalidViewerCertificate"),
        "CloudFront does not take the certificate of the policy host",
        "`mtasts up --refresh` makes a new one if it was deleted by hand",
        _CLOUDFRONT,
    ),
    _row(
        r"waiting for ACM Certificate .*CAA_ERROR",
        "CAA records did not let Amazon issue the policy host's certificate, and ACM does not try it again",
        'add CAA `0 issue "amazon.com"` beside them, then have a new one made: `pulumi up --replace` with its URN',
        "ACM user guide, CAA problems; RFC 8659 s4",
    ),
    _row(
        r"waiting for ACM Certificate .*(?:timeout|to be issued)",
        "ACM did not see the validation record in public DNS, so it issued no certificate",
        "the zone of `dns: zone` must be the one that the domain's NS records name, and its CAA records must allow"
        " Amazon; then run it again",
        "ACM user guide, DNS validation",
    ),
    _row(
        rf"{_aws('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation')}|is not authorized to perform",
        "these AWS credentials may not do that",
        "the publishing roles' rights are in docs/examples/aws/publish-*.json; a policy of the organization may forbid"
        " more",
        _COMMON,
        everywhere=True,
    ),
    _row(
        r"ExpiredToken|RequestExpired|token included in the request is expired|SSO session .*expired",
        "the AWS credentials have expired",
        "get new ones (`aws sso login`, or sign in again) and run it again; it goes on from here",
        _COMMON,
        everywhere=True,
    ),
    _row(
        r"InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure"
        r"|no valid credential sources|failed to refresh cached credentials|get credentials",
        "AWS does not accept these credentials",
        "see AWS_PROFILE, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and this machine's clock",
        _COMMON,
        everywhere=True,
    ),
    _row(
        r"Throttling|ThrottledException|Rate exceeded|TooManyRequests|RequestLimitExceeded|SlowDown"
        r"|PriorRequestNotComplete",
        "AWS was asked too often",
        f"{_TRY_LATER}; `--parallel 4` asks less often",
        _COMMON,
        everywhere=True,
    ),
    _row(_aws("NoSuchBucket"), "the policy bucket was deleted by hand", _GONE, "S3 API reference, error responses"),
    _row(
        r"dial tcp|no such host|i/o timeout|TLS handshake timeout|connection reset by peer|connection refused",
        "the service's API cannot be reached from here",
        "see the network and its proxy (HTTPS_PROXY), and run it again; it goes on from here",
        "Go, package net",
        everywhere=True,
    ),
    _row(
        rf"{_aws('InternalFailure', 'InternalError', 'ServiceUnavailable', 'ServiceException')}|StatusCode: 50\d",
        "the service itself failed",
        _TRY_LATER,
        _COMMON,
    ),
)

_TOLD: Final = (
    # Cloudflare: {"code":81053,"message":"..."}; AWS: api error CODE: ...
    re.compile(r'"code"\s*:\s*(\d+)\s*,\s*"message"\s*:\s*"((?:[^"\\]|\\.)*)"'),
    re.compile(r"api error (\w+): (.*)", re.DOTALL),
)
_AT: Final = re.compile(r"-at-[A-Za-z0-9]+$")
_PREFIXES: Final = (
    ("-mta-sts", "_mta-sts."),
    ("-tls-rpt", "_smtp._tls."),
    ("-host-cname", "mta-sts."),
    ("-host-aaaa", "mta-sts."),
    ("-host-a", "mta-sts."),
)


def cause_of(text: str) -> Cause | None:
    """The row for what a provider said, None for a text that no row knows."""
    return next((cause for cause in CAUSES if cause.pattern.search(text)), None)


def service_words(text: str) -> str:
    """`CODE: message` of what the API itself said, without the provider's wrapping; "" if there is none to see."""
    for pattern in _TOLD:
        found = pattern.search(text)
        if found:
            return f"{found[1]}: {found[2].strip()}"
    return ""


def record_of(resource: str) -> str:
    """The DNS name that one of our resources is about, by its name in the program; the name itself for any other."""
    resource = _AT.sub("", resource)  # the zone, of a domain that moves
    for suffix, prefix in _PREFIXES:
        if resource.endswith(suffix) and len(resource) > len(suffix):
            return prefix + resource.removesuffix(suffix)
    return resource
