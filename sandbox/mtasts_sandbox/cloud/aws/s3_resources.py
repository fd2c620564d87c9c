"""The engine's S3 buckets. Each bucket setting is a resource of its own, with the bucket's name as its id."""

import json
from typing import Any

from mtasts_sandbox.cloud.aws.s3 import ACCESS_SWITCHES, encryption_rule, ownership_rule, public_access_block
from mtasts_sandbox.cloud.fields import flag, many, nested, strings, text
from mtasts_sandbox.cloud.resource import Call, Properties, Resource

_REGION = text(replaces=True)
# Hosted zones of S3's own names per region (AWS General Reference, "Amazon S3 endpoints and quotas").
_HOSTED_ZONES = {"us-east-1": "Z3AQBSTGFYJSTF", "eu-west-1": "Z1BKCTXD74EZPE", "eu-central-1": "Z21DNDUVLTQW6Q"}


class Bucket(Resource):
    """aws.s3.Bucket, without the deprecated settings inside it."""

    type = "aws:s3/bucket:Bucket"
    fields = {  # noqa: RUF012 - a table, never changed
        "bucket": text(replaces=True),
        "forceDestroy": flag(default=False),
        "region": _REGION,
        "tags": strings(),
    }
    computed = ("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId", "tagsAll")
    auto_name = "bucket"
    auto_name_limit = 63
    regional = True

    async def create(self, call: Call, inputs: Properties) -> str:
        """Make an empty private bucket."""
        call.cloud.s3.create_bucket(inputs["bucket"], self.region(call, inputs), inputs.get("tags", {}))
        return str(inputs["bucket"])

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """Names and numbers of the bucket."""
        bucket = call.cloud.s3.bucket(id_)
        if bucket is None:
            return None
        region = bucket.region_name
        return {
            "arn": f"arn:aws:s3:::{id_}",
            "bucket": id_,
            "bucketDomainName": f"{id_}.s3.amazonaws.com",
            "bucketRegion": region,
            "bucketRegionalDomainName": f"{id_}.s3.{region}.amazonaws.com",
            "hostedZoneId": _HOSTED_ZONES.get(region, "Z3AQBSTGFYJSTF"),
            "region": region,
            "tagsAll": call.cloud.s3.tags(id_),
        }

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """Tags are read back."""
        tags = call.cloud.s3.tags(id_)
        return {"forceDestroy": False, **inputs, "bucket": id_} | ({"tags": tags} if tags or "tags" in inputs else {})

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Tags; forceDestroy is the provider's own."""
        call.cloud.s3.set_tags(id_, new.get("tags", {}))

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Only an empty one, unless forceDestroy."""
        call.cloud.s3.delete_bucket(id_, force=bool(inputs.get("forceDestroy")))


class _Setting(Resource):
    """A part of a bucket's configuration; subclasses read, write and clear it."""

    regional = True
    operation = ""
    word = ""

    def put(self, call: Call, bucket: Any, inputs: Properties) -> None:
        """Write the setting into moto's bucket."""
        raise NotImplementedError

    def clear(self, bucket: Any, inputs: Properties) -> None:
        """Back to the default."""
        raise NotImplementedError

    def read(self, bucket: Any) -> Properties | None:
        """The setting as inputs, None when the bucket has none."""
        raise NotImplementedError

    async def create(self, call: Call, inputs: Properties) -> str:
        """Put it on the bucket."""
        self._put(call, "creating", inputs)
        return str(inputs["bucket"])

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Put it again."""
        self._put(call, "updating", new)

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """The region; the setting itself is the inputs."""
        bucket = call.cloud.s3.bucket(id_)
        if bucket is None or self.read(bucket) is None:
            return None
        return {"region": bucket.region_name}

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """As the bucket has it."""
        return inputs | {"bucket": id_} | (self.read(call.cloud.s3.bucket(id_)) or {})

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """Take it off, if the bucket is there."""
        bucket = call.cloud.s3.bucket(id_)
        if bucket is not None:
            self.clear(bucket, inputs)
            call.cloud.s3.save(id_)

    def _put(self, call: Call, verb: str, inputs: Properties) -> None:
        name = inputs["bucket"]
        bucket = call.cloud.s3.require(name, f"{verb} S3 Bucket ({name}) {self.word}", self.operation)
        self.put(call, bucket, inputs)
        call.cloud.s3.save(name)


class BucketVersioning(_Setting):
    """aws.s3.BucketVersioning."""

    type = "aws:s3/bucketVersioning:BucketVersioning"
    fields = {  # noqa: RUF012
        "bucket": text(required=True, replaces=True),
        "region": _REGION,
        "versioningConfiguration": nested(
            required=True, status=text("Enabled", "Suspended", "Disabled", required=True)
        ),
    }
    operation, word = "PutBucketVersioning", "Versioning"

    def put(self, call: Call, bucket: Any, inputs: Properties) -> None:
        """S3 itself knows no Disabled: the provider then leaves the bucket as it is."""
        status = inputs["versioningConfiguration"]["status"]
        if status != "Disabled":
            bucket.versioning_status = status

    def clear(self, bucket: Any, inputs: Properties) -> None:
        """Versioning cannot be taken back, only suspended."""
        if bucket.versioning_status:
            bucket.versioning_status = "Suspended"

    def read(self, bucket: Any) -> Properties | None:
        """The status."""
        return {"versioningConfiguration": {"status": bucket.versioning_status or "Disabled"}}


class BucketPublicAccessBlock(_Setting):
    """aws.s3.BucketPublicAccessBlock."""

    type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    fields = {  # noqa: RUF012
        "bucket": text(required=True, replaces=True),
        **dict.fromkeys(ACCESS_SWITCHES, flag()),
        "region": _REGION,
        "skipDestroy": flag(),
    }
    operation, word = "PutPublicAccessBlock", "Public Access Block"

    def put(self, call: Call, bucket: Any, inputs: Properties) -> None:
        """A switch that is not given is off."""
        bucket.public_access_block = public_access_block(inputs)

    def clear(self, bucket: Any, inputs: Properties) -> None:
        """No block at all, unless skipDestroy."""
        if not inputs.get("skipDestroy"):
            bucket.public_access_block = None

    def read(self, bucket: Any) -> Properties | None:
        """The four switches."""
        return bucket.public_access_block.to_config_dict() if bucket.public_access_block else None


class BucketOwnershipControls(_Setting):
    """aws.s3.BucketOwnershipControls."""

    type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    fields = {  # noqa: RUF012
        "bucket": text(required=True, replaces=True),
        "region": _REGION,
        "rule": nested(
            required=True,
            objectOwnership=text("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced", required=True),
        ),
    }
    operation, word = "PutBucketOwnershipControls", "Ownership Controls"

    def put(self, call: Call, bucket: Any, inputs: Properties) -> None:
        """Who owns objects."""
        bucket.ownership_rule = ownership_rule(inputs["rule"]["objectOwnership"])

    def clear(self, bucket: Any, inputs: Properties) -> None:
        """No rule."""
        bucket.ownership_rule = None

    def read(self, bucket: Any) -> Properties | None:
        """The rule."""
        rule = bucket.ownership_rule
        return {"rule": {"objectOwnership": rule["Rule"]["ObjectOwnership"]}} if rule else None


class BucketServerSideEncryptionConfiguration(_Setting):
    """aws.s3.BucketServerSideEncryptionConfiguration, with S3's own keys (KMS is not in the sandbox)."""

    type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    fields = {  # noqa: RUF012
        "bucket": text(required=True, replaces=True),
        "region": _REGION,
        "rules": many(
            1,
            1,
            required=True,
            applyServerSideEncryptionByDefault=nested(sseAlgorithm=text("AES256", required=True)),
            bucketKeyEnabled=flag(),
        ),
    }
    operation, word = "PutBucketEncryption", "Server-side Encryption Configuration"

    def put(self, call: Call, bucket: Any, inputs: Properties) -> None:
        """The one rule."""
        rule = inputs["rules"][0]
        algorithm = rule.get("applyServerSideEncryptionByDefault", {}).get("sseAlgorithm", "AES256")
        bucket.encryption = encryption_rule(algorithm, None, rule.get("bucketKeyEnabled"))

    def clear(self, bucket: Any, inputs: Properties) -> None:
        """S3 encrypts always: back to its own keys."""
        bucket.encryption = encryption_rule("AES256", None, None)

    def read(self, bucket: Any) -> Properties | None:
        """Nothing that can differ here but the presence of the rule."""
        return {} if bucket.encryption else None


class BucketPolicy(_Setting):
    """aws.s3.BucketPolicy."""

    type = "aws:s3/bucketPolicy:BucketPolicy"
    fields = {  # noqa: RUF012
        "bucket": text(required=True, replaces=True),
        "policy": text(required=True),
        "region": _REGION,
    }
    operation, word = "PutBucketPolicy", "Policy"

    def put(self, call: Call, bucket: Any, inputs: Properties) -> None:
        """S3 checks it first."""
        call.cloud.s3.put_policy(inputs["bucket"], inputs["policy"])

    def clear(self, bucket: Any, inputs: Properties) -> None:
        """No policy: CloudFront may read nothing."""
        bucket.policy = None

    def read(self, bucket: Any) -> Properties | None:
        """The policy as it was put."""
        return {"policy": bucket.policy.decode()} if bucket.policy else None

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """A policy that says the same is left as the program wrote it."""
        found = super().observed(call, id_, inputs)
        same = "policy" in inputs and json.loads(inputs["policy"]) == json.loads(found["policy"])
        return found | ({"policy": inputs["policy"]} if same else {})


RESOURCES: tuple[type[Resource], ...] = (
    Bucket,
    BucketVersioning,
    BucketPublicAccessBlock,
    BucketOwnershipControls,
    BucketServerSideEncryptionConfiguration,
    BucketPolicy,
)
