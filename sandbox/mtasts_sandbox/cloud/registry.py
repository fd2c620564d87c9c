"""Resources of the embedded cloud, by the engine's type token."""

from collections.abc import Mapping

from mtasts_sandbox.cloud.aws import (
    acm_resources,
    cloudfront_resources,
    distribution,
    iam_resources,
    route53_resources,
    s3_object,
    s3_resources,
)
from mtasts_sandbox.cloud.cloudflare import dns_resources
from mtasts_sandbox.cloud.resource import Resource

_ALL = (
    *s3_resources.RESOURCES,
    *s3_object.RESOURCES,
    *acm_resources.RESOURCES,
    *cloudfront_resources.RESOURCES,
    *distribution.RESOURCES,
    *iam_resources.RESOURCES,
    *route53_resources.RESOURCES,
    *dns_resources.RESOURCES,
)

RESOURCES: Mapping[str, Resource] = {kind.type: kind() for kind in _ALL}
