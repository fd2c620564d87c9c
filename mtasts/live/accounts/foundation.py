"""Looks at an AWS account, and changes to buckets, for `mtasts setup`: what stands there before anything is made.

Blocking. Raises CannotLook where AWS refuses or does not answer.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mtasts.errors import CannotLook
from mtasts.live.accounts.aws import NO_CREDENTIALS, aws_errors, client
from mtasts.live.s3 import connect, is_missing, listing, s3_errors
from mtasts.policy.published_names import ORIGIN_BUCKET, ORIGIN_FUNCTION

# The tag of a bucket that set-up made: its value is the project's name.
BUCKET_TAG = "mtasts:foundation"
_STACKS = ".pulumi/stacks/"
_STATE_LIMIT = 64 * 1024 * 1024
_DELETED_AT_ONCE = 1000  # S3 API reference, DeleteObjects


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the account, and its partition (`aws`, `aws-cn`, ...)."""

    account: str
    partition: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role that is there. `policies`: the names of those within it; `attached`: of managed ones."""

    name: str
    policies: tuple[str, ...]
    attached: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One resource of a state. `taken`: the id by which it was taken over, "" for what the stack made."""

    kind: str
    name: str
    id: str
    taken: str


@dataclass(frozen=True, slots=True)
class StackState:
    """What the state of one stack in the bucket says."""

    project: str
    name: str
    resources: tuple[Kept, ...]

    @property
    def bucket(self) -> str:
        """The name of its policy bucket, "" for none."""
        return self._id("aws:s3/bucket:Bucket", ORIGIN_BUCKET)

    @property
    def function(self) -> str:
        """The name of its function, "" for none."""
        return self._id("aws:cloudfront/function:Function", ORIGIN_FUNCTION)

    def _id(self, kind: str, name: str) -> str:
        return next((each.id for each in self.resources if (each.kind, each.name) == (kind, name)), "")


class Aws:
    """One account, by the usual AWS settings (in a sandbox: the sandbox's)."""

    def __init__(self, environ: Mapping[str, str], profile: str, region: str) -> None:
        """`region`: of the buckets. Raises CannotLook without credentials."""
        self._environ, self._profile, self._region = environ, profile, region
        if client("sts", environ, profile) is None:
            raise CannotLook(NO_CREDENTIALS, "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        given = {
            "endpoint_url": environ.get("AWS_ENDPOINT_URL"),
            **({} if profile else {"aws_access_key_id": environ.get("AWS_ACCESS_KEY_ID")}),
            **({} if profile else {"aws_secret_access_key": environ.get("AWS_SECRET_ACCESS_KEY")}),
            **({} if profile else {"aws_session_token": environ.get("AWS_SESSION_TOKEN")}),
        }
        keys = {name: value for name, value in given.items() if value}
        self._s3 = connect("s3", profile or None, None, region_name=region, **keys)

    def caller(self) -> Caller:
        """Asked of STS, which every identity may."""
        with aws_errors("AWS (who asks)"):
            told = client("sts", self._environ, self._profile).get_caller_identity()
        return Caller(str(told["Account"]), str(told["Arn"]).split(":")[1])

    # Buckets

    def bucket_is_ours(self, name: str) -> bool:
        """Whether the account has this bucket. Raises CannotLook for one of somebody else's."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with s3_errors(f"s3://{name}"):
            try:
                self._s3.head_bucket(Bucket=name)
            except ClientError as error:
                if is_missing(error):
                    return False
                if error.response.get("Error", {}).get("Code") == "403":
                    hint = "name another: --state BUCKET, --reports BUCKET"
                    raise CannotLook(f"s3://{name} is somebody else's, or these rights do not reach it", hint) from None
                raise
        return True

    def make_bucket(self, name: str, project: str) -> None:
        """A private, versioned bucket, with the tag that says who made it. May be done again after it was cut off."""
        place = {} if self._region == "us-east-1" else {"LocationConstraint": self._region}
        with s3_errors(f"s3://{name}"):
            if not self.bucket_is_ours(name):
                self._s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": place} if place else {}))
                tags = {"TagSet": [{"Key": BUCKET_TAG, "Value": project}]}
                self._s3.put_bucket_tagging(Bucket=name, Tagging=tags)
            self._s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
            self._s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(switches, True))

    def made_for(self, name: str) -> str:
        """The project for which set-up made this bucket, "" where others did."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with s3_errors(f"s3://{name}"):
            try:
                told = self._s3.get_bucket_tagging(Bucket=name)["TagSet"]
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "NoSuchTagSet":
                    return ""
                raise
        return next((str(tag["Value"]) for tag in told if tag["Key"] == BUCKET_TAG), "")

    def keys(self, name: str, prefix: str = "", most: int = 1000) -> list[str]:
        """The first keys in a bucket of which any version is left."""
        with s3_errors(f"s3://{name}"):
            page = self._s3.list_object_versions(Bucket=name, Prefix=prefix, MaxKeys=most)
        return sorted({each["Key"] for each in _versions(page)})

    def delete_bucket(self, name: str) -> None:
        """With every version of everything in it."""
        with s3_errors(f"s3://{name}"):
            while True:
                page = self._s3.list_object_versions(Bucket=name, MaxKeys=_DELETED_AT_ONCE)
                objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in _versions(page)]
                if not objects:
                    break
                self._s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
            self._s3.delete_bucket(Bucket=name)

    # The states in the bucket

    def stacks(self, bucket: str) -> tuple[StackState, ...]:
        """Every stack whose state is in the bucket."""
        with s3_errors(f"s3://{bucket}"):
            keys = [str(each["Key"]) for each in listing(self._s3, bucket, _STACKS)]
            return tuple(self._stack(bucket, key) for key in keys if key.endswith((".json", ".json.gz")))

    def _stack(self, bucket: str, key: str) -> StackState:
        body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read(_STATE_LIMIT)
        project, _, file = key.removeprefix(_STACKS).rpartition("/")
        try:
            state = json.loads(gzip.decompress(body) if key.endswith(".gz") else body)
            resources = (state.get("checkpoint", {}).get("latest") or {}).get("resources") or ()
        except (OSError, ValueError, AttributeError):
            raise CannotLook(f"s3://{bucket}/{key} is not the state of a stack", "has it been cut off?") from None
        kept = tuple(
            Kept(
                str(each.get("type", "")),
                str(each.get("urn", "")).rpartition("::")[2],
                str(each.get("id", "")),
                str(each.get("importID") or ""),
            )
            for each in resources
            if not str(each.get("type", "")).startswith("pulumi:")
        )
        return StackState(project, file.removesuffix(".gz").removesuffix(".json"), kept)

    # Identities

    def role(self, name: str) -> Role | None:
        """The role of this name."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        iam = client("iam", self._environ, self._profile)
        with aws_errors(f"IAM role {name}"):
            try:
                iam.get_role(RoleName=name)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "NoSuchEntity":
                    return None
                raise
            within = iam.list_role_policies(RoleName=name)["PolicyNames"]
            attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        return Role(name, tuple(map(str, within)), tuple(str(each["PolicyName"]) for each in attached))

    def audiences(self, arn: str) -> tuple[str, ...] | None:
        """Those that the forge's tokens may be for; None where the account does not know the forge."""
        iam = client("iam", self._environ, self._profile)
        with aws_errors("IAM identity providers"):
            told = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
            if not any(each["Arn"] == arn for each in told):
                return None
            return tuple(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn).get("ClientIDList", ()))


def _versions(page: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    return [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
