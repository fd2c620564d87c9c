"""The roles: reading, publishing a stack, watching, taking over; and the machine that probes."""

from collections.abc import Sequence
from typing import Final

from mtasts.providers.rights.estate import TAG, Estate, StackEstate, stack_tag
from mtasts.providers.rights.statement import Statement, Texts

_REQUEST: Final = f"aws:RequestTag/{TAG}"
_RESOURCE: Final = f"aws:ResourceTag/{TAG}"
_GIVEN_IDS: Final = "AWS gives these an id of its own, and takes no tag of them in a condition"
_LISTS: Final = "AWS takes no resource for a list"


def read(estate: Estate, stacks: Sequence[StackEstate]) -> list[Statement]:
    """See what `stacks` have published, their state, the reports and probes; changes nothing."""
    zones = list(dict.fromkeys(zone for stack in stacks for zone in stack.zones))
    zones = ["*"] if "*" in zones else zones
    return [
        Statement("PolicyBuckets", _BUCKET_READS, [arn for s in stacks for arn in estate.bucket(s.bucket)]),
        Statement(
            "PolicyObjectsAndTheLedger",
            ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion"],
            [arn for stack in stacks for arn in estate.bucket(stack.bucket, "*")],
        ),
        Statement(
            "PolicyHosts",
            [
                "cloudfront:DescribeFunction",
                "cloudfront:GetDistribution",
                "cloudfront:GetFunction",
                "cloudfront:GetOriginAccessControl",
                "cloudfront:GetResponseHeadersPolicy",
                "cloudfront:ListTagsForResource",
            ],
            [
                estate.cloudfront("distribution"),
                *(estate.cloudfront("function", name) for name in dict.fromkeys(s.function for s in stacks)),
                estate.cloudfront("origin-access-control"),
                estate.cloudfront("response-headers-policy"),
            ],
            wide="one that is read for the first time is known by its id only, and older ones have no tag",
        ),
        Statement(
            "Certificates",
            ["acm:DescribeCertificate", "acm:ListTagsForCertificate"],
            [estate.certificates()],
            wide="one that is read for the first time is known by its id only, and older ones have no tag",
        ),
        *_of_zones("Zones", ["route53:GetHostedZone", "route53:ListResourceRecordSets"], estate.route53(*zones)),
        Statement(
            "State",
            ["s3:GetObject", "s3:ListBucket"],
            [*estate.bucket(estate.state), *estate.bucket(estate.state, "*")],
        ),
        Statement(
            "ReportsAndProbes",
            ["s3:GetObject", "s3:ListBucket"],
            [*estate.bucket(estate.reports), *estate.bucket(estate.reports, "*")],
        ),
    ]


def publish(estate: Estate, stack: StackEstate) -> list[Statement]:
    """Publish one stack; with `read`. It deletes no policy bucket and no version of a policy, which are the ledger."""
    return [
        *_bucket(estate, stack),
        *_distributions(estate, stack_tag(estate.project, stack.name)),
        *_shared_by_hosts(estate, stack),
        *_certificates(estate, stack_tag(estate.project, stack.name)),
        *_tags(estate, stack_tag(estate.project, stack.name)),
        *_records(estate, stack),
        Statement(
            "State", ["s3:DeleteObject", "s3:PutObject"], estate.bucket(estate.state, *_state_keys(estate, stack))
        ),
    ]


def watch(estate: Estate) -> list[Statement]:
    """Keep reports, and what was seen of MX hosts; with `read`."""
    return [
        Statement(
            "KeepReportsAndSightings",
            ["s3:DeleteObject", "s3:PutObject"],
            estate.bucket(estate.reports, f"{estate.store}/*"),
        )
    ]


def probe(estate: Estate) -> list[Statement]:
    """Leave what was seen over port 25, and nothing else."""
    return [Statement("KeepProbes", ["s3:PutObject"], estate.bucket(estate.reports, estate.probes))]


def adopt(estate: Estate, buckets: Sequence[str]) -> list[Statement]:
    """Take over what others publish, from `buckets`; for a person, with `read` and a stack's `publish`."""
    found = [
        Statement(
            "WhoServesAPolicyHostNow",
            ["acm:ListCertificates", "cloudfront:ListDistributions", "route53:ListHostedZonesByName"],
            ["*"],
            wide=_LISTS,
        ),
        Statement(
            "MoveAPolicyHost",
            ["cloudfront:AssociateAlias", "cloudfront:GetDistributionConfig", "cloudfront:ListConflictingAliases"],
            [estate.cloudfront("distribution")],
            wide="which distribution has the policy host is what is asked",
        ),
    ]
    if buckets:
        objects = [arn for bucket in buckets for arn in estate.bucket(bucket, "*")]
        found.insert(1, Statement("ThePolicyThatItServes", ["s3:GetObject"], objects))
    return found


def _bucket(estate: Estate, stack: StackEstate) -> list[Statement]:
    return [
        Statement(
            "PolicyBucket",
            [
                "s3:CreateBucket",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:TagResource",
                "s3:UntagResource",
            ],
            estate.bucket(stack.bucket),
        ),
        Statement("PolicyObjects", ["s3:PutObject", "s3:PutObjectTagging"], estate.bucket(stack.bucket, "*")),
        # Whoever may write the bucket's policy could write leave to delete into it; a denial wins over that.
        Statement(
            "NeverTheLedger",
            ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration"],
            [*estate.bucket(stack.bucket), *estate.bucket(stack.bucket, "*")],
            deny=True,
        ),
    ]


def _distributions(estate: Estate, tag: str) -> list[Statement]:
    return [
        Statement(
            "MakePolicyHosts",
            ["cloudfront:CreateDistribution"],
            ["*"],
            {"StringEquals": {_REQUEST: tag}},
            wide="AWS takes no resource for it; the tag that it must be made with holds the stacks apart",
        ),
        Statement(
            "PolicyHosts",
            ["cloudfront:DeleteDistribution", "cloudfront:UpdateDistribution"],
            [estate.cloudfront("distribution")],
            {"StringEquals": {_RESOURCE: tag}},
            wide="AWS gives the id; the tag says whose it is",
        ),
    ]


def _shared_by_hosts(estate: Estate, stack: StackEstate) -> list[Statement]:
    return [
        Statement(
            "MakeWhatPolicyHostsShare",
            [
                "cloudfront:CreateFunction",
                "cloudfront:CreateOriginAccessControl",
                "cloudfront:CreateResponseHeadersPolicy",
            ],
            ["*"],
            wide="AWS takes no resource and no condition for it",
        ),
        Statement(
            "TheFunction",
            ["cloudfront:DeleteFunction", "cloudfront:PublishFunction", "cloudfront:UpdateFunction"],
            [estate.cloudfront("function", stack.function)],
        ),
        Statement(
            "WhatPolicyHostsShare",
            [
                "cloudfront:DeleteOriginAccessControl",
                "cloudfront:DeleteResponseHeadersPolicy",
                "cloudfront:UpdateOriginAccessControl",
                "cloudfront:UpdateResponseHeadersPolicy",
            ],
            [estate.cloudfront("origin-access-control"), estate.cloudfront("response-headers-policy")],
            wide=_GIVEN_IDS,
        ),
    ]


def _certificates(estate: Estate, tag: str) -> list[Statement]:
    return [
        Statement(
            "CertificatesOfPolicyHosts",
            ["acm:RequestCertificate"],
            ["*"],
            {
                "ForAllValues:StringLike": {"acm:DomainNames": "mta-sts.*"},
                "Null": {"acm:DomainNames": "false"},  # ForAllValues holds of no values at all, too
                "StringEquals": {
                    "acm:ValidationMethod": "DNS",
                    "aws:RequestedRegion": "us-east-1",
                    _REQUEST: tag,
                },
            },
            wide="AWS takes no resource for it; the names that a certificate may be for do",
        ),
        Statement(
            "Certificates",
            ["acm:DeleteCertificate"],
            [estate.certificates()],
            {"StringEquals": {_RESOURCE: tag}},
            wide="AWS gives the id; the tag says whose it is",
        ),
    ]


def _tags(estate: Estate, tag: str) -> list[Statement]:
    """Its own tag, of what has none yet; others (`aws:defaultTags`), of what is its own."""
    ours = [estate.cloudfront("distribution"), estate.certificates()]
    return [
        Statement(
            "TagWhatIsMade",
            ["acm:AddTagsToCertificate", "cloudfront:TagResource"],
            ["*"],
            {"StringEquals": {_REQUEST: tag}, "Null": {_RESOURCE: "true"}},
            wide="what is being made has no id yet; what is another stack's has its tag",
        ),
        Statement(
            "Tags",
            [
                "acm:AddTagsToCertificate",
                "acm:RemoveTagsFromCertificate",
                "cloudfront:TagResource",
                "cloudfront:UntagResource",
            ],
            ours,
            {"StringEquals": {_RESOURCE: tag}, "StringEqualsIfExists": {_REQUEST: tag}},
            wide="AWS gives the id; the tag says whose it is",
        ),
    ]


def _records(estate: Estate, stack: StackEstate) -> list[Statement]:
    names, types = (
        "route53:ChangeResourceRecordSetsNormalizedRecordNames",
        "route53:ChangeResourceRecordSetsRecordTypes",
    )
    conditions: dict[str, dict[str, Texts]] = {
        "ForAllValues:StringLike": {names: ("_mta-sts.*", "_smtp._tls.*", "mta-sts.*", "_*.mta-sts.*")},
        "ForAllValues:StringEquals": {types: ("TXT", "CNAME", "A", "AAAA")},
        "Null": {names: "false", types: "false"},
    }
    if not stack.zones:
        return []
    zones = estate.route53(*stack.zones)
    return [
        Statement("RecordsOfMtaStsOnly", ["route53:ChangeResourceRecordSets"], zones, conditions, wide=_wide(zones)),
        Statement(
            "RecordsInSync",
            ["route53:GetChange"],
            [f"arn:{estate.partition}:route53:::change/*"],
            wide="AWS gives each change an id; it says only whether the change is in force",
        ),
    ]


def _of_zones(sid: str, actions: Sequence[str], zones: Sequence[str]) -> list[Statement]:
    return [Statement(sid, actions, zones, wide=_wide(zones))] if zones else []


def _wide(zones: Sequence[str]) -> str:
    return "more zones than fit into a role by name" if any(zone.endswith("*") for zone in zones) else ""


def _state_keys(estate: Estate, stack: StackEstate) -> list[str]:
    """What the engine writes of one stack: its state, copies of it, the history, the lock."""
    project, name = estate.project, stack.name
    state = f".pulumi/stacks/{project}/{name}.json"
    return [
        *(f"{state}{end}" for end in ("", ".bak", ".gz", ".gz.bak")),
        f".pulumi/backups/{project}/{name}/*",
        f".pulumi/history/{project}/{name}/*",
        f".pulumi/locks/organization/{project}/{name}/*",
    ]


_BUCKET_READS: Final = (
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListTagsForResource",
)
