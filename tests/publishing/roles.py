"""What the AWS provider writes for each step of the engine, as IAM calls it, and what the examples' roles allow."""

import json
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "aws"

# Of the provider's sources and AWS's Service Authorization Reference. A retained object is not deleted; what a stack's
# end takes besides (docs/gitops.md) is not for a pipeline.
_WRITES = {
    "aws:s3/bucket:Bucket": {"create": "s3:CreateBucket"},
    "aws:s3/bucketVersioning:BucketVersioning": {"create": "s3:PutBucketVersioning"},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {"create": "s3:PutBucketPublicAccessBlock"},
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"create": "s3:PutBucketOwnershipControls"},
    "aws:s3/bucketPolicy:BucketPolicy": {"create": "s3:PutBucketPolicy", "update": "s3:PutBucketPolicy"},
    "aws:s3/bucketObjectv2:BucketObjectv2": {"create": "s3:PutObject", "update": "s3:PutObject"},
    "aws:cloudfront/originAccessControl:OriginAccessControl": {
        "create": "cloudfront:CreateOriginAccessControl",
        "update": "cloudfront:UpdateOriginAccessControl",
        "delete": "cloudfront:DeleteOriginAccessControl",
    },
    "aws:cloudfront/function:Function": {
        "create": "cloudfront:CreateFunction cloudfront:PublishFunction",
        "update": "cloudfront:UpdateFunction cloudfront:PublishFunction",
        "delete": "cloudfront:DeleteFunction",
    },
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
        "create": "cloudfront:CreateResponseHeadersPolicy",
        "update": "cloudfront:UpdateResponseHeadersPolicy",
        "delete": "cloudfront:DeleteResponseHeadersPolicy",
    },
    "aws:cloudfront/distribution:Distribution": {
        "create": "cloudfront:CreateDistribution cloudfront:TagResource",
        "update": "cloudfront:UpdateDistribution",
        "delete": "cloudfront:UpdateDistribution cloudfront:DeleteDistribution",  # disabled first
    },
    "aws:acm/certificate:Certificate": {
        "create": "acm:RequestCertificate acm:AddTagsToCertificate",
        "delete": "acm:DeleteCertificate",
    },
    "aws:acm/certificateValidation:CertificateValidation": {"create": "", "delete": ""},  # it only reads
    "aws:route53/record:Record": dict.fromkeys(
        ("create", "update", "delete"), "route53:ChangeResourceRecordSets route53:GetChange"
    ),
}
# Called where the stack sets aws:defaultTags. Of a bucket: the first two, else the third; the provider tries both.
_TAGS = {
    "s3:TagResource",
    "s3:UntagResource",
    "s3:PutBucketTagging",
    "s3:PutObjectTagging",
    "cloudfront:TagResource",
    "cloudfront:UntagResource",
    "acm:AddTagsToCertificate",
    "acm:RemoveTagsFromCertificate",
}


def written(runs):
    """The actions that the provider needs for all steps of these runs (`up --json`)."""
    found = set()
    for run in runs:
        for step in [*run["shared"], *(step for row in run["domains"] for step in row["steps"])]:
            if step["type"].startswith("aws:") and "its versions stay" not in step["what"]:
                ops = ("create", "delete") if step["op"] == "replace" else (step["op"],)
                found |= {action for op in ops for action in _WRITES[step["type"]][op].split()}
    return found


def ever_written():
    """The actions for everything that a pipeline may ever have to do with our resources, tags included."""
    return _TAGS | {action for ops in _WRITES.values() for actions in ops.values() for action in actions.split()}


def granted(name):
    """What a role of the examples may do to policy bucket, policy hosts, certificates and records."""
    statements = json.loads((EXAMPLES / f"{name}.json").read_text())["Statement"]
    found = set()
    for statement in statements:
        if statement["Sid"] != "State" and statement["Effect"] == "Allow":
            actions = statement["Action"]
            found |= {actions} if isinstance(actions, str) else set(actions)
    return found
