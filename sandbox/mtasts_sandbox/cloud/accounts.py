"""Accounts of the embedded cloud: whose credentials a call has, and which zones they reach: only its own.

Hosting is in the sandbox's own account alone. A provider that is attached is given no environment, so which Cloudflare
token it would have is read from the name of the engine's provider: it is that of the account.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from mtasts_sandbox.cloud.cloud import Cloud
from mtasts_sandbox.cloud.cloudflare.dns import CloudflareError
from mtasts_sandbox.cloud.errors import ApiError, ProviderError
from mtasts_sandbox.cloud.resource import Call

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/.+", re.ASCII)
_DEFAULT = "default"  # what the engine calls the providers that no program makes
_TOKEN = re.compile(r"Bearer sandbox_([a-z0-9-]+)_0*", re.ASCII)
_KEY = re.compile(r"ASIA([0-9]{12})", re.ASCII)


def of_provider(cloud: Cloud, package: str, urn: str, args: Mapping[str, Any]) -> str:
    """The account of a provider of the engine. Raises ProviderError for a role that cannot be assumed."""
    name = urn.rpartition("::")[2]
    if package == "cloudflare":
        return "" if name == _DEFAULT or name.startswith(f"{_DEFAULT}_") else name
    roles = args.get("assumeRoles")
    told = json.loads(roles) if isinstance(roles, str) else roles
    if not told:
        return ""
    arn = str(told[0].get("roleArn", ""))
    account = account_of_role(cloud, arn)
    if account is None:
        # As the provider's own client says it.
        raise ProviderError(
            "unable to validate AWS credentials.\nDetails: Cannot assume IAM Role. IAM Role "
            f"({arn}) cannot be assumed. Error: {_assume_error(arn)}"
        )
    return account


def account_of_role(cloud: Cloud, arn: str) -> str | None:
    """The account of a role that may be assumed: of any account that has a zone. None for another one."""
    found = _ROLE.fullmatch(arn)
    return found[1] if found and cloud.has_account(found[1]) else None


def of_token(authorization: str) -> str:
    """The Cloudflare account of an `Authorization` header, "" for the sandbox's own."""
    found = _TOKEN.fullmatch(authorization)
    return found[1] if found else ""


def of_key(access_key: str) -> str:
    """The AWS account of an access key, "" for the sandbox's own."""
    found = _KEY.fullmatch(access_key)
    return found[1] if found else ""


def key_for(account: str) -> str:
    """The access key that AssumeRole gives for a role of this account."""
    return f"ASIA{account}"


def admit(call: Call, doing: str, inputs: Mapping[str, Any]) -> None:
    """Raise what the API answers for a zone of another account, where `inputs` are of a record in one."""
    zone = inputs.get("zoneId")
    if not isinstance(zone, str) or call.cloud.owner(zone) == call.account:
        return
    if zone in dict(call.cloud.cloudflare.zones()):
        raise no_route(f"/zones/{zone}/dns_records")
    if zone in dict(call.cloud.route53.zones()):
        raise denied(f"{doing} Route53 Record in zone {zone}", call.account)


def zone_in(import_id: str) -> Mapping[str, str]:
    """The zone that the import id of a record names, ZONE/RECORD or ZONE_NAME_TYPE."""
    zone = re.split("[/_]", import_id, maxsplit=1)[0]
    return {"zoneId": zone} if zone != import_id else {}


def denied(doing: str, account: str) -> ApiError:
    """What Route 53 answers about a zone of another account."""
    who = f"arn:aws:sts::{account or 'own'}:assumed-role/mtasts/mtasts"
    message = f"User: {who} is not authorized to access this resource"
    return ApiError(doing, "Route 53: GetHostedZone", "AccessDenied", message, 403)


def no_route(path: str) -> CloudflareError:
    """What Cloudflare answers about a zone that the token does not reach."""
    message = f"Could not route to {path}, perhaps your object identifier is invalid?"
    return CloudflareError("GET", path, 7003, message, 404)


def _assume_error(arn: str) -> str:
    return (
        "operation error STS: AssumeRole, https response error StatusCode: 403, api error AccessDenied: User:"
        f" arn:aws:iam::123456789012:user/sandbox is not authorized to perform: sts:AssumeRole on resource: {arn}"
    )
