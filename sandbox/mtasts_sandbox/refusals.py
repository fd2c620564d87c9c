"""Refusals that depend on who asks, how often, and from where: switched on as faults, told in the services' own words.

The embedded cloud has no accounts, so these are the errors that its state alone can never give.
"""

from typing import Final

from mtasts_sandbox.cloud.cloudflare.dns import CloudflareError
from mtasts_sandbox.cloud.context import ACCOUNT
from mtasts_sandbox.cloud.errors import ApiError, ProviderError
from mtasts_sandbox.faults import Faults, Kind

REFUSALS: Final = (
    Kind("access-denied", "", "changing provider calls fail: these credentials may not do that"),
    Kind("bad-credentials", "", "changing provider calls fail: the service does not know these credentials"),
    Kind("expired-credentials", "", "changing provider calls fail: the credentials have expired"),
    Kind("throttled", "", "changing provider calls fail: too many requests"),
    Kind("api-unreachable", "", "changing provider calls fail: no way to the service's API"),
)

_AWS: Final = {
    "bad-credentials": ("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
    "expired-credentials": ("ExpiredToken", "The security token included in the request is expired", 403),
    "throttled": ("Throttling", "Rate exceeded", 400),
}
_CLOUDFLARE: Final = {
    "access-denied": (10000, "Authentication error", 403),
    "bad-credentials": (9109, "Invalid access token", 403),
    "expired-credentials": (9109, "Invalid access token", 403),
    "throttled": (971, "Please wait and consider throttling your request speed", 429),
}


def refusal(faults: Faults, kind: str, verb: str) -> Exception | None:
    """The error of a changing call about a resource of this type, when such a fault is on for it; else None."""
    name = faults.pattern_on([each.name for each in REFUSALS], f"{kind}.{verb}")
    if name is None:
        return None
    package, _, rest = kind.partition(":")
    service, thing = rest.partition("/")[0], rest.rpartition(":")[2]
    if package == "cloudflare":
        return _of_cloudflare(name)
    doing, operation = f"{verb.lower().rstrip('e')}ing {thing}", f"{service}: {verb}{thing}"
    if name == "api-unreachable":
        asked = f'Post "https://{service}.amazonaws.com/": dial tcp: lookup {service}.amazonaws.com: no such host'
        return ProviderError(f"{doing}: operation error {operation}, https response error StatusCode: 0, {asked}")
    if name == "access-denied":
        who = f"arn:aws:sts::{ACCOUNT}:assumed-role/mtasts-publish/ci"
        message = f"User: {who} is not authorized to perform: {service}:{verb}{thing}"
        return ApiError(doing, operation, "AccessDenied", message, 403)
    code, message, status = _AWS[name]
    return ApiError(doing, operation, code, message, status)


def _of_cloudflare(name: str) -> Exception:
    method, path = "POST", "/zones/ZONE/dns_records"
    if name == "api-unreachable":
        url = f"https://api.cloudflare.com/client/v4{path}"
        return ProviderError(
            f'failed to make http request: {method} "{url}": dial tcp: lookup api.cloudflare.com: no such host'
        )
    code, message, status = _CLOUDFLARE[name]
    return CloudflareError(method, path, code, message, status)
