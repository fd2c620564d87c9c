"""Asks Cloudflare which id it gave to a record whose creation was cut off; the engine's state cannot tell."""

from collections.abc import Iterable, Mapping
from typing import Any

from mtasts.live.cloudflare import records_at


def find_record(inputs: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """The id of the record with just this zone, name, type and content, or None.

    None also where it cannot be asked: the creation is then tried again, and the provider says what is wrong.
    """
    zone, name, kind = (str(inputs.get(key, "")) for key in ("zoneId", "name", "type"))
    return pick(records_at(zone, name, environ, kind) or (), inputs)


def pick(records: Iterable[Mapping[str, Any]], inputs: Mapping[str, Any]) -> str | None:
    """The id of the one record of the API's answer that says what `inputs` say. Pure; never raises."""
    same = [
        record["id"]
        for record in records
        if isinstance(record.get("id"), str)
        and all(_plain(record.get(key)) == _plain(inputs.get(key)) for key in ("name", "type", "content"))
    ]
    return same[0] if len(same) == 1 else None


def _plain(value: Any) -> str:
    # The API may tell TXT content with or without its quotes, and names in any case.
    return str(value).strip('"').rstrip(".").lower()
