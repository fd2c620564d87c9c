"""Hosting by S3 and CloudFront: the policies in a bucket, which is the ledger; a distribution a host group in front."""

import re
from typing import Final

from mtasts.providers import aws
from mtasts.providers.aws import api_error
from mtasts.providers.cause import GONE, TRY_LATER, cause
from mtasts.providers.hosting import Hosting
from mtasts.providers.provider import Inputs

# The setting of a stack that names its policy bucket (and its function), where they are made anew.
POLICY_BUCKET: Final = "policyBucket"
A_BUCKET: Final = "3 to 63 lower-case letters, digits and hyphens, the first and the last not a hyphen"
_BUCKET_NAME: Final = re.compile(r"(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", re.ASCII)

_CLOUDFRONT: Final = "CloudFront API reference, CreateDistribution"
_COMMON: Final = "AWS API references, common errors"
_QUOTA: Final = (
    "docs/reference/yaml.md, Quotas: bundle domains with `host_group`, or have AWS raise it and say so in a setting"
)
_POLICY: Final = "aws:s3/bucketObjectv2:BucketObjectv2"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_HOST: Final = "aws:cloudfront/distribution:Distribution"
_CERTIFICATE: Final = "aws:acm/certificate:Certificate"


def is_bucket_name(text: str) -> bool:
    """Whether S3 takes it for a new bucket, and CloudFront for a function; no dots, for TLS."""
    return _BUCKET_NAME.fullmatch(text) is not None


def _host_names(inputs: Inputs) -> tuple[str, ...]:
    aliases = inputs.get("aliases")
    return tuple(map(str, aliases)) if isinstance(aliases, list) else ()


def _certificate_names(inputs: Inputs) -> tuple[str, ...]:
    return str(inputs.get("domainName")), *map(str, inputs.get("subjectAlternativeNames") or ())


def _own_name(outputs: Inputs) -> str:
    name = outputs.get("domainName")
    return name if isinstance(name, str) else ""


def _another_text(old: Inputs, new: Inputs) -> bool:
    same = old.get("content") == new.get("content")
    return same and bool(old.get("etag")) and old.get("etag") != new.get("etag")


_CAUSES: Final = (
    cause(
        api_error("CNAMEAlreadyExists"),
        "another CloudFront distribution has the host name, exactly or by a wildcard to which DNS leads; it is"
        " of this account or another one",
        "`mtasts adopt DOMAIN` moves it here without a moment without a policy, or says what its owner has to do first",
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
        api_error("NoSuchBucket"),
        "the policy bucket was deleted by hand",
        GONE,
        "S3 API reference, error responses",
    ),
)
HOSTING: Final = Hosting(
    key="s3_cloudfront",
    title="S3 and CloudFront",
    policy_type=_POLICY,
    host_type=_HOST,
    certificate_type=_CERTIFICATE,
    nouns={
        _POLICY: "policy file",
        _BUCKET: "bucket",
        _HOST: "distribution",
        _CERTIFICATE: "certificate",
        "aws:acm/certificateValidation:CertificateValidation": "certificate validation",
    },
    host_names=_host_names,
    certificate_names=_certificate_names,
    own_name=_own_name,
    another_text=_another_text,
    credentials=aws.CREDENTIALS,
    origin_held="put `aws:region` of the stack's settings back: a bucket cannot move, and it holds the ledger",
    # The ids are those of the real providers (their documentation, section "Import").
    identities={
        _BUCKET: lambda inputs: str(inputs["bucket"]),
        "aws:cloudfront/function:Function": lambda inputs: str(inputs["name"]),
    },
    harmless_twice=("aws:s3/", "aws:acm/certificateValidation:"),
    causes=_CAUSES,
    told=aws.TOLD,
    backend="mtasts_pulumi.hosting.s3_cloudfront",
)
