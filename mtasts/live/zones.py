"""Which zone a mail domain is in: its name servers tell the DNS provider, the provider's API the zone's id.

Names are given and compared in A-labels without a last dot.
"""

import re
import urllib.error
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtasts.errors import CannotLook
from mtasts.live.cloudflare import can_ask, results
from mtasts.live.resolver import Resolver

_SECONDS = 10.0
# The providers' own names for the servers that they give to a zone.
_SERVERS = {
    "cloudflare": re.compile(r"[a-z0-9-]+\.ns\.cloudflare\.com"),
    "route53": re.compile(r"ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)"),
}


@dataclass(frozen=True, slots=True)
class FoundZone:
    """`id` is the provider's id of the zone `name`."""

    provider: str
    id: str
    name: str


async def name_servers(domain: str, resolver: Resolver) -> tuple[str, ...]:
    """The name servers of the zone that holds `domain`; empty where DNS does not answer.

    A name that DNS does not tell of may be a zone of its own, so nobody climbs past it.
    """
    for name in _and_above(domain):
        answer = await resolver.ask(name, "NS")
        if answer.found:
            return tuple(sorted(value.rstrip(".").lower() for value in answer.values))
        if not answer.absent:
            return ()
    return ()


def provider_of(servers: Sequence[str]) -> str | None:
    """The provider that all these name servers belong to; None where they are of another one, or of several."""
    for provider, pattern in _SERVERS.items():
        if servers and all(pattern.fullmatch(server) for server in servers):
            return provider
    return None


def find_zone(domain: str, provider: str, environ: Mapping[str, str]) -> FoundZone | None:
    """The zone of `provider` in the account of the present credentials that is closest to `domain`, or None.

    None also without credentials. Raises CannotLook when the API refuses or does not answer, and for two public zones
    of one name, of which only the owner knows which one is delegated.
    """
    ask = {"cloudflare": _cloudflare_zones, "route53": _route53_zones}[provider](environ)
    if ask is None:
        return None
    for name in _and_above(domain):
        ids = ask(name)
        if len(ids) > 1:
            listed = ", ".join(sorted(ids))
            raise CannotLook(f"{provider} has {len(ids)} zones named {name}: {listed}", "name the right one: --zone ID")
        if ids:
            return FoundZone(provider, ids[0], name)
    return None


def _and_above(domain: str) -> Iterator[str]:
    """The domain and the names above it, but no top-level domain."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        yield ".".join(labels[start:])


def _cloudflare_zones(environ: Mapping[str, str]) -> Callable[[str], list[str]] | None:
    if not can_ask(environ):
        return None

    def ask(name: str) -> list[str]:
        try:
            zones = results(f"/zones?{urllib.parse.urlencode({'name': name})}", environ) or ()
        except urllib.error.HTTPError as error:
            reason = f"Cloudflare answers {error.code} when asked for zone {name}"
            raise CannotLook(reason, "the token needs the permission Zone.Zone:Read, or say --zone ID") from None
        except (OSError, ValueError) as error:
            raise CannotLook(f"Cloudflare cannot be asked for zone {name}: {error}", "or say --zone ID") from None
        return [zone["id"] for zone in zones if zone.get("name") == name and isinstance(zone.get("id"), str)]

    return ask


def _route53_zones(environ: Mapping[str, str]) -> Callable[[str], list[str]] | None:
    try:
        import boto3  # noqa: PLC0415 - an extra, and 300 ms to load
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        return None
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
