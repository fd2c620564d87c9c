"""A policy host on CloudFront that somebody made beside the engine: in this account, or in a stranger's.

In this account everything is there that the console makes: bucket, object, access control, validated certificate and
distribution. Of a stranger's only what clients meet: nothing of it can be seen through this account's APIs.
"""

import json
import secrets
from typing import Any

from mtasts.errors import CannotLook
from mtasts_sandbox.cloud.aws.acm import ISSUED, validation_record
from mtasts_sandbox.cloud.aws.cloudfront import CACHING_DISABLED, HOSTED_ZONE, new_distribution, new_id, version_of
from mtasts_sandbox.cloud.aws.route53 import RecordSet
from mtasts_sandbox.cloud.by_hand import set_records
from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.errors import ApiError

STRANGER = "998877112233"  # the account id of everybody else
_REGION, _KEY = "us-east-1", ".well-known/mta-sts.txt"


def make(cloud: Cloud, alias: str, policy: bytes, *, own: bool) -> tuple[str, str]:
    """A distribution that serves this policy under an alias; gives its id and its own name. Raises CannotLook."""
    try:
        id_, domain = _own(cloud, alias, policy) if own else _stranger(cloud, alias, policy)
        cloud.commit()
    except ApiError as error:
        cloud.rollback()
        raise CannotLook(str(error), "") from error
    return id_, domain


def lead(cloud: Cloud, alias: str, domain: str, kind: str) -> None:
    """Publish where the alias is: "alias" (A and AAAA of Route 53) or "cname". Raises CannotLook."""
    zone = cloud.zone_of(alias)
    if kind == "cname":
        set_records(cloud, alias, "CNAME", 300, [f"{domain}."])
    elif zone is None or zone.provider != "route53":
        raise CannotLook(f"{alias} is in no zone of Route 53", "only there a record is an alias; --record cname")
    else:
        for family in ("A", "AAAA"):
            record = RecordSet(alias, family, None, (), domain, HOSTED_ZONE)
            cloud.route53.change(zone.zone_id, record, None, overwrite=True)
        cloud.commit()


def switch(cloud: Cloud, id_: str, *, enabled: bool) -> None:
    """Enable or disable a distribution of either account, as its owner does. Raises CannotLook."""
    distribution = cloud.cloudfront.distributions.get(id_)
    if distribution is None:
        raise CannotLook(f"no distribution {id_} in the sandbox", "`mtasts sandbox distribution list` shows them")
    inputs = distribution["inputs"] | {"enabled": enabled}
    cloud.cloudfront.save("distribution", id_, distribution | version_of(inputs))
    cloud.commit()


def _own(cloud: Cloud, alias: str, policy: bytes) -> tuple[str, str]:
    arn = _certificate(cloud, alias)
    bucket = f"by-hand-{secrets.token_hex(6)}"
    cloud.s3.create_bucket(bucket, _REGION, {})
    cloud.s3.put_object(bucket, _KEY, policy, {"Content-Type": "text/plain"}, {})
    control = new_id()
    settings = {
        "name": bucket,
        "description": "",
        "originAccessControlOriginType": "s3",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    }
    cloud.cloudfront.save("oac", control, {"etag": new_id(), "inputs": settings})
    inputs = _inputs(alias, f"{bucket}.s3.{_REGION}.amazonaws.com")
    inputs["origins"][0]["originAccessControlId"] = control
    inputs["viewerCertificate"]["acmCertificateArn"] = arn
    cloud.cloudfront.check("", inputs, "creating CloudFront Distribution", "CreateDistribution")
    id_, document = new_distribution(inputs)
    cloud.cloudfront.save("distribution", id_, document)
    cloud.acm.use(arn, document["arn"], used=True)
    cloud.s3.put_policy(bucket, _readable_by(bucket, document["arn"]))
    return id_, str(document["domain"])


def _stranger(cloud: Cloud, alias: str, policy: bytes) -> tuple[str, str]:
    if cloud.cloudfront.holder(alias) is not None:
        raise CannotLook(f"a distribution has the alias {alias} already", "an alias is of one distribution only")
    id_, document = new_distribution(_inputs(alias, "somebody-elses.s3.us-east-1.amazonaws.com"), STRANGER)
    chain, key = cloud.context.issuer.issue([alias])
    document["stranger"] = {"policy": policy.hex(), "chain": chain, "key": key}
    cloud.cloudfront.save("distribution", id_, document)
    return id_, str(document["domain"])


def _certificate(cloud: Cloud, alias: str) -> str:
    """Issued: its validation record stands in the alias's zone, as it does for ever after."""
    name, value = validation_record(alias)
    set_records(cloud, name.rstrip("."), "CNAME", 300, [value])
    arn = cloud.acm.request([alias], _REGION, {}, "RSA_2048")
    cloud.acm.validate(arn)
    certificate = cloud.acm.get(arn)
    if certificate is None or certificate["status"] != ISSUED:
        cloud.rollback()
        raise CannotLook(f"no certificate is issued for {alias}", "its zone or a CAA record stands in the way")
    return arn


def _inputs(alias: str, origin: str) -> dict[str, Any]:
    return {
        "aliases": [alias],
        "comment": "",
        "defaultCacheBehavior": {
            "allowedMethods": ["GET", "HEAD"],
            "cachePolicyId": CACHING_DISABLED,
            "cachedMethods": ["GET", "HEAD"],
            "compress": True,
            "targetOriginId": origin,
            "viewerProtocolPolicy": "redirect-to-https",
        },
        "enabled": True,
        "httpVersion": "http2",
        "isIpv6Enabled": True,
        "origins": [{"connectionAttempts": 3, "connectionTimeout": 10, "domainName": origin, "originId": origin}],
        "priceClass": "PriceClass_All",
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021", "sslSupportMethod": "sni-only"},
    }


def _readable_by(bucket: str, distribution_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
