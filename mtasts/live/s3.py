"""Access to S3 as both the source and the store of reports use it: one client, errors as one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mtasts.errors import CannotLook

# Those who read many small objects do so in this many threads over one client.
_CONNECTIONS = 16


def parse_location(location: str) -> tuple[str, str]:
    """Bucket and prefix (without slashes at its ends) of `s3://BUCKET/PREFIX`. Raises CannotLook."""
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    if not bucket:
        raise CannotLook(f"{location}: is not s3://BUCKET/PREFIX")
    return bucket, prefix


def connect(location: str, profile: str | None = None, **settings: str) -> Any:
    """A client by the usual AWS settings ($AWS_ENDPOINT_URL, $AWS_REGION, profiles, roles). Raises CannotLook.

    `profile` and `settings` (`endpoint_url`, `region_name`, ... as boto3 names them) go before the environment's.
    """
    import boto3  # noqa: PLC0415 - 300 ms, and only where S3 is used
    from botocore.config import Config  # noqa: PLC0415

    with s3_errors(location):
        config = Config(
            retries={"mode": "standard", "max_attempts": 5},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=_CONNECTIONS,
        )
        return boto3.Session(profile_name=profile).client("s3", config=config, **settings)


@contextmanager
def s3_errors(location: str) -> Iterator[None]:
    """Turns what boto3 raises into CannotLook."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        raise CannotLook(
            f"{location}: S3 refuses: {said.get('Code', '')} {said.get('Message', '')}".rstrip(),
            "does the bucket exist, and may these credentials use it?",
        ) from None
    except BotoCoreError as error:
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
