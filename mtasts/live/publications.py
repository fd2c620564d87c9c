"""A file of publications: which policy text was served under which id, from when to when.

JSON: `[{"domain": "example.com", "id": "...", "text": "version: STSv1\\r\\n...", "since": "2026-03-01T10:00:00Z",
"until": null, "ttl": 300, "named_until": null}]`; `until` null for what is served now, `ttl` (seconds, optional) that
of the TXT record, `named_until` (optional) when the TXT record named neither this id nor an older one any more. One
that another tool published before has `"adopted": true`, with `taken_over`, since when the bucket has it, and
`moved_by`, when the policy host was ours at the latest; each null while that is not so, or not known.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.history.eras import DEFAULT_TTL, Publication
from mtasts.protocol.names import same_name

_BYTES_LIMIT = 256 * 1024 * 1024


def read_publications(path: Path) -> dict[str, tuple[Publication, ...]]:
    """The publications of every domain in the file, oldest first. Raises CannotLook for what cannot be read."""
    try:
        if path.stat().st_size > _BYTES_LIMIT:
            raise CannotLook(f"{path}: larger than {_BYTES_LIMIT} bytes")
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise CannotLook(f"{path}: {error.strerror}", "--publications names a JSON file") from error
    except (ValueError, RecursionError) as error:
        raise CannotLook(f"{path}: not JSON: {error}") from error
    if not isinstance(found, list):
        raise CannotLook(f"{path}: a JSON list of publications is expected")
    by_domain: defaultdict[str, list[Publication]] = defaultdict(list)
    for number, item in enumerate(found):
        try:
            by_domain[same_name(str(item["domain"]))].append(_publication(item))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise CannotLook(
                f"{path}: entry {number}: {error!r}", "see docs/reports-reading.md, Publications"
            ) from error
    return {domain: tuple(sorted(items, key=lambda p: p.since)) for domain, items in by_domain.items()}


def publication_entries(ledger: Mapping[str, Sequence[Publication]]) -> Iterator[dict[str, object]]:
    """What `read_publications` reads, as values for JSON, by domain and oldest first."""
    for domain in sorted(ledger):
        for one in ledger[domain]:
            yield {
                "domain": domain,
                "id": one.id,
                "text": one.text,
                "since": _written(one.since),
                "until": _written(one.until),
                "ttl": one.ttl.total_seconds(),
                "named_until": _written(one.named_until),
                **_adopted(one),
            }


def _adopted(one: Publication) -> dict[str, object]:
    if not one.adopted:
        return {}
    return {"adopted": True, "taken_over": _written(one.taken_over), "moved_by": _written(one.moved_by)}


def _publication(item: dict[str, object]) -> Publication:
    ttl = item.get("ttl")
    return Publication(
        id=str(item["id"]),
        text=str(item["text"]),
        since=_moment(item["since"]),
        until=_optional(item.get("until")),
        ttl=DEFAULT_TTL if ttl is None else timedelta(seconds=float(str(ttl))),
        named_until=_optional(item.get("named_until")),
        adopted=item.get("adopted") is True,
        taken_over=_optional(item.get("taken_over")),
        moved_by=_optional(item.get("moved_by")),
    )


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _optional(value: object) -> datetime | None:
    return None if value is None else _moment(value)


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value}: a time needs a zone, such as Z")
    return moment.astimezone(UTC)
