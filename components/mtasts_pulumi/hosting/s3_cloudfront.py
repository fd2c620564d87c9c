"""S3 and CloudFront: a private, versioned bucket, and a distribution a host group in front of it."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import cloudfront, s3
from pulumi_aws.acm import (  # by name, which loads them now: it is not safe for threads later
    Certificate as AcmCertificate,
)
from pulumi_aws.acm import CertificateValidation
from pulumi_aws.cloudfront import Distribution
from pulumi_aws.s3 import BucketObjectv2

from mtasts.policy import published_names as names
from mtasts.providers.rights.estate import TAG, stack_tag
from mtasts_pulumi.hosting.backend import Certificate, Hooks, Host, Origin, PolicyFile, Proof

VIEWER_REQUEST = Path(__file__).with_name("viewer_request.js")
# AWS's managed policy CachingDisabled: a change is live at once, so there is nothing to invalidate (and no old body
# that a sender could fetch under a new id, RFC 8461 s8.1).
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ORIGIN = "policies"
# ACM issues within minutes of seeing the records; the provider would wait for 75. The stack is locked meanwhile, and a
# provider made of Terraform's does not stop for Ctrl-C. The next run waits for the same certificate again.
_VALIDATION = pulumi.CustomTimeouts(create="15m")

# Nothing at the edge caches (CachingDisabled); what a sender's own proxy may keep is bounded as RFC 8461 s8.2 advises.
_CACHE_CONTROL = "max-age=60"


def origin(parent: pulumi.Resource, name: str, /, *, retired: bool, called: str) -> Origin:
    """A private bucket, readable by CloudFront alone; a viewer-request function; response headers.

    Bucket and function are `called` the same, so that a role can be for them before they are there.
    """
    child = pulumi.ResourceOptions(parent=parent)
    bucket = s3.Bucket(
        f"{name}{names.BUCKET}",
        bucket=called or None,
        force_destroy=retired,
        # A name is for what is not there yet: another one would be another bucket, and the ledger is in this one.
        opts=pulumi.ResourceOptions(parent=parent, protect=not retired, ignore_changes=["bucket"] if called else None),
    )
    settings = _bucket_settings(name, bucket, child)
    control = cloudfront.OriginAccessControl(
        f"{name}-access",
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        description="CloudFront reads the MTA-STS policies; nobody else does",
        opts=child,
    )
    policy = s3.BucketPolicy(
        f"{name}-bucket-policy",
        bucket=bucket.bucket,
        policy=pulumi.Output.all(bucket.arn, control.arn).apply(lambda arns: bucket_policy(arns[0], arns[1])),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=settings),
    )
    function = cloudfront.Function(
        f"{name}{names.VIEWER_REQUEST}",
        name=called or None,
        runtime="cloudfront-js-2.0",
        comment="MTA-STS: one path, per host; 404 for all else",
        publish=True,
        code=VIEWER_REQUEST.read_text(encoding="ascii"),
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["name"] if called else None),
    )
    headers = _response_headers(name, child)

    # Whoever reads through these waits for the bucket policy too: a distribution without it would answer 403.
    ready = pulumi.Output.all(bucket.bucket_regional_domain_name, policy.id)
    parts = {
        "bucket_domain": ready.apply(lambda values: str(values[0])),
        "access_control_id": control.id,
        "function_arn": function.arn,
        "headers_policy_id": headers.id,
    }
    return Origin(bucket.bucket, parts)


def certificate(parent: pulumi.Resource, name: str, hosts: Sequence[str], hooks: Hooks, /) -> Certificate:
    """Of ACM, in us-east-1, where CloudFront looks."""
    made = AcmCertificate(
        f"{name}{names.CERTIFICATE}",
        domain_name=hosts[0],
        subject_alternative_names=list(hosts[1:]),
        validation_method="DNS",
        region="us-east-1",
        tags=_whose(),
        opts=pulumi.ResourceOptions(parent=parent, hooks=hooks),
    )
    return Certificate(made.arn, {host: _proof(host, made.domain_validation_options) for host in hosts})


def _proof(host: str, options: pulumi.Output[Any]) -> Proof:
    # The options come in no promised order; the one for this host is looked up when they are known. No resource
    # is made inside the apply, so previews are complete.
    option = options.apply(lambda every: next(option for option in every if option.domain_name == host))
    return Proof(
        option.apply(lambda found: found.resource_record_name),
        option.apply(lambda found: found.resource_record_value),
    )


def host(
    parent: pulumi.Resource,
    name: str,
    hosts: Sequence[str],
    origin: Origin,
    certificate: Certificate,
    proofs: Sequence[pulumi.Resource],
    hooks: Hooks,
    /,
    *,
    protect: bool,
) -> Host:
    """A distribution, over IPv4 and IPv6: HTTPS only, nothing cached."""
    validation = CertificateValidation(
        f"{name}{names.CERTIFICATE_VALIDATION}",
        certificate_arn=certificate.id,
        region="us-east-1",
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(proofs), custom_timeouts=_VALIDATION),
    )
    made = Distribution(
        f"{name}{names.DISTRIBUTION}",
        enabled=True,
        is_ipv6_enabled=True,
        http_version="http2and3",
        comment=f"MTA-STS policy host {name}",
        aliases=list(hosts),
        origins=[
            {
                "origin_id": _ORIGIN,
                "domain_name": origin.parts["bucket_domain"],
                "origin_access_control_id": origin.parts["access_control_id"],
            }
        ],
        default_cache_behavior={
            "target_origin_id": _ORIGIN,
            # RFC 8461 s3.3: a sender does not follow a redirect, so plain HTTP gets none.
            "viewer_protocol_policy": "https-only",
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
            "cache_policy_id": _CACHING_DISABLED,
            "response_headers_policy_id": origin.parts["headers_policy_id"],
            "compress": False,
            "function_associations": [{"event_type": "viewer-request", "function_arn": origin.parts["function_arn"]}],
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={
            "acm_certificate_arn": validation.certificate_arn,
            "ssl_support_method": "sni-only",
            # The provider's own default is TLSv1. Not above 1.2: MTAs with nothing newer are still about.
            "minimum_protocol_version": "TLSv1.2_2021",
        },
        tags=_whose(),
        opts=pulumi.ResourceOptions(parent=parent, protect=protect, hooks=hooks),
    )
    return Host(made.domain_name, made.hosted_zone_id, made.aliases)


def policy(parent: pulumi.Resource, name: str, origin: Origin, policy: PolicyFile, hooks: Hooks, /) -> pulumi.Resource:
    """An object of the bucket."""
    made: pulumi.Resource = BucketObjectv2(
        f"{name}{names.POLICY}",
        bucket=origin.bucket,
        key=names.policy_key(policy.domain),
        content=policy.text,
        # The content itself is never read back. S3's own digest of it is, so that a refresh sees a change by hand;
        # it is the MD5 only where S3's own keys encrypt, and these are asked for whatever the bucket's default is.
        etag=hashlib.md5(policy.text.encode(), usedforsecurity=False).hexdigest(),
        server_side_encryption="AES256",
        content_type="text/plain; charset=utf-8",
        cache_control=_CACHE_CONTROL,
        # The bucket is the ledger: the id goes with the body it was made for, and the TTL for which resolvers may
        # keep the TXT that names it. It matters for as long after it was lowered.
        metadata={names.ID_METADATA: policy.id, names.TTL_METADATA: str(policy.ttl)},
        # The provider would delete every version of it, and what senders still hold could not be told any more.
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=True, hooks=hooks),
    )
    return made


def bucket_policy(bucket_arn: str, access_control_arn: str) -> str:
    """The bucket's policy as JSON: CloudFront of this account reads, and nobody speaks to it without TLS.

    It names the account instead of each distribution, so that publishing one more domain does not change who may read
    all the others. `s3:ListBucket` makes a missing object a 404 instead of a 403.
    """
    partition, account = access_control_arn.split(":")[1], access_control_arn.split(":")[4]
    cloudfront_of_this_account = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:{partition}:cloudfront::{account}:distribution/*"}},
    }
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Read", "Action": "s3:GetObject", "Resource": f"{bucket_arn}/*", **cloudfront_of_this_account},
                {"Sid": "NotFound", "Action": "s3:ListBucket", "Resource": bucket_arn, **cloudfront_of_this_account},
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [bucket_arn, f"{bucket_arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        }
    )


def _whose() -> dict[str, str]:
    """The tag by which a role may change what is this stack's, and nothing else of the account."""
    return {TAG: stack_tag(pulumi.get_project(), pulumi.get_stack())}


def _bucket_settings(name: str, bucket: s3.Bucket, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    return [
        s3.BucketVersioning(
            f"{name}-versions",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=opts,
        ),
        s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=opts,
        ),
        s3.BucketOwnershipControls(
            f"{name}-owner",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=opts,
        ),
    ]


def _response_headers(name: str, opts: pulumi.ResourceOptions) -> cloudfront.ResponseHeadersPolicy:
    return cloudfront.ResponseHeadersPolicy(
        f"{name}-headers",
        comment="MTA-STS policy hosts",
        security_headers_config={
            "strict_transport_security": {"access_control_max_age_sec": 31536000, "override": True},
            "content_type_options": {"override": True},
            "content_security_policy": {"content_security_policy": "default-src 'none'", "override": True},
            "frame_options": {"frame_option": "DENY", "override": True},
            "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
        },
        opts=opts,
    )
