"""Route 53's own API: the id of a zone, and TXT values beside those that are there."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mtasts.errors import CannotLook

_SECONDS = 10.0
_NEW_TTL = 60  # seconds; of a TXT that is there for a short time


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
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - 300 ms to load
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    try:
        client = _client(environ)
    except BotoCoreError as error:
        raise CannotLook(f"AWS cannot be asked for hosted zones: {error}", "or say --zone ID") from None
    if client is None:
        return None

    def ask(name: str) -> list[str]:
        try:
            found = client.list_hosted_zones_by_name(DNSName=name, MaxItems="10")["HostedZones"]
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            raise CannotLook(f"AWS cannot be asked for hosted zone {name}: {error}", "or say --zone ID") from None
        public = [zone for zone in found if not zone.get("Config", {}).get("PrivateZone")]
        return [zone["Id"].rpartition("/")[2] for zone in public if zone["Name"].rstrip(".").lower() == name]

    return ask


def put_texts(zone: str, name: str, add: Collection[str], drop: Collection[str], environ: Mapping[str, str]) -> None:
    """See `DnsApi.put_texts`."""
    with _errors(f"Route 53: TXT {name} in zone {zone}"):
        client = _client(environ)
        if client is None:
            raise CannotLook(f"Route 53: TXT {name}: no AWS credentials", "the usual AWS settings give them")
        found = client.list_resource_record_sets(
            HostedZoneId=zone, StartRecordName=name, StartRecordType="TXT", MaxItems="1"
        )["ResourceRecordSets"]
        old = [each for each in found if each["Type"] == "TXT" and each["Name"].rstrip(".").lower() == name]
        if any("SetIdentifier" in each for each in old):
            raise CannotLook(f"Route 53: TXT {name} has a routing policy", "make it a simple record set first")
        if changes := _changes(name, old[0] if old else None, add, drop):
            client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _changes(
    name: str, old: Mapping[str, Any] | None, add: Collection[str], drop: Collection[str]
) -> list[dict[str, Any]]:
    """Delete and make in one batch, which is done as a whole or not at all: not if somebody has changed it since."""
    values = [each["Value"] for each in old["ResourceRecords"]] if old else []
    gone, wanted = {f'"{text}"' for text in drop}, [f'"{text}"' for text in add]
    kept = [value for value in values if value not in gone]
    new = [*kept, *(value for value in wanted if value not in kept)]
    if new == values:
        return []
    made = {"Name": name, "Type": "TXT", "TTL": old["TTL"] if old else _NEW_TTL}
    changes: list[dict[str, Any]] = [{"Action": "DELETE", "ResourceRecordSet": dict(old)}] if old else []
    if new:
        records = [{"Value": value} for value in new]
        changes.append({"Action": "UPSERT", "ResourceRecordSet": made | {"ResourceRecords": records}})
    return changes


def _client(environ: Mapping[str, str]) -> Any:
    """None without credentials. Raises BotoCoreError for settings that boto3 does not take."""
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    session = boto3.Session(
        aws_access_key_id=environ.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=environ.get("AWS_SESSION_TOKEN"),
        # Route 53 is one service for all regions, but its client wants one.
        region_name=environ.get("AWS_REGION") or "us-east-1",
    )
    if session.get_credentials() is None:
        return None
    config = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=_SECONDS, read_timeout=_SECONDS)
    return session.client("route53", config=config, endpoint_url=environ.get("AWS_ENDPOINT_URL"))


@contextmanager
def _errors(asked: str) -> Iterator[None]:
    """Turns what boto3 raises into CannotLook."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - an answer that is not AWS's, such as a portal's

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error") or {}
        told = f"{said.get('Code', '')} {said.get('Message', '')}".strip()
        raise CannotLook(f"{asked}: AWS refuses: {told:.300}", "run it again: it goes on from here") from None
    except (BotoCoreError, ResponseParserError) as error:
        raise CannotLook(f"{asked}: {error}", "credentials come from the usual AWS settings") from None
