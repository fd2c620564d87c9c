"""CloudFront's things in the form that moto's models take, for its API."""

from collections.abc import Mapping
from typing import Any


def control(inputs: Mapping[str, Any]) -> dict[str, str]:
    """An origin access control, from the engine's inputs."""
    return {
        "Name": inputs["name"],
        "Description": inputs.get("description", ""),
        "SigningProtocol": inputs["signingProtocol"],
        "SigningBehavior": inputs["signingBehavior"],
        "OriginAccessControlOriginType": inputs["originAccessControlOriginType"],
    }


def distribution(caller: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """moto's form of a distribution, for its API."""
    behavior, viewer = inputs["defaultCacheBehavior"], inputs["viewerCertificate"]
    certificate: dict[str, Any] = {"MinimumProtocolVersion": viewer.get("minimumProtocolVersion", "TLSv1")}
    if arn := viewer.get("acmCertificateArn"):
        certificate |= {"ACMCertificateArn": arn, "SSLSupportMethod": viewer.get("sslSupportMethod", "sni-only")}
    else:
        certificate["CloudFrontDefaultCertificate"] = True
    return {
        "CallerReference": caller,
        "Aliases": {"Items": list(inputs.get("aliases", []))},
        "Comment": inputs.get("comment", ""),
        "Enabled": inputs["enabled"],
        "PriceClass": inputs.get("priceClass", "PriceClass_All"),
        "HttpVersion": inputs.get("httpVersion", "http2"),
        "IsIPV6Enabled": inputs.get("isIpv6Enabled", False),
        "DefaultRootObject": inputs.get("defaultRootObject", ""),
        "Origins": {
            "Quantity": len(inputs["origins"]),
            "Items": [
                {
                    "Id": origin["originId"],
                    "DomainName": origin["domainName"],
                    "OriginPath": origin.get("originPath", ""),
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
                for origin in inputs["origins"]
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": behavior["targetOriginId"],
            "ViewerProtocolPolicy": behavior["viewerProtocolPolicy"],
            "Compress": behavior.get("compress", False),
            "AllowedMethods": {
                "Quantity": len(behavior["allowedMethods"]),
                "Items": {"Method": behavior["allowedMethods"]},
            },
        },
        "ViewerCertificate": certificate,
    }
