"""S3 on moto: buckets, their settings, and every version of every object, kept across restarts.

The bucket is the ledger of what was published when, so version ids and times are as lasting as the bodies.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, PublicAccessBlock, s3_backends

from mtasts_sandbox.cloud.aws import bucket_policy
from mtasts_sandbox.cloud.context import ACCOUNT, Context
from mtasts_sandbox.cloud.errors import ApiError
from mtasts_sandbox.store import Document
from mtasts_sandbox.world import Change, StoredObject

# S3 user guide, "Bucket naming rules": 3-63 of these, beginning and ending with a letter or digit, no two dots.
_NAME = re.compile(r"(?!.*\.\.)(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
ACCESS_SWITCHES = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
_META = "x-amz-meta-"


class S3:
    """All buckets of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._moto = s3_backends[ACCOUNT]["aws"]
        self._statements: dict[str, list[dict[str, Any]]] = {}
        # bucket -> (key, version id) -> position in the version list; what the store holds
        self._kept: dict[str, set[tuple[str, str]]] = {}
        self._moto.reset()
        s3_backends.bucket_accounts.clear()
        for name, document in context.store.load("bucket"):
            self._restore_bucket(name, document)
        for _, document in context.store.load("object"):
            self._restore_version(document)

    # Buckets

    def bucket(self, name: str) -> FakeBucket | None:
        """The bucket, as moto has it."""
        return self._moto.buckets.get(name)

    def count(self) -> int:
        """How many buckets there are."""
        return len(self._kept)

    def require(self, name: str, doing: str, operation: str) -> FakeBucket:
        """The bucket. Raises ApiError NoSuchBucket."""
        bucket = self.bucket(name)
        if bucket is None:
            raise ApiError(doing, f"S3: {operation}", "NoSuchBucket", "The specified bucket does not exist", 404)
        return bucket

    def create_bucket(self, name: str, region: str, tags: Mapping[str, str]) -> None:
        """Raises ApiError for a name that is taken or none S3 allows."""
        doing, operation = f"creating S3 Bucket ({name})", "S3: CreateBucket"
        if not _NAME.match(name):
            raise ApiError(doing, operation, "InvalidBucketName", "The specified bucket is not valid.")
        if name in s3_backends.bucket_accounts:
            raise ApiError(doing, operation, "BucketAlreadyOwnedByYou", "Your previous request succeeded", 409)
        self._moto.create_bucket(name, region)
        self._kept[name] = set()
        # Since April 2023 every new bucket has these (S3 user guide, "Default settings for new buckets").
        bucket = self._moto.buckets[name]
        bucket.ownership_rule = ownership_rule("BucketOwnerEnforced")
        bucket.public_access_block = public_access_block(dict.fromkeys(ACCESS_SWITCHES, True))
        bucket.encryption = encryption_rule("AES256", None, None)
        self._tag(bucket, tags)
        self.save(name)

    def delete_bucket(self, name: str, *, force: bool) -> None:
        """Raises ApiError BucketNotEmpty unless `force`, which deletes every version first."""
        bucket = self.bucket(name)
        if bucket is None:
            return
        if bucket.keys and not force:
            raise ApiError(
                f"deleting S3 Bucket ({name})",
                "S3: DeleteBucket",
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
                409,
            )
        for key in list(dict.keys(bucket.keys)):
            self.delete_versions(name, key)
        self._moto.delete_bucket(name)
        self._statements.pop(name, None)
        del self._kept[name]
        self._context.store.drop("bucket", name)

    def save(self, name: str) -> None:
        """Keep the bucket's settings as moto now has them; every object in it may read differently from now on."""
        bucket = self._moto.buckets[name]
        block = bucket.public_access_block
        document: Document = {
            "region": bucket.region_name,
            "created": bucket.creation_date.isoformat(),
            "versioning": bucket.versioning_status,
            "policy": bucket.policy.decode() if bucket.policy else None,
            "encryption": bucket.encryption,
            "ownership": bucket.ownership_rule,
            "public_access_block": block.to_config_dict() if block else None,
            "tags": self.tags(name),
        }
        self._context.store.put("bucket", name, document)
        self._statements[name] = bucket_policy.read(document["policy"]) if document["policy"] else []
        bucket.get_permission = _owner  # type: ignore[method-assign]
        for key in dict.keys(bucket.keys):
            self._context.changed(Change("object", name, key))

    def region(self, name: str) -> str:
        """Where the bucket is."""
        return str(self._moto.buckets[name].region_name)

    def tags(self, name: str) -> dict[str, str]:
        """The bucket's tags."""
        return dict(self._moto.tagger.get_tag_dict_for_resource(self._moto.buckets[name].arn))

    def set_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Replace the bucket's tags."""
        self._tag(self._moto.buckets[name], tags)
        self.save(name)

    def put_policy(self, name: str, policy: str) -> None:
        """Raises ApiError for a policy that S3 refuses, or that is not judged here."""
        doing, operation = f"putting S3 Bucket ({name}) Policy", "S3: PutBucketPolicy"
        bucket = self.require(name, doing, "PutBucketPolicy")
        try:
            statements = bucket_policy.read(policy)
        except bucket_policy.BadPolicy as error:
            raise ApiError(doing, operation, "MalformedPolicy", str(error)) from error
        for statement in statements:
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            if not all(str(arn).split("/")[0] == f"arn:aws:s3:::{name}" for arn in resources):
                raise ApiError(doing, operation, "MalformedPolicy", "Policy has invalid resource")
        block = bucket.public_access_block
        if block and block.block_public_policy and bucket_policy.is_public(statements):
            raise ApiError(
                doing,
                operation,
                "AccessDenied",
                "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked by the "
                "BlockPublicPolicy block public access setting.",
                403,
            )
        bucket.policy = policy.encode()
        self.save(name)

    # Objects

    def put_object(
        self, bucket_name: str, key: str, body: bytes, headers: Mapping[str, str], metadata: Mapping[str, str]
    ) -> FakeKey:
        """Write a new current version. `headers`: Content-Type, Cache-Control and their like."""
        doing = f"uploading S3 Object ({key}) to Bucket ({bucket_name})"
        self.require(bucket_name, doing, "PutObject")
        if any(not name.isascii() or name != name.lower() for name in metadata):
            raise ApiError(doing, "S3: PutObject", "InvalidArgument", "metadata names must be lower-case ASCII")
        stored = self._moto.put_object(bucket_name, key, body, disable_notification=True)
        stored.set_metadata({**headers, **{_META + name: value for name, value in metadata.items()}})
        self._sync_key(bucket_name, key)
        return stored

    def current(self, bucket_name: str, key: str) -> FakeKey | None:
        """The current version; None when there is none or a delete marker hides it."""
        bucket = self.bucket(bucket_name)
        found = bucket.keys.get(key) if bucket else None
        return found if isinstance(found, FakeKey) else None

    def delete_versions(self, bucket_name: str, key: str) -> None:
        """Delete every version of a key and its delete markers, as the provider does in a versioned bucket."""
        bucket = self.bucket(bucket_name)
        if bucket is None:
            return
        for version in bucket.keys.getlist(key, []):
            if isinstance(version, FakeKey):
                version.dispose()
        dict.pop(bucket.keys, key, None)
        self._sync_key(bucket_name, key)

    def read_for(self, bucket_name: str, key: str, distribution_arn: str) -> StoredObject | None:
        """The current version as this distribution may read it."""
        stored = self.current(bucket_name, key)
        statements = self._statements.get(bucket_name, [])
        arn = f"arn:aws:s3:::{bucket_name}/{key}"
        if stored is None or not bucket_policy.cloudfront_may_read(statements, arn, distribution_arn, ACCOUNT):
            return None
        headers = {name.lower(): value for name, value in stored.metadata.items()}
        return StoredObject(
            body=stored.value,
            content_type=headers.get("content-type", "binary/octet-stream"),
            cache_control=headers.get("cache-control"),
            metadata={name[len(_META) :]: value for name, value in headers.items() if name.startswith(_META)},
            version_id=stored.version_id,
        )

    def tells_missing(self, bucket_name: str, key: str, distribution_arn: str) -> bool:
        """Is there no such object, and may this distribution know it?"""
        if self.current(bucket_name, key) is not None:
            return False
        statements = self._statements.get(bucket_name, [])
        return bucket_policy.cloudfront_may_list(statements, f"arn:aws:s3:::{bucket_name}", distribution_arn, ACCOUNT)

    # Changes made through moto's own API, beside the provider

    def absorb(self) -> None:
        """Keep whatever was changed in moto by others than this class (its HTTP API)."""
        for name in [name for name in self._kept if name not in self._moto.buckets]:
            for key, version in self._kept.pop(name):
                self._context.store.drop("object", _version_key(name, key, version))
            self._statements.pop(name, None)
            self._context.store.drop("bucket", name)
        for name, bucket in self._moto.buckets.items():
            self._kept.setdefault(name, set())
            self.save(name)
            for key in set(dict.keys(bucket.keys)) | {key for key, _ in self._kept[name]}:
                self._sync_key(name, key)

    def _sync_key(self, bucket_name: str, key: str) -> None:
        bucket, kept = self._moto.buckets[bucket_name], self._kept[bucket_name]
        versions = {(key, version.version_id): version for version in bucket.keys.getlist(key, [])}
        changed = False
        for gone in [pair for pair in kept if pair[0] == key and pair not in versions]:
            kept.discard(gone)
            self._context.store.drop("object", _version_key(bucket_name, *gone))
            changed = True
        for pair, version in versions.items():
            # Without versioning the one version is called "null" again and again.
            if pair not in kept or pair[1] == "null":
                kept.add(pair)
                self._context.store.put("object", _version_key(bucket_name, *pair), _version(bucket_name, version))
                changed = True
        if changed:
            self._context.changed(Change("object", bucket_name, key))

    def _tag(self, bucket: FakeBucket, tags: Mapping[str, str]) -> None:
        self._moto.tagger.delete_all_tags_for_resource(bucket.arn)
        self._moto.tagger.tag_resource(bucket.arn, [{"Key": key, "Value": value} for key, value in tags.items()])

    def _restore_bucket(self, name: str, document: Document) -> None:
        bucket = FakeBucket(name, ACCOUNT, document["region"])  # type: ignore[abstract]  # as moto itself makes them
        bucket.creation_date = datetime.fromisoformat(document["created"])
        bucket.versioning_status = document["versioning"]
        bucket.policy = document["policy"].encode() if document["policy"] else None
        bucket.encryption, bucket.ownership_rule = document["encryption"], document["ownership"]
        if block := document["public_access_block"]:
            bucket.public_access_block = public_access_block(block)
        bucket.get_permission = _owner  # type: ignore[method-assign]
        self._moto.buckets[name] = bucket
        self._tag(bucket, document["tags"])
        self._statements[name] = bucket_policy.read(document["policy"]) if document["policy"] else []
        self._kept[name] = set()

    def _restore_version(self, document: Document) -> None:
        name, key = document["bucket"], document["key"]
        bucket = self._moto.buckets[name]
        versions = bucket.keys.getlist(key, [])
        version: FakeKey | FakeDeleteMarker
        if document["marker"]:
            version = FakeDeleteMarker(versions[-1] if versions else FakeKey(key, b"", ACCOUNT, bucket.region_name))
            version._version_id = document["version"]
        else:
            version = FakeKey(
                key,
                base64.b64decode(document["body"]),
                ACCOUNT,
                bucket.region_name,
                bucket_name=name,
                is_versioned=document["version"] != "null",
                version_id=document["version"],
                encryption=document["encryption"],
            )
            version.set_metadata(dict(document["headers"]))
        version.last_modified = datetime.fromisoformat(document["at"])
        bucket.keys.setlist(key, [*versions, version])
        self._kept[name].add((key, document["version"]))


def _owner(action: str, resource: str) -> PermissionResult:
    """Who asks moto's API is the account's owner. moto would judge the policy without its conditions: TLS, source."""
    return PermissionResult.PERMITTED


def _version_key(bucket: str, key: str, version: str) -> str:
    return f"{bucket}\0{key}\0{version}"


def _version(bucket: str, version: FakeKey | FakeDeleteMarker) -> Document:
    document: Document = {
        "bucket": bucket,
        "key": version.name,
        "version": version.version_id,
        "at": version.last_modified.isoformat(),
        "marker": isinstance(version, FakeDeleteMarker),
    }
    if isinstance(version, FakeKey):
        document["body"] = base64.b64encode(version.value).decode()
        document |= {"headers": dict(version.metadata), "encryption": version.encryption}
    return document


def public_access_block(switches: Mapping[str, bool]) -> PublicAccessBlock:
    """moto's form of the four switches, by their names in the engine's inputs; one that is missing is off."""
    return PublicAccessBlock(*(str(switches.get(name, False)).lower() for name in ACCESS_SWITCHES))


def encryption_rule(algorithm: str, kms_key: str | None, bucket_key: bool | None) -> dict[str, Any]:
    """moto's form of a default encryption."""
    default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": kms_key} if kms_key else {})
    return {"Rule": {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bool(bucket_key)}}


def ownership_rule(value: str) -> dict[str, Any]:
    """moto's form of who owns objects."""
    return {"Rule": {"ObjectOwnership": value}}
