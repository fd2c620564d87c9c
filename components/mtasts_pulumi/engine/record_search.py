"""Asks a DNS provider's API which id it gave to a record whose creation was cut off; the engine's state cannot tell."""

from collections.abc import Iterable, Mapping
from typing import Any

from mtasts.live.dns_api import api_of
from mtasts.providers import of_record


def find_record(kind: str, inputs: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """The id of the record of type token `kind` with just this zone, name, type and content, or None.

    None also where it cannot be asked: the creation is then tried again, and the provider says what is wrong.
    """
    provider = of_record(kind)
    api = api_of(provider) if provider else None
    if provider is None or api is None:
        return None
    record = provider.records.read(inputs)
    return pick(api.records_at(record.zone, record.name, environ, record.kind) or (), inputs)


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
