"""Causes of the clouds' own error texts, and the way out of each: one table, as data.

Codes and texts are those of the services' documentation and of their providers (looked at 2026-11). A test provokes
each row in the sandbox, whose providers answer in the same words; a text that no row knows is passed on as it is.
"""

import re
from typing import Final

from mtasts.policy.published_names import AT_ZONE, HOST, MTA_STS, TLS_RPT
from mtasts.protocol.mta_sts import policy_host, txt_name
from mtasts.protocol.tls_rpt import record_name
from mtasts.providers import PROVIDERS, of_record
from mtasts.providers.aws import TOLD, api_error
from mtasts.providers.cause import GONE, TRY_LATER, Cause, cause

_CLOUDFRONT: Final = "CloudFront API reference, CreateDistribution"
_COMMON: Final = "AWS API references, common errors"
_QUOTA: Final = (
    "docs/reference/yaml.md, Quotas: bundle domains with `host_group`, or have AWS raise it and say so in a setting"
)

_OF_RECORDS: Final = tuple(row for provider in PROVIDERS.values() for row in provider.causes)
# Of the web host, and of what everything at AWS has in common.
_OF_THE_HOST: Final = (
    cause(
        api_error("CNAMEAlreadyExists"),
        "another CloudFront distribution has the host name already, of this account or another one",
        "find it (`aws cloudfront list-conflicting-aliases`) and take the name from it: only one distribution has it"
        " at a time",
        _CLOUDFRONT,
    ),
    cause(
        api_error("TooManyDistributions", "TooManyDistributionsAssociatedTo\\w+", "TooManyDistributionsWith\\w+"),
        "a quota of CloudFront distributions is used up",
        _QUOTA,
        _CLOUDFRONT,
    ),
    cause(
        f"{api_error('TooManyDistributionCNAMEs')}|ACM: RequestCertificate.*{api_error('LimitExceededException')}",
        "the host group has more names than the account's quota",
        _QUOTA,
        "CloudFront API reference; ACM user guide, Quotas",
    ),
    cause(
        api_error("TooManyOriginAccessControls", "TooManyFunctions", "TooManyResponseHeadersPolicies"),
        "a quota of the AWS account is used up",
        "delete what nobody uses any more, or have AWS raise it (Service Quotas, CloudFront)",
        _CLOUDFRONT,
    ),
    cause(
        api_error("InvalidViewerCertificate"),
        "CloudFront does not take the certificate of the policy host",
        "`mtasts up --refresh` makes a new one if it was deleted by hand",
        _CLOUDFRONT,
    ),
    cause(
        r"waiting for ACM Certificate .*CAA_ERROR",
        "CAA records did not let Amazon issue the policy host's certificate, and ACM does not try it again",
        'add CAA `0 issue "amazon.com"` beside them, then have a new one made: `pulumi up --replace` with its URN',
        "ACM user guide, CAA problems; RFC 8659 s4",
    ),
    cause(
        r"waiting for ACM Certificate .*(?:timeout|to be issued)",
        "ACM did not see the validation record in public DNS, so it issued no certificate",
        "the zone of `dns: zone` must be the one that the domain's NS records name, and its CAA records must allow"
        " Amazon; then run it again",
        "ACM user guide, DNS validation",
    ),
    cause(
        rf"{api_error('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation')}|is not authorized to perform",
        "these AWS credentials may not do that",
        "the publishing roles' rights are in docs/examples/aws/publish-*.json; a policy of the organization may forbid"
        " more",
        _COMMON,
        everywhere=True,
    ),
    cause(
        r"ExpiredToken|RequestExpired|token included in the request is expired|SSO session .*expired",
        "the AWS credentials have expired",
        "get new ones (`aws sso login`, or sign in again) and run it again; it goes on from here",
        _COMMON,
        everywhere=True,
    ),
    cause(
        r"InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure"
        r"|no valid credential sources|failed to refresh cached credentials|get credentials",
        "AWS does not accept these credentials",
        "see AWS_PROFILE, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and this machine's clock",
        _COMMON,
        everywhere=True,
    ),
    cause(
        r"Throttling|ThrottledException|Rate exceeded|TooManyRequests|RequestLimitExceeded|SlowDown"
        r"|PriorRequestNotComplete",
        "AWS was asked too often",
        f"{TRY_LATER}; `--parallel 4` asks less often",
        _COMMON,
        everywhere=True,
    ),
    cause(
        api_error("NoSuchBucket"), "the policy bucket was deleted by hand", GONE, "S3 API reference, error responses"
    ),
    cause(
        r"dial tcp|no such host|i/o timeout|TLS handshake timeout|connection reset by peer|connection refused",
        "the service's API cannot be reached from here",
        "see the network and its proxy (HTTPS_PROXY), and run it again; it goes on from here",
        "Go, package net",
        everywhere=True,
    ),
    cause(
        rf"{api_error('InternalFailure', 'InternalError', 'ServiceUnavailable', 'ServiceException')}|StatusCode: 50\d",
        "the service itself failed",
        TRY_LATER,
        _COMMON,
    ),
)

# The first row that fits counts, those of a record's own provider before all others.
CAUSES: Final = (*_OF_RECORDS, *_OF_THE_HOST)
_TOLD: Final = tuple(
    dict.fromkeys([*(provider.told for provider in PROVIDERS.values() if provider.told is not None), TOLD])
)
_HOST: Final = re.compile(rf"(.+){HOST}-[a-z]+")
_PREFIXES: Final = (
    (MTA_STS, txt_name("")),
    (TLS_RPT, record_name("")),
)


def cause_of(text: str, urn: str = "") -> Cause | None:
    """The row for what a provider said of the resource `urn`, None for a text that no row knows."""
    provider = of_record(urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2])
    rows = (*(provider.causes if provider else ()), *CAUSES)
    return next((row for row in rows if row.pattern.search(text)), None)


def service_words(text: str) -> str:
    """`CODE: message` of what the API itself said, without the provider's wrapping; "" if there is none to see."""
    for pattern in _TOLD:
        found = pattern.search(text)
        if found:
            return f"{found[1]}: {found[2].strip()}"
    return ""


def record_of(resource: str) -> str:
    """The DNS name that one of our resources is about, by its name in the program; the name itself for any other."""
    resource = AT_ZONE.sub("", resource)  # the zone, of a domain that moves
    if host := _HOST.fullmatch(resource):
        return policy_host(host[1])
    for suffix, prefix in _PREFIXES:
        if resource.endswith(suffix) and len(resource) > len(suffix):
            return prefix + resource.removesuffix(suffix)
    return resource
