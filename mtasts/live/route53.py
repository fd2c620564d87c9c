"""Route 53's own API, for the id of a zone."""

from collections.abc import Callable, Mapping
from typing import Any

from mtasts.errors import CannotLook

_SECONDS = 10.0


def can_ask(environ: Mapping[str, str]) -> bool:
    """Never: the rights of publishing do not allow it, and Route 53 itself refuses a second record."""
    del environ
    return False


def records_at(
    zone: str, name: str, environ: Mapping[str, str], kind: str = ""
) -> tuple[Mapping[str, Any], ...] | None:
    """Nothing: see `can_ask`."""
    del zone, name, environ, kind
    return None


def zones(environ: Mapping[str, str]) -> Callable[[str], list[str]] | None:
    """See `DnsApi.zones`."""
    import boto3  # noqa: PLC0415 - 300 ms to load
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        session = boto3.Session(
            aws_access_key_id=environ.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY"),
            aws_session_token=environ.get("AWS_SESSION_TOKEN"),
            # Route 53 is one service for all regions, but its client wants one.
            region_name=environ.get("AWS_REGION") or "us-east-1",
        )
        if session.get_credentials() is None:
            return None
        config = Config(
            retries={"mode": "standard", "max_attempts": 2}, connect_timeout=_SECONDS, read_timeout=_SECONDS
        )
        client = session.client("route53", config=config, endpoint_url=environ.get("AWS_ENDPOINT_URL"))
    except BotoCoreError as error:
        raise CannotLook(f"AWS cannot be asked for hosted zones: {error}", "or say --zone ID") from None

    def ask(name: str) -> list[str]:
        try:
            found = client.list_hosted_zones_by_name(DNSName=name, MaxItems="10")["HostedZones"]
        except (BotoCoreError, ClientError) as error:
            raise CannotLook(f"AWS cannot be asked for hosted zone {name}: {error}", "or say --zone ID") from None
        public = [zone for zone in found if not zone.get("Config", {}).get("PrivateZone")]
        return [zone["Id"].rpartition("/")[2] for zone in public if zone["Name"].rstrip(".").lower() == name]

    return ask
