"""Asks Cloudflare which id it gave to a record whose creation was cut off; the engine's state cannot tell."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from mtasts.live.cloudflare import api_request

_SECONDS = 10.0
_ANSWER_LIMIT = 1_000_000  # bytes; the records of one name and type are a few hundred


def find_record(inputs: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """The id of the record with just this zone, name, type and content, or None.

    None also where it cannot be asked: the creation is then tried again, and the provider says what is wrong.
    """
    zone, name, kind = (str(inputs.get(key, "")) for key in ("zoneId", "name", "type"))
    query = urllib.parse.urlencode({"name": name, "type": kind})
    request = api_request(f"/zones/{urllib.parse.quote(zone, safe='')}/dns_records?{query}", environ)
    if request is None or not (zone and name):
        return None
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            return pick(json.loads(response.read(_ANSWER_LIMIT)), inputs)
    except (OSError, ValueError, urllib.error.URLError):
        return None


def pick(answer: Any, inputs: Mapping[str, Any]) -> str | None:
    """The id of the one record in the API's answer that says what `inputs` say. Pure; never raises."""
    result = answer.get("result") if isinstance(answer, dict) else None
    same = [
        record["id"]
        for record in (result if isinstance(result, list) else ())
        if isinstance(record, dict)
        and isinstance(record.get("id"), str)
        and all(_plain(record.get(key)) == _plain(inputs.get(key)) for key in ("name", "type", "content"))
    ]
    return same[0] if len(same) == 1 else None


def _plain(value: Any) -> str:
    # The API may tell TXT content with or without its quotes, and names in any case.
    return str(value).strip('"').rstrip(".").lower()
