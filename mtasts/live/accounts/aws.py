"""Looks through an AWS account for what serves a policy host: record sets, distributions, certificates, the object.

Only reads, and bounded: what lies beyond a bound is told as not seen. Blocking.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mtasts.adoption.survey import AliasHolder, HeldCertificate, PolicyObject, StandingRecord
from mtasts.errors import CannotLook, Refused
from mtasts.live.s3 import is_missing
from mtasts.protocol.mta_sts import POLICY_BYTES_LIMIT, WELL_KNOWN_PATH
from mtasts.protocol.names import covers, same_name
from mtasts.providers import route53

PAGES_LIMIT = 20  # of a list of the account: 2000 distributions, 20000 certificates
NO_CREDENTIALS = "no AWS credentials"
_SETS_LIMIT = 20  # record sets of one name
_DESCRIBED_LIMIT = 20  # certificates for one host
_SECONDS = 10.0
_BUCKET = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3[.-][a-z0-9.-]{0,60}amazonaws\.com(?:\.cn)?")
# Without a filter ListCertificates names those with RSA keys of up to 2048 bits alone.
_KEYS = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
_RIGHTS = "these credentials need the right to read it"


@dataclass(frozen=True, slots=True)
class Caller:
    """An identity of AWS: its account's number and its ARN."""

    account: str
    arn: str


def client(service: str, environ: Mapping[str, str], profile: str = "") -> Any:
    """A boto3 client of `service` in us-east-1, where global services and CloudFront's certificates are.

    `profile`: as the stack's `aws:profile` says. None without credentials. Raises CannotLook for settings that boto3
    does not take. $AWS_ENDPOINT_URL names another API: the sandbox's, on loopback.
    """
    import boto3  # noqa: PLC0415 - 300 ms to load
    from botocore.config import Config  # noqa: PLC0415

    keys = {
        "aws_access_key_id": environ.get("AWS_ACCESS_KEY_ID"),
        "aws_secret_access_key": environ.get("AWS_SECRET_ACCESS_KEY"),
        "aws_session_token": environ.get("AWS_SESSION_TOKEN"),
    }
    with aws_errors(service):
        session = boto3.Session(profile_name=profile or None, region_name="us-east-1", **({} if profile else keys))
        if session.get_credentials() is None:
            return None
        config = Config(
            retries={"mode": "standard", "max_attempts": 2}, connect_timeout=_SECONDS, read_timeout=_SECONDS
        )
        return session.client(service, config=config, endpoint_url=environ.get("AWS_ENDPOINT_URL"))


def caller(client: Any) -> Caller:
    """Whose credentials a client of STS has, which every identity may ask. Raises CannotLook, Refused."""
    with aws_errors("AWS STS"):
        told = client.get_caller_identity()
    return Caller(str(told.get("Account", "")), str(told.get("Arn", "")))


def hosted_zone(zone: str, client: Any) -> tuple[str, bool]:
    """Name of a hosted zone (its id), and whether it is private. Raises CannotLook, Refused."""
    with aws_errors(f"Route 53 zone {zone}"):
        told = client.get_hosted_zone(Id=zone)["HostedZone"]
    return same_name(str(told.get("Name", ""))), bool(told.get("Config", {}).get("PrivateZone"))


def record_sets(zone: str, name: str, client: Any) -> tuple[StandingRecord, ...]:
    """The record sets of a hosted zone (its id) at `name`. Raises CannotLook where AWS refuses or does not answer."""
    with aws_errors(f"Route 53 zone {zone}"):
        told = client.list_resource_record_sets(HostedZoneId=zone, StartRecordName=name, MaxItems=str(_SETS_LIMIT))
    sets = told.get("ResourceRecordSets") or ()
    return tuple(_record(zone, each) for each in sets if same_name(str(each.get("Name", ""))) == name)


def alias_holders(host: str, client: Any) -> tuple[AliasHolder, ...]:
    """The account's distributions that have `host` among their aliases, by its name or by a wildcard.

    Raises CannotLook as `record_sets` does, and beyond PAGES_LIMIT.
    """
    return holding(host, distributions(client))


def holding(host: str, every: Iterable[AliasHolder]) -> tuple[AliasHolder, ...]:
    """Those of these distributions that have `host` among their aliases, by its name or by a wildcard. Pure."""
    return tuple(each for each in every if any(_alias_covers(alias, host) for alias in each.aliases))


def distributions(client: Any) -> tuple[AliasHolder, ...]:
    """All distributions of the account. Raises as `alias_holders` does."""
    found: list[AliasHolder] = []
    marker = ""
    with aws_errors("CloudFront distributions"):
        for _ in range(PAGES_LIMIT):
            told = client.list_distributions(**({"Marker": marker} if marker else {}))["DistributionList"]
            found += map(_holder, told.get("Items") or ())
            marker = told.get("NextMarker", "") if told.get("IsTruncated") else ""
            if not marker:
                return tuple(found)
    raise CannotLook("CloudFront distributions: the account has too many to look through")


def certificates(host: str, client: Any) -> tuple[HeldCertificate, ...]:
    """ACM's certificates of this account (us-east-1) that are good for `host`. Raises as `alias_holders` does."""
    found: list[HeldCertificate] = []
    token = ""
    with aws_errors("ACM certificates"):
        for _ in range(PAGES_LIMIT):
            more = {"NextToken": token} if token else {}
            told = client.list_certificates(Includes={"keyTypes": list(_KEYS)}, MaxItems=1000, **more)
            every = map(_certificate, told.get("CertificateSummaryList") or ())
            found += [each for each in every if any(covers(name, host) for name in each.names)]
            token = told.get("NextToken", "")
            if not token:
                return tuple(found)
    raise CannotLook("ACM certificates: the account has too many to look through")


def validation_records(host: str, client: Any) -> tuple[tuple[str, str], ...]:
    """Name and target of each CNAME by which ACM sees that a certificate of this account may hold `host`.

    ACM asks for the same one for every certificate of an account that holds the name. Raises as `alias_holders` does.
    """
    found: dict[tuple[str, str], None] = {}
    for held in certificates(host, client)[:_DESCRIBED_LIMIT]:
        with aws_errors(f"ACM certificate {held.arn}"):
            told = client.describe_certificate(CertificateArn=held.arn)["Certificate"]
        for option in told.get("DomainValidationOptions") or ():
            record = option.get("ResourceRecord") or {}
            if same_name(str(option.get("DomainName", ""))) == host and record.get("Type") == "CNAME":
                found[same_name(str(record.get("Name", ""))), same_name(str(record.get("Value", "")))] = None
    return tuple(found)


def policy_object(holder: AliasHolder, served: bytes | None, client: Any) -> PolicyObject | None:
    """The policy in the bucket that a distribution fetches from; None where no origin of it is a bucket.

    `served`: what senders get, for `same`. Raises CannotLook where the bucket does not answer, or has no such object.
    """
    for origin in holder.origins:
        host, _, path = origin.partition("/")
        if bucket := _BUCKET.fullmatch(host):
            key = f"{path.strip('/')}{WELL_KNOWN_PATH}".lstrip("/")
            body = _read(bucket["bucket"], key, client)
            return PolicyObject(bucket["bucket"], key, body == served)
    return None


def _read(bucket: str, key: str, client: Any) -> bytes:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    where = f"s3://{bucket}/{key}"
    with aws_errors(where):
        try:
            return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read(POLICY_BYTES_LIMIT + 1))
        except ClientError as error:
            if is_missing(error):
                raise CannotLook(f"{where}: there is no such object") from None
            raise


@contextmanager
def aws_errors(asked: str) -> Iterator[None]:
    """Turns what boto3 raises into CannotLook; `asked`: what was asked for."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - an answer that is not AWS's, such as a portal's

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        told = f"{said.get('Code', '')} {said.get('Message', '')}".strip()
        busy = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) not in range(400, 429)
        kind = CannotLook if busy or "Throttl" in told else Refused
        raise kind(f"{asked}: AWS refuses: {told:.300}", _RIGHTS) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise CannotLook(f"{asked}: {error}", "credentials come from the usual AWS settings") from None


def _alias_covers(alias: str, host: str) -> bool:
    # A wildcard alias of CloudFront stands for any number of labels (its developer guide, alternate domain names).
    alias = same_name(alias) if not alias.startswith("*.") else f"*.{same_name(alias[2:])}"
    return alias == host or (alias.startswith("*.") and host.endswith(alias[1:]))


def _record(zone: str, told: Mapping[str, Any]) -> StandingRecord:
    kind, alias = str(told.get("Type", "")), told.get("AliasTarget") or {}
    values = [str(each.get("Value", "")) for each in told.get("ResourceRecords") or ()]
    ttl = told.get("TTL")
    return StandingRecord(
        name=same_name(str(told.get("Name", ""))),
        kind=kind,
        values=tuple(_text(value) if kind == "TXT" else value.rstrip(".") for value in values),
        ttl=int(ttl) if isinstance(ttl, int) else None,
        alias=str(alias.get("DNSName", "")).rstrip("."),
        provider=route53.PROVIDER.key,
        zone=zone,
        id=f"{zone}_{same_name(str(told.get('Name', '')))}_{kind}",
        routed=bool(told.get("SetIdentifier")),
    )


def _text(value: str) -> str:
    """The strings of a TXT value joined, as the API has them: each in quotes."""
    return re.sub(r'"\s*"', "", value.strip()).strip('"').replace('\\"', '"')


def _holder(told: Mapping[str, Any]) -> AliasHolder:
    origins = (told.get("Origins") or {}).get("Items") or ()
    return AliasHolder(
        id=str(told.get("Id", "")),
        host=same_name(str(told.get("DomainName", ""))),
        aliases=tuple(str(alias).lower() for alias in (told.get("Aliases") or {}).get("Items") or ()),
        origins=tuple(f"{each.get('DomainName', '')}{each.get('OriginPath', '')}" for each in origins),
        enabled=bool(told.get("Enabled", True)),
        certificate=str((told.get("ViewerCertificate") or {}).get("ACMCertificateArn") or ""),
    )


def _certificate(told: Mapping[str, Any]) -> HeldCertificate:
    names = dict.fromkeys([told.get("DomainName", ""), *(told.get("SubjectAlternativeNameSummaries") or ())])
    return HeldCertificate(
        arn=str(told.get("CertificateArn", "")),
        status=str(told.get("Status", "")),
        names=tuple(map(str, names)),
        in_use=bool(told.get("InUse")),
    )
