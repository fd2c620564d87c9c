"""The same resources as the components register, written out by hand: what a Pulumi program without this project costs.

No validation, no read-back hook, no classes: loops over a JSON file of texts and names computed beforehand.
"""

import json
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_cloudflare as cloudflare

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
FUNCTION = Path(__file__).resolve().parent.parent / "components" / "mtasts_pulumi" / "hosting" / "viewer_request.js"


def program(wanted: Path) -> None:
    """Register everything in `wanted`: a JSON list of domain, group, provider, zone, ttl, text, tls_rpt, retired."""
    entries = sorted(json.loads(wanted.read_text()), key=lambda entry: (entry["group"], entry["domain"]))
    shared = _shared()
    stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    domains = {}
    for group, members in groupby(entries, key=lambda entry: entry["group"]):
        entries_of_group = list(members)
        leading = _host(group, entries_of_group, shared)
        for entry in entries_of_group:
            domains[entry["domain"]] = _domain(entry, shared, leading[entry["domain"]], stamp)
    pulumi.export("domains", domains)
    pulumi.export("bucket", shared["bucket"].bucket)


def _shared() -> dict:
    parent = pulumi.ComponentResource("mtasts:index:PolicyOrigin", "policies", {})
    child = pulumi.ResourceOptions(parent=parent)
    bucket = aws.s3.Bucket(
        "policies-bucket", force_destroy=False, opts=pulumi.ResourceOptions(parent=parent, protect=True)
    )
    settings = [
        aws.s3.BucketVersioning(
            "policies-versions", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=child
        ),
        aws.s3.BucketPublicAccessBlock(
            "policies-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        ),
        aws.s3.BucketOwnershipControls(
            "policies-owner", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        ),
    ]
    control = aws.cloudfront.OriginAccessControl(
        "policies-access",
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=child,
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": ["s3:GetObject", "s3:ListBucket"],
    }
    policy = aws.s3.BucketPolicy(
        "policies-bucket-policy",
        bucket=bucket.bucket,
        policy=bucket.arn.apply(
            lambda arn: json.dumps(
                {"Version": "2012-10-17", "Statement": [{**statement, "Resource": [arn, f"{arn}/*"]}]}
            )
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=settings),
    )
    function = aws.cloudfront.Function(
        "policies-viewer-request", runtime="cloudfront-js-2.0", publish=True, code=FUNCTION.read_text(), opts=child
    )
    headers = aws.cloudfront.ResponseHeadersPolicy(
        "policies-headers",
        security_headers_config={
            "strict_transport_security": {"access_control_max_age_sec": 31536000, "override": True},
            "content_type_options": {"override": True},
            "content_security_policy": {"content_security_policy": "default-src 'none'", "override": True},
            "frame_options": {"frame_option": "DENY", "override": True},
            "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
        },
        opts=child,
    )
    parent.register_outputs({})
    return {"bucket": bucket, "control": control, "policy": policy, "function": function, "headers": headers}


def _host(group: str, members: list, shared: dict) -> dict:
    parent = pulumi.ComponentResource("mtasts:index:PolicyHost", group, {})
    child = pulumi.ResourceOptions(parent=parent)
    names = [f"mta-sts.{entry['domain']}" for entry in members]
    certificate = aws.acm.Certificate(
        f"{group}-certificate",
        domain_name=names[0],
        subject_alternative_names=names[1:],
        validation_method="DNS",
        region="us-east-1",
        opts=child,
    )
    records = []
    for entry, name in zip(members, names, strict=True):
        option = certificate.domain_validation_options.apply(
            lambda options, name=name: next(option for option in options if option.domain_name == name)
        )
        records.append(
            _record(
                f"{entry['domain']}-validation",
                entry,
                option.apply(lambda found: found.resource_record_name.rstrip(".")),
                "CNAME",
                option.apply(lambda found: found.resource_record_value.rstrip(".")),
                300,
                child,
            )
        )
    validation = aws.acm.CertificateValidation(
        f"{group}-certificate-validation",
        certificate_arn=certificate.arn,
        region="us-east-1",
        opts=pulumi.ResourceOptions(parent=parent, depends_on=records),
    )
    distribution = aws.cloudfront.Distribution(
        f"{group}-distribution",
        enabled=True,
        is_ipv6_enabled=True,
        http_version="http2and3",
        comment=f"MTA-STS policy host {group}",
        aliases=names,
        origins=[
            {
                "origin_id": "policies",
                "domain_name": shared["bucket"].bucket_regional_domain_name,
                "origin_access_control_id": shared["control"].id,
            }
        ],
        default_cache_behavior={
            "target_origin_id": "policies",
            "viewer_protocol_policy": "https-only",
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
            "cache_policy_id": CACHING_DISABLED,
            "response_headers_policy_id": shared["headers"].id,
            "compress": False,
            "function_associations": [{"event_type": "viewer-request", "function_arn": shared["function"].arn}],
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={
            "acm_certificate_arn": validation.certificate_arn,
            "ssl_support_method": "sni-only",
            "minimum_protocol_version": "TLSv1.2_2021",
        },
        opts=pulumi.ResourceOptions(parent=parent, protect=True),
    )
    leading = {entry["domain"]: _leading(entry, distribution, child) for entry in members}
    parent.register_outputs({})
    return leading


def _leading(entry: dict, distribution: aws.cloudfront.Distribution, opts: pulumi.ResourceOptions) -> list:
    name = f"mta-sts.{entry['domain']}"
    if entry["provider"] == "cloudflare":
        return [_record(f"{entry['domain']}-host-cname", entry, name, "CNAME", distribution.domain_name, 300, opts)]
    alias = {
        "name": distribution.domain_name,
        "zone_id": distribution.hosted_zone_id,
        "evaluate_target_health": False,
    }
    return [
        aws.route53.Record(
            f"{entry['domain']}-host-{kind.lower()}",
            zone_id=entry["zone"],
            name=name,
            type=kind,
            aliases=[alias],
            opts=opts,
        )
        for kind in ("A", "AAAA")
    ]


def _domain(entry: dict, shared: dict, leading: list, stamp: str) -> dict:
    domain, text = entry["domain"], entry["text"]
    protect = not entry["retired"]
    parent = pulumi.ComponentResource("mtasts:index:MtaStsDomain", domain, {}, pulumi.ResourceOptions(protect=protect))
    free = pulumi.ResourceOptions(parent=parent, protect=False)
    stash = pulumi.Stash(
        f"{domain}-id",
        input=stamp,
        opts=pulumi.ResourceOptions(parent=parent, replacement_trigger=text, ignore_changes=["input"], protect=False),
    )
    body = aws.s3.BucketObjectv2(
        f"{domain}-policy",
        bucket=shared["bucket"].bucket,
        key=f"mta-sts.{domain}/.well-known/mta-sts.txt",
        content=text,
        content_type="text/plain; charset=utf-8",
        cache_control="max-age=60",
        metadata={"mta-sts-id": stash.output},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    rpt = _record(f"{domain}-tls-rpt", entry, f"_smtp._tls.{domain}", "TXT", entry["tls_rpt"], entry["ttl"], free)
    txt = stash.output.apply(lambda id_: f"v=STSv1; id={id_};")
    after = pulumi.ResourceOptions(parent=parent, depends_on=[body, rpt, *leading])
    _record(f"{domain}-mta-sts", entry, f"_mta-sts.{domain}", "TXT", txt, entry["ttl"], after)
    parent.register_outputs({})
    return {"id": stash.output, "records": {f"_mta-sts.{domain}": txt}}


def _record(
    name: str, entry: dict, fqdn: object, kind: str, value: object, ttl: int, opts: pulumi.ResourceOptions
) -> pulumi.CustomResource:
    if entry["provider"] == "route53":
        overwrite = {"allow_overwrite": True} if kind == "CNAME" else {}
        return aws.route53.Record(
            name, zone_id=entry["zone"], name=fqdn, type=kind, ttl=ttl, records=[value], opts=opts, **overwrite
        )
    if kind == "TXT":
        value = value.apply(lambda text: f'"{text}"') if isinstance(value, pulumi.Output) else f'"{value}"'
    return cloudflare.DnsRecord(
        name, zone_id=entry["zone"], name=fqdn, type=kind, content=value, ttl=float(ttl), proxied=False, opts=opts
    )
