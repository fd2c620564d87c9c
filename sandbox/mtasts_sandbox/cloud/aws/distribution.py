"""The engine's CloudFront distribution."""

from mtasts_sandbox.cloud.aws.cloudfront import CACHING_DISABLED, HOSTED_ZONE, new_distribution, version_of
from mtasts_sandbox.cloud.fields import Failure, flag, many, nested, number, strings, text, texts
from mtasts_sandbox.cloud.resource import Call, Properties, Resource

_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
_PROTOCOLS = (
    "TLSv1",
    "TLSv1_2016",
    "TLSv1.1_2016",
    "TLSv1.2_2018",
    "TLSv1.2_2019",
    "TLSv1.2_2021",
    "TLSv1.2_2025",
    "TLSv1.3_2025",
)


class Distribution(Resource):
    """aws.cloudfront.Distribution with one private S3 origin, no cache, and at most a viewer-request function."""

    type = "aws:cloudfront/distribution:Distribution"
    fields = {  # noqa: RUF012
        "aliases": texts(),
        "comment": text(),
        "defaultCacheBehavior": nested(
            required=True,
            allowedMethods=texts(*_METHODS, required=True),
            cachePolicyId=text(CACHING_DISABLED, required=True),
            cachedMethods=texts("GET", "HEAD", "OPTIONS", required=True),
            compress=flag(default=False),
            functionAssociations=many(
                0, 1, eventType=text("viewer-request", required=True), functionArn=text(required=True)
            ),
            responseHeadersPolicyId=text(),
            targetOriginId=text(required=True),
            viewerProtocolPolicy=text("allow-all", "https-only", "redirect-to-https", required=True),
        ),
        "defaultRootObject": text(),
        "enabled": flag(required=True),
        "httpVersion": text("http1.1", "http2", "http2and3", "http3", default="http2"),
        "isIpv6Enabled": flag(default=False),
        "origins": many(
            1,
            1,
            required=True,
            connectionAttempts=number(1, 3, default=3),
            connectionTimeout=number(1, 10, default=10),
            domainName=text(required=True),
            originAccessControlId=text(),
            originId=text(required=True),
            originPath=text(default=""),
        ),
        "priceClass": text("PriceClass_All", "PriceClass_200", "PriceClass_100", default="PriceClass_All"),
        "restrictions": nested(
            required=True,
            geoRestriction=nested(required=True, locations=texts(), restrictionType=text("none", required=True)),
        ),
        "retainOnDelete": flag(default=False),
        "tags": strings(),
        "viewerCertificate": nested(
            required=True,
            acmCertificateArn=text(),
            cloudfrontDefaultCertificate=flag(),
            minimumProtocolVersion=text(*_PROTOCOLS, default="TLSv1"),
            sslSupportMethod=text("sni-only"),
        ),
        "waitForDeployment": flag(default=True),
    }
    computed = (
        "arn",
        "callerReference",
        "domainName",
        "etag",
        "hostedZoneId",
        "inProgressValidationBatches",
        "lastModifiedTime",
        "loggingV1Enabled",
        "status",
        "tagsAll",
        "trustedKeyGroups",
        "trustedSigners",
    )
    volatile = ("etag", "lastModifiedTime")

    def check(self, inputs: Properties) -> list[Failure]:
        """What goes together in a viewer certificate."""
        viewer = inputs.get("viewerCertificate", {})
        if not isinstance(viewer, dict):
            return []
        has_acm, has_default = "acmCertificateArn" in viewer, bool(viewer.get("cloudfrontDefaultCertificate"))
        if has_acm == has_default:
            reason = "exactly one of acmCertificateArn and cloudfrontDefaultCertificate must be given"
            return [Failure("viewerCertificate", reason)]
        if has_acm and "sslSupportMethod" not in viewer:
            return [Failure("viewerCertificate.sslSupportMethod", "must be given with acmCertificateArn")]
        if has_default and viewer.get("minimumProtocolVersion", "TLSv1") != "TLSv1":
            reason = "CloudFront's own certificate always comes with TLSv1"
            return [Failure("viewerCertificate.minimumProtocolVersion", reason)]
        return []

    async def create(self, call: Call, inputs: Properties) -> str:
        """Deployed at once; a real one takes minutes."""
        call.cloud.cloudfront.check("", inputs, "creating CloudFront Distribution", "CreateDistributionWithTags")
        id_, document = new_distribution(inputs)
        call.cloud.cloudfront.save("distribution", id_, document)
        self._use_certificate(call, document["arn"], {}, inputs)
        return id_

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """Names and state."""
        distribution = call.cloud.cloudfront.own(id_)
        if distribution is None:
            return None
        return {
            "arn": distribution["arn"],
            "callerReference": distribution["caller"],
            "domainName": distribution["domain"],
            "etag": distribution["etag"],
            "hostedZoneId": HOSTED_ZONE,
            "inProgressValidationBatches": 0,
            "lastModifiedTime": distribution["modified"],
            "loggingV1Enabled": False,
            "status": "Deployed",
            "tagsAll": distribution["inputs"].get("tags", {}),
            "trustedKeyGroups": [{"enabled": False}],
            "trustedSigners": [{"enabled": False}],
        }

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """As it is kept; what only the provider knows stays as the program has it."""
        own = {name: inputs[name] for name in ("retainOnDelete", "waitForDeployment") if name in inputs}
        return dict(call.cloud.cloudfront.distributions[id_]["inputs"]) | own

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Deployed at once."""
        distribution = call.cloud.cloudfront.distributions[id_]
        doing = f"updating CloudFront Distribution ({id_})"
        call.cloud.cloudfront.check(id_, new, doing, "UpdateDistribution")
        before = distribution["inputs"]
        call.cloud.cloudfront.save("distribution", id_, distribution | version_of(new))
        self._use_certificate(call, distribution["arn"], before, new)

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """The provider disables it, waits, and deletes it; with retainOnDelete it only disables it."""
        distribution = call.cloud.cloudfront.own(id_)
        if distribution is None:
            return
        if inputs.get("retainOnDelete"):
            disabled = distribution["inputs"] | {"enabled": False}
            call.cloud.cloudfront.save("distribution", id_, distribution | version_of(disabled))
            return
        call.cloud.cloudfront.drop("distribution", id_)
        self._use_certificate(call, distribution["arn"], distribution["inputs"], {})

    def _use_certificate(self, call: Call, arn: str, old: Properties, new: Properties) -> None:
        before = old.get("viewerCertificate", {}).get("acmCertificateArn")
        after = new.get("viewerCertificate", {}).get("acmCertificateArn")
        if before != after:
            if before:
                call.cloud.acm.use(before, arn, used=False)
            if after:
                call.cloud.acm.use(after, arn, used=True)


RESOURCES: tuple[type[Resource], ...] = (Distribution,)
