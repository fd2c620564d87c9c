"""Zone of a mail domain that is taken over: as told, as delegated, and as the account of the credentials has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mtasts.adoption.obstacles import Obstacle
from mtasts.app.adopt.request import AdoptRequest
from mtasts.app.first_file import read_beside, wants_dns, zone_of
from mtasts.errors import CannotLook
from mtasts.live.dns_api import api_of
from mtasts.live.files import read_file
from mtasts.live.zones import provider_of
from mtasts.policy.config import DnsZone, DomainPolicy
from mtasts.providers import PROVIDERS


@dataclass(frozen=True, slots=True)
class KnownZone:
    """Where a domain's records are: provider, zone id, and the zone's name; "" each where it is not known.

    `account`: through which it is reached, as its file or the stack's defaults say.
    """

    provider: str = ""
    zone: str = ""
    apex: str = ""
    obstacles: tuple[Obstacle, ...] = ()
    account: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """Provider, zone id and name of the zone."""
        return self.provider, self.zone, self.apex


def known_zone(domain: str, servers: Sequence[str], request: AdoptRequest) -> KnownZone:
    """As the options say, else the domain's file or another tool's, else as name servers and account tell. Blocking."""
    path = request.path_of(domain)
    filed = _policy(domain, path) if path.exists() else None
    provider, zone = request.dns_provider, request.zone
    base = filed.dns if filed is not None else zone_by_defaults(domain, path)
    account = base.account if base is not None else ""
    if filed is not None and not zone:
        provider, zone = filed.dns.provider, filed.dns.zone
    elif not zone and domain in request.known:
        provider, zone = request.known[domain]
    try:
        if not zone:
            if base is not None and not (provider or wants_dns(path)):
                provider, zone = base.provider, base.zone
            if not zone:
                provider, zone = zone_of(domain, servers, provider, request.environ_of(account))
        found = _held_against(domain, servers, provider, zone, request.environ_of(account))
        return replace(found, account=account)
    except CannotLook as error:
        known = provider or provider_of(servers) or ""
        return KnownZone(known, zone, "", (Obstacle("zone", error.message, error.hint),))


def zone_by_defaults(domain: str, path: Path) -> DnsZone | None:
    """The zone that the stack's defaults give."""
    loaded = read_beside(path, f"domain: {domain}\nmode: testing\nmx: [a.example]\ntls_rpt: {{rua: []}}\n")
    return loaded.policies[0].dns if loaded.policies else None


def _held_against(
    domain: str, servers: Sequence[str], provider: str, zone: str, environ: Mapping[str, str]
) -> KnownZone:
    """The zone held against the delegation and, with credentials, against the account."""
    wrong: list[Obstacle] = []
    delegated = provider_of(servers)
    if delegated is not None and delegated != provider:
        title, there = PROVIDERS[provider].title, PROVIDERS[delegated].title
        wrong.append(
            Obstacle(
                "zone-elsewhere",
                f"{domain} is delegated to {there} ({', '.join(servers)}), and its zone is to be at {title}",
                f"name the zone that answers: --dns-provider {delegated} --zone ID",
            )
        )
    api = api_of(PROVIDERS[provider])
    ask = api.zones(environ) if api else None
    if ask is None:
        return KnownZone(provider, zone, "", tuple(wrong))
    seen: list[str] = []
    for name in _and_above(domain):
        ids = ask(name)
        if zone in ids:
            return KnownZone(provider, zone, name, tuple(wrong))
        seen += [f"{name} ({one})" for one in ids]
    has = f"it has {', '.join(seen)}" if seen else "it has none for this domain: the zone is in another account"
    wrong.append(
        Obstacle(
            "zone-not-there",
            f"{domain}: the {PROVIDERS[provider].title} account of these credentials has no zone {zone}; {has}",
            "give the credentials of the account that has the zone, or the right --zone",
        )
    )
    return KnownZone(provider, zone, "", tuple(wrong))


def _and_above(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


def _policy(domain: str, path: Path) -> DomainPolicy | None:
    return next((each for each in read_file(path).policies if each.domain == domain), None)
