"""The engine's S3 object."""

from mtasts_sandbox.cloud.fields import Failure, flag, strings, text
from mtasts_sandbox.cloud.resource import Call, Properties, Resource
from mtasts_sandbox.cloud.values import is_unknown


class BucketObjectv2(Resource):
    """aws.s3.BucketObjectv2 from a string.

    As in the real provider, a refresh does not read the content back but the etag, which S3 computes from it, and
    deleting the object deletes all its versions.
    """

    type = "aws:s3/bucketObjectv2:BucketObjectv2"
    fields = {  # noqa: RUF012
        "bucket": text(required=True, replaces=True),
        "cacheControl": text(),
        "content": text(),
        "contentType": text(),
        # The MD5 of the content in hexadecimal digits, as S3 makes it from an upload that no KMS key encrypts.
        "etag": text(),
        "forceDestroy": flag(default=False),
        # The bridge would make one up from the resource's name; here it must be given.
        "key": text(required=True, replaces=True),
        "metadata": strings(),
        "region": text(replaces=True),
        "serverSideEncryption": text("AES256"),  # KMS is not in the sandbox
        "sourceHash": text(),
    }
    computed = ("arn", "contentType", "etag", "serverSideEncryption", "storageClass", "tagsAll", "versionId")
    volatile = ("etag", "versionId")
    regional = True

    def check(self, inputs: Properties) -> list[Failure]:
        """Metadata names are kept in lower case by S3."""
        metadata = inputs.get("metadata", {})
        bad = [] if is_unknown(metadata) else [name for name in metadata if name != name.lower()]
        return [Failure("metadata", f"Metadata must be lowercase only. Offending keys: {bad}")] if bad else []

    async def create(self, call: Call, inputs: Properties) -> str:
        """Upload the first version."""
        self._upload(call, inputs)
        return f"{inputs['bucket']}/{inputs['key']}"

    def imported_id(self, call: Call, given: str) -> str | None:
        """BUCKET/KEY, or the same as an S3 URL."""
        return given.removeprefix("s3://")

    async def update(self, call: Call, id_: str, old: Properties, new: Properties) -> None:
        """Any change of what S3 stores is a new upload, and a new version in a versioned bucket."""
        stored = ("content", "contentType", "cacheControl", "etag", "metadata", "serverSideEncryption", "sourceHash")
        if any(old.get(name) != new.get(name) for name in stored):
            self._upload(call, new)

    def outputs(self, call: Call, id_: str, inputs: Properties) -> Properties | None:
        """Facts of the current version."""
        bucket, _, key = id_.partition("/")
        stored = call.cloud.s3.current(bucket, key)
        if stored is None:
            return None
        return {
            "arn": f"arn:aws:s3:::{id_}",
            "contentType": stored.metadata.get("Content-Type"),
            "etag": stored.etag.strip('"'),
            "region": call.cloud.s3.region(bucket),
            "serverSideEncryption": stored.encryption or "AES256",
            "storageClass": stored.storage_class,
            "tagsAll": {},
            "versionId": "" if stored.version_id == "null" else stored.version_id,
        }

    def observed(self, call: Call, id_: str, inputs: Properties) -> Properties:
        """Headers and metadata are read back, the content is not."""
        bucket, _, key = id_.partition("/")
        stored = call.cloud.s3.current(bucket, key)
        headers = {name.lower(): value for name, value in stored.metadata.items()} if stored else {}
        found = {
            "bucket": bucket,
            "key": key,
            "cacheControl": headers.get("cache-control"),
            "metadata": {name[11:]: value for name, value in headers.items() if name.startswith("x-amz-meta-")} or None,
        }
        # Computed unless given: an input only where the program gave one.
        if "contentType" in inputs or not inputs:
            found["contentType"] = headers.get("content-type")
        if "etag" in inputs and stored:
            found["etag"] = stored.etag.strip('"')
        return {name: value for name, value in (inputs | found).items() if value is not None}

    def delete(self, call: Call, id_: str, inputs: Properties) -> None:
        """All versions: the provider lists them when the state has a version id."""
        bucket, _, key = id_.partition("/")
        call.cloud.s3.delete_versions(bucket, key)

    def _upload(self, call: Call, inputs: Properties) -> None:
        headers = {"Content-Type": inputs.get("contentType", "application/octet-stream")}
        if "cacheControl" in inputs:
            headers["Cache-Control"] = inputs["cacheControl"]
        body = inputs.get("content", "").encode()
        call.cloud.s3.put_object(inputs["bucket"], inputs["key"], body, headers, inputs.get("metadata", {}))


RESOURCES: tuple[type[Resource], ...] = (BucketObjectv2,)
