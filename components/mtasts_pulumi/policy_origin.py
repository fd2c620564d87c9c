"""The bucket that all policy hosts of a stack read from, and what they share: one a stack."""

import json
from pathlib import Path
from typing import NotRequired, Optional, TypedDict

import pulumi
from pulumi_aws import cloudfront, s3

from mtasts.policy import published_names as names

_VIEWER_REQUEST = Path(__file__).with_name("viewer_request.js")


class PolicyOriginArgs(TypedDict):
    """How the policies of one stack are kept."""

    retired: NotRequired[bool]
    """True when no mail domain of the stack publishes more than mode `none`: the bucket, which is the ledger of every
    text ever served, may then be deleted together with its old versions. Until then the engine refuses to."""


class PolicyOrigin(pulumi.ComponentResource):
    """A private, versioned bucket, readable by CloudFront alone; a viewer-request function; response headers.

    The bucket is the ledger: each object version carries the id it was published under, so what was served, when and
    with which max_age can be read back (the safe time to retire a domain is computed from it, RFC 8461 s8.3).
    """

    bucket: pulumi.Output[str]
    """The bucket's name."""
    bucket_domain: pulumi.Output[str]
    """The name CloudFront reads it by."""
    access_control_id: pulumi.Output[str]
    """The origin access control's id."""
    function_arn: pulumi.Output[str]
    """The viewer-request function that answers the one path and 404 for all else."""
    headers_policy_id: pulumi.Output[str]
    """The response headers policy's id."""

    def __init__(
        self, name: str, args: Optional[PolicyOriginArgs] = None, opts: Optional[pulumi.ResourceOptions] = None
    ):
        super().__init__(names.ORIGIN_TYPE, name, {}, opts)
        retired = bool((args or {}).get("retired", False))
        child = pulumi.ResourceOptions(parent=self)

        bucket = s3.Bucket(
            f"{name}{names.BUCKET}",
            force_destroy=retired,
            opts=pulumi.ResourceOptions(parent=self, protect=not retired),
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=settings),
        )
        function = cloudfront.Function(
            f"{name}-viewer-request",
            runtime="cloudfront-js-2.0",
            comment="MTA-STS: one path, per host; 404 for all else",
            publish=True,
            code=_VIEWER_REQUEST.read_text(encoding="ascii"),
            opts=child,
        )
        headers = _response_headers(name, child)

        # Whoever reads through these waits for the bucket policy too: a distribution without it would answer 403.
        ready = pulumi.Output.all(bucket.bucket_regional_domain_name, policy.id)
        self.bucket = bucket.bucket
        self.bucket_domain = ready.apply(lambda values: values[0])
        self.access_control_id = control.id
        self.function_arn = function.arn
        self.headers_policy_id = headers.id
        self.register_outputs({"bucket": self.bucket})


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
