"""Looks through a Cloudflare account for what serves a policy host: records with their ids, Workers. Blocking."""

import urllib.error
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mtasts.adoption.survey import StandingRecord, Worker, WorkerWay
from mtasts.adoption.workers import catches
from mtasts.errors import CannotLook, Refused
from mtasts.live.cloudflare import one_result, results
from mtasts.protocol.mta_sts import WELL_KNOWN_PATH
from mtasts.protocol.names import same_name
from mtasts.providers import cloudflare

NO_CREDENTIALS = "no Cloudflare API token (CLOUDFLARE_API_TOKEN)"
T = TypeVar("T")
_TEXT_LIMIT = 500  # characters of a comment or tag


@dataclass(frozen=True, slots=True)
class Token:
    """`status`: active, disabled or expired. `expires`: ISO 8601, "" for a token that does not end."""

    status: str
    expires: str


def records(zone: str, name: str, environ: Mapping[str, str]) -> tuple[StandingRecord, ...]:
    """The records of a zone (its id) at one name. Raises CannotLook where the API refuses or does not answer."""
    query = urllib.parse.urlencode({"name": name})
    told = _ask(f"/zones/{_part(zone)}/dns_records?{query}", f"records of zone {zone}", "Zone.DNS:Read", environ)
    return tuple(_record(zone, each) for each in told if same_name(str(each.get("name", ""))) == name)


def routes(zone: str, host: str, environ: Mapping[str, str]) -> tuple[Worker, ...]:
    """The Workers that answer for the policy at `host` by a route of the zone. Raises as `records` does."""
    told = _ask(f"/zones/{_part(zone)}/workers/routes", "Workers routes", "Zone.Workers Routes:Read", environ)
    return tuple(
        Worker(WorkerWay.ROUTE, str(each.get("pattern", "")), str(each["script"]), str(each.get("id", "")))
        for each in told
        # A route without a script is an exception: no Worker runs there.
        if each.get("script") and catches(str(each.get("pattern", "")), host, WELL_KNOWN_PATH)
    )


def domains(zone: str, apex: str, host: str, environ: Mapping[str, str]) -> tuple[Worker, ...]:
    """The Worker that has `host` as its custom domain in the account of the zone, whose name is `apex`.

    Raises as `records` does.
    """
    account = _account(zone, apex, environ)
    query = urllib.parse.urlencode({"hostname": host})
    path = f"/accounts/{_part(account)}/workers/domains?{query}"
    told = _ask(path, "Workers domains", "Account.Workers Scripts:Read", environ)
    return tuple(
        Worker(WorkerWay.DOMAIN, host, str(each.get("service", "")), str(each.get("id", "")))
        for each in told
        if same_name(str(each.get("hostname", ""))) == host
    )


def _account(zone: str, apex: str, environ: Mapping[str, str]) -> str:
    if account := environ.get("CLOUDFLARE_ACCOUNT_ID", ""):
        return account
    query = urllib.parse.urlencode({"name": apex})
    for each in _ask(f"/zones?{query}", f"zone {apex}", "Zone.Zone:Read", environ):
        holder = each.get("account")
        if each.get("id") == zone and isinstance(holder, Mapping) and isinstance(holder.get("id"), str):
            return str(holder["id"])
    raise CannotLook("Workers domains: the zone's account is not known", "set CLOUDFLARE_ACCOUNT_ID")


def token(environ: Mapping[str, str]) -> Token:
    """How the token stands. Raises CannotLook; Refused also for a token of an account whose id nobody named.

    A token belongs to a user or to an account; each has a place of its own that knows it.
    """
    account = environ.get("CLOUDFLARE_ACCOUNT_ID", "")
    path = f"/accounts/{_part(account)}/tokens/verify" if account else "/user/tokens/verify"
    try:
        told = _of_token(path, environ)
    except Refused:
        if not account:
            raise
        told = _of_token("/user/tokens/verify", environ)
    return Token(str(told.get("status", "")), str(told.get("expires_on") or ""))


def reachable_zones(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Id and name of the zones that the token reaches, up to 50. Raises CannotLook; Refused without Zone.Zone:Read."""
    told = _ask("/zones?per_page=50", "zones of the token", "Zone.Zone:Read", environ)
    return tuple((str(each.get("id", "")), same_name(str(each.get("name", "")))) for each in told)


def _of_token(path: str, environ: Mapping[str, str]) -> Mapping[str, Any]:
    return _asked(one_result, path, "the API token", "to be valid", environ)


def _ask(path: str, what: str, right: str, environ: Mapping[str, str]) -> tuple[Mapping[str, Any], ...]:
    return _asked(results, path, what, right, environ)


def _asked(
    ask: Callable[[str, Mapping[str, str]], T | None], path: str, what: str, right: str, environ: Mapping[str, str]
) -> T:
    try:
        told = ask(path, environ)
    except urllib.error.HTTPError as error:
        kind = Refused if error.code in range(400, 429) else CannotLook
        raise kind(f"{what}: Cloudflare answers {error.code}", f"the token needs {right}") from None
    except (OSError, ValueError) as error:
        raise CannotLook(f"{what}: Cloudflare does not answer: {error}") from None
    if told is None:
        raise CannotLook(f"{what}: {NO_CREDENTIALS}")
    return told


def _record(zone: str, told: Mapping[str, Any]) -> StandingRecord:
    kind, content, ttl, meta = (
        str(told.get("type", "")),
        str(told.get("content", "")),
        told.get("ttl"),
        told.get("meta"),
    )
    return StandingRecord(
        name=same_name(str(told.get("name", ""))),
        kind=kind,
        values=(cloudflare.PROVIDER.records.text(content) if kind == "TXT" else content.rstrip("."),),
        ttl=int(ttl) if isinstance(ttl, int | float) else None,
        provider=cloudflare.PROVIDER.key,
        zone=zone,
        id=str(told.get("id", "")),
        proxied=told.get("proxied") is True,
        comment=str(told.get("comment") or "")[:_TEXT_LIMIT],
        tags=tuple(str(tag)[:_TEXT_LIMIT] for tag in told.get("tags") or ())[:20],
        locked=isinstance(meta, Mapping) and meta.get("read_only") is True,
    )


def _part(text: str) -> str:
    return urllib.parse.quote(text, safe="")
