"""Access to S3 as both the source and the store of reports use it: one client, errors as one clear line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mtasts.errors import CannotLook

# Those who read many small objects do so in this many threads over one client.
_CONNECTIONS = 16
_OF_STACK = {"aws:profile": "profile", "aws:region": "region_name"}
_OF_SANDBOX = {
    "AWS_ENDPOINT_URL": "endpoint_url",
    "AWS_REGION": "region_name",
    "AWS_ACCESS_KEY_ID": "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
}


def parse_location(location: str) -> tuple[str, str]:
    """Bucket and prefix (without slashes at its ends) of `s3://BUCKET/PREFIX`. Raises CannotLook."""
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    if not bucket:
        raise CannotLook(f"{location}: is not s3://BUCKET/PREFIX")
    return bucket, prefix


def settings_of(environ: Mapping[str, str], stack_config: Mapping[str, Any]) -> dict[str, str]:
    """How `connect` reaches the S3 of a stack, where that is not as for any other program here.

    As the stack's own provider does, as far as that is no secret: `stack_config` maps `aws:region` and the like to
    values. In a sandbox they mean nothing: there it is what `environ` says.
    """
    if environ.get("MTASTS_SANDBOX_DIR"):
        named = {name: environ.get(key, "") for key, name in _OF_SANDBOX.items()}
        return named if all(named.values()) else {}
    return {name: value for key, name in _OF_STACK.items() if isinstance(value := stack_config.get(key), str)}


def connect(location: str, profile: str | None = None, seconds: float | None = None, **settings: str) -> Any:
    """A client by the usual AWS settings ($AWS_ENDPOINT_URL, $AWS_REGION, profiles, roles). Raises CannotLook.

    `profile` and `settings` (`endpoint_url`, `region_name`, ... as boto3 names them) go before the environment's.
    `seconds`: how long any step of a call may take, without a second try.
    """
    import boto3  # noqa: PLC0415 - 300 ms, and only where S3 is used
    from botocore.config import Config  # noqa: PLC0415

    with s3_errors(location):
        config = Config(
            retries={"mode": "standard", "max_attempts": 5 if seconds is None else 1},
            connect_timeout=min(seconds or 10, 10),
            read_timeout=min(seconds or 60, 60),
            max_pool_connections=_CONNECTIONS,
        )
        return boto3.Session(profile_name=profile).client("s3", config=config, **settings)


@contextmanager
def s3_errors(location: str) -> Iterator[None]:
    """Turns what boto3 raises into CannotLook."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - an answer that is not AWS's, such as a portal's

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        raise CannotLook(
            f"{location}: S3 refuses: {said.get('Code', '')} {said.get('Message', '')}".rstrip(),
            "does the bucket exist, and may these credentials use it?",
        ) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise CannotLook(f"{location}: {error}", "credentials and region come from the usual AWS settings") from None


def read_object(location: str, most: int) -> bytes:
    """The first `most` bytes of the object `s3://BUCKET/KEY`. Raises CannotLook."""
    bucket, key = parse_location(location)
    if not key:
        raise CannotLook(f"{location}: is not s3://BUCKET/KEY")
    with s3_errors(location):
        return bytes(connect(location).get_object(Bucket=bucket, Key=key)["Body"].read(most))


def is_missing(error: Any) -> bool:
    """Whether a ClientError says that the object is not there."""
    return error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound")


def listing(client: Any, bucket: str, prefix: str, after: str = "") -> Iterator[dict[str, Any]]:
    """The objects under a prefix, in the order of their keys, from the first key after `after`."""
    arguments = {"Bucket": bucket, "Prefix": prefix, **({"StartAfter": after} if after else {})}
    for page in client.get_paginator("list_objects_v2").paginate(**arguments):
        yield from page.get("Contents", [])


def common_prefixes(client: Any, bucket: str, prefix: str) -> Iterator[str]:
    """The folders right under a prefix."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        for entry in page.get("CommonPrefixes", []):
            yield entry["Prefix"]
