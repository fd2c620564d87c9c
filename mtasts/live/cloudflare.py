"""Cloudflare's own API: what its provider does not tell, and TXT records beside those that are there."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Mapping
from typing import Any

from mtasts.errors import CannotLook

_API = "https://api.cloudflare.com/client/v4"
_SECONDS = 10.0
_NEW_TTL = 60  # seconds; of a TXT that is there for a short time
_ANSWER_LIMIT = 1_000_000  # bytes; one zone is some thousand, a record a few hundred


def _request(
    path: str, environ: Mapping[str, str], method: str = "GET", body: Mapping[str, Any] | None = None
) -> urllib.request.Request | None:
    """For `path` (which begins with a slash); None without a token, and where it would go in clear text.

    $CLOUDFLARE_BASE_URL names another API: the sandbox's, on loopback.
    """
    token, base = environ.get("CLOUDFLARE_API_TOKEN", ""), environ.get("CLOUDFLARE_BASE_URL") or _API
    if not token or not base.startswith(("https://", "http://127.0.0.1:")):
        return None
    url = f"{base.rstrip('/')}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    if body is None:
        return urllib.request.Request(url, headers=headers, method=method)  # noqa: S310 - the scheme is checked
    headers["Content-Type"] = "application/json"
    return urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)  # noqa: S310


def can_ask(environ: Mapping[str, str]) -> bool:
    """Whether there is a token for the API, and an address that may see it."""
    return _request("/", environ) is not None


def results(path: str, environ: Mapping[str, str]) -> tuple[Mapping[str, Any], ...] | None:
    """What a GET of `path` lists. Blocking.

    None where nothing can be asked (`can_ask`), or the answer is not a list. Raises OSError, of which
    `urllib.error.HTTPError` is one, where there is no answer, and ValueError where it is not JSON.
    """
    result = _result(path, environ)
    return tuple(each for each in result if isinstance(each, dict)) if isinstance(result, list) else None


def one_result(path: str, environ: Mapping[str, str]) -> Mapping[str, Any] | None:
    """What a GET of `path` tells of one thing; None and raised errors as of `results`."""
    result = _result(path, environ)
    return result if isinstance(result, dict) else None


def _result(path: str, environ: Mapping[str, str]) -> Any:
    request = _request(path, environ)
    if request is None:
        return None
    with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
        answer = json.loads(response.read(_ANSWER_LIMIT))
    return answer.get("result") if isinstance(answer, dict) else None


def put_texts(zone: str, name: str, add: Collection[str], drop: Collection[str], environ: Mapping[str, str]) -> None:
    """See `DnsApi.put_texts`."""
    path, asked = f"/zones/{urllib.parse.quote(zone, safe='')}/dns_records", f"Cloudflare: TXT {name} in zone {zone}"
    try:
        found = results(f"{path}?{urllib.parse.urlencode({'name': name, 'type': 'TXT'})}", environ)
        if found is None:
            raise CannotLook(f"{asked}: it cannot be asked", "CLOUDFLARE_API_TOKEN, with the permission Zone.DNS:Edit")
        there = [(str(each.get("content", "")).strip('"'), str(each.get("id", ""))) for each in found]
        for text in add:
            if text not in [content for content, _ in there]:
                _send(path, environ, "POST", {"type": "TXT", "name": name, "content": f'"{text}"', "ttl": _NEW_TTL})
        for content, record in there:
            if content in drop:
                _send(f"{path}/{urllib.parse.quote(record, safe='')}", environ, "DELETE")
    except urllib.error.HTTPError as error:
        reason = f"{asked}: it answers {error.code}"
        raise CannotLook(reason, "the token needs the permission Zone.DNS:Edit") from None
    except (OSError, ValueError) as error:
        raise CannotLook(f"{asked}: {error}", "run it again: it goes on from here") from None


def _send(path: str, environ: Mapping[str, str], method: str, body: Mapping[str, Any] | None = None) -> None:
    request = _request(path, environ, method, body)
    if request is not None:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            response.read(_ANSWER_LIMIT)


def records_at(
    zone: str, name: str, environ: Mapping[str, str], kind: str = ""
) -> tuple[Mapping[str, Any], ...] | None:
    """The records of a zone (its id) at one name, of one type or of all, each as the API tells it. Blocking.

    None where it cannot be asked: no token, no answer, an error.
    """
    if not (zone and name):
        return None
    query = urllib.parse.urlencode({"name": name, **({"type": kind} if kind else {})})
    try:
        return results(f"/zones/{urllib.parse.quote(zone, safe='')}/dns_records?{query}", environ)
    except (OSError, ValueError):
        return None


def zones(environ: Mapping[str, str]) -> Callable[[str], list[str]] | None:
    """See `DnsApi.zones`."""
    if not can_ask(environ):
        return None

    def ask(name: str) -> list[str]:
        try:
            found = results(f"/zones?{urllib.parse.urlencode({'name': name})}", environ) or ()
        except urllib.error.HTTPError as error:
            reason = f"Cloudflare answers {error.code} when asked for zone {name}"
            raise CannotLook(reason, "the token needs the permission Zone.Zone:Read, or say --zone ID") from None
        except (OSError, ValueError) as error:
            raise CannotLook(f"Cloudflare cannot be asked for zone {name}: {error}", "or say --zone ID") from None
        return [zone["id"] for zone in found if zone.get("name") == name and isinstance(zone.get("id"), str)]

    return ask
