"""CloudFront's API for moving a host name from one distribution to another. Blocking.

AWS's rules, and what follows from them: docs/decisions/adopt.md. `client` is boto3's of CloudFront, `acm` of ACM, both
of us-east-1. All of it raises CannotLook where AWS refuses or does not answer.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from mtasts.adoption.survey import OtherHolder
from mtasts.errors import CannotLook
from mtasts.protocol.names import covers

_RIGHTS: Final = "the rights that it takes are in docs/examples/aws/adopt.json"
_CONFLICTS_LIMIT: Final = 100  # the most that AWS tells in one answer: an exact name has a few wildcards above it


class NotProven(CannotLook):
    """CloudFront does not see the TXT record that a move asks for. It remembers for a while what it did not see."""


@dataclass(frozen=True, slots=True)
class Target:
    """A distribution of this account as it is now. `host`: its own name; `certificate`: the ARN, "" for none of ACM."""

    id: str
    host: str
    aliases: tuple[str, ...]
    enabled: bool
    deployed: bool
    certificate: str


def target(distribution_id: str, client: Any) -> Target:
    """The distribution of this id."""
    with _errors(f"CloudFront distribution {distribution_id}"):
        found: Mapping[str, Any] = client.get_distribution(Id=distribution_id)["Distribution"]
    config = found["DistributionConfig"]
    return Target(
        id=distribution_id,
        host=str(found["DomainName"]),
        aliases=tuple(str(alias).lower() for alias in (config.get("Aliases") or {}).get("Items") or ()),
        enabled=bool(config.get("Enabled")),
        deployed=found.get("Status") == "Deployed",
        certificate=str((config.get("ViewerCertificate") or {}).get("ACMCertificateArn") or ""),
    )


def conflicts(host: str, distribution_id: str, client: Any) -> tuple[OtherHolder, ...]:
    """Who holds `host` or a wildcard over it, in whichever account, but for `distribution_id` itself.

    That one has to be of this account, with a certificate for `host`: nobody else is told.
    """
    with _errors(f"CloudFront: who holds {host}"):
        told = client.list_conflicting_aliases(DistributionId=distribution_id, Alias=host, MaxItems=_CONFLICTS_LIMIT)
    found = (told.get("ConflictingAliasesList") or {}).get("Items") or ()
    listed = [
        OtherHolder(*(str(each.get(key, "")) for key in ("Alias", "DistributionId", "AccountId"))) for each in found
    ]
    return tuple(one for one in listed if not _hidden(one.distribution, distribution_id))


def associate(host: str, distribution_id: str, client: Any) -> None:
    """Move `host` to a distribution of this account, in one step, from the one that has it.

    Raises NotProven where CloudFront does not see the proof in DNS.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - 100 ms

    asked = f"CloudFront: moving {host} to {distribution_id}"
    with _errors(asked):
        try:
            client.associate_alias(TargetDistributionId=distribution_id, Alias=host)
        except ClientError as error:
            said = str((error.response.get("Error") or {}).get("Message", ""))
            if "TXT" in said:
                raise NotProven(f"{asked}: AWS refuses: {said:.300}", "run it again in a quarter of an hour") from None
            raise


def remove(host: str, distribution_id: str, client: Any) -> None:
    """Take the name from a distribution of this account, so that who has a wildcard over it answers for it again."""
    with _errors(f"CloudFront: taking {host} from {distribution_id}"):
        told = client.get_distribution_config(Id=distribution_id)
        config: dict[str, Any] = told["DistributionConfig"]
        kept = [each for each in (config.get("Aliases") or {}).get("Items") or () if each.lower() != host]
        aliases = {"Quantity": len(kept), "Items": kept} if kept else {"Quantity": 0}
        client.update_distribution(
            Id=distribution_id, IfMatch=told["ETag"], DistributionConfig=config | {"Aliases": aliases}
        )


def certificate_problem(arn: str, host: str, acm: Any) -> str:
    """Why a certificate is not good for `host`; "" when it is issued and names it."""
    if not arn:
        return "it has no certificate of ACM"
    with _errors(f"ACM certificate {arn}"):
        found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    if found.get("Status") != "ISSUED":
        return f"its certificate is not issued ({found.get('Status', '')})"
    names = [str(found.get("DomainName", "")), *map(str, found.get("SubjectAlternativeNames") or ())]
    return "" if any(covers(name, host) for name in names) else f"its certificate does not name {host}"


def _hidden(shown: str, whole: str) -> bool:
    """Whether `shown` is `whole` with its beginning behind asterisks."""
    return len(shown) == len(whole) and bool(end := shown.lstrip("*")) and whole.endswith(end)


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
        hint = _RIGHTS if "AccessDenied" in told else "run it again: it goes on from here"
        raise CannotLook(f"{asked}: AWS refuses: {told:.300}", hint) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise CannotLook(f"{asked}: {error}", "credentials come from the usual AWS settings") from None
