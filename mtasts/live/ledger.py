"""The ledger: every policy text a stack has served, with its id and its times, read from the policy bucket's versions.

The bucket is versioned and each version carries the id it was published under as metadata, so nothing has to be
remembered elsewhere. What the bucket cannot tell is when a TXT stopped naming an id; the engine's history can.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from mtasts.errors import CannotLook
from mtasts.history.eras import DEFAULT_TTL, Publication
from mtasts.live.daemons import each
from mtasts.live.s3 import connect, is_missing, parse_location, s3_errors
from mtasts.policy.published_names import ID_METADATA, KEYS, TTL_METADATA, domain_of_key, policy_key
from mtasts.protocol.mta_sts import POLICY_BYTES_LIMIT

# RFC 2181 s8: a TTL is at most that.
_TTL_LIMIT = 2**31 - 1
# Ours: a policy that changes daily for years. More is no ledger, and none of it may be left out (RFC 8461 s8.3).
_VERSIONS_LIMIT = 5000
_READERS = 16
# Between clocks kept by NTP there are seconds; an hour is a wrong zone, a day a machine that woke up.
_CLOCK_TOLERANCE = timedelta(minutes=5)
# Up to this many domains are listed one by one; above, the whole bucket once.
_FEW = 50


@dataclass(frozen=True, slots=True)
class _Version:
    """One entry of the bucket's history of one key; `version` is None for a deletion."""

    at: datetime
    version: str | None
    order: tuple[bool, bool, int]  # for those of one second: the latest last, deletions after texts, else as listed

    @property
    def place(self) -> tuple[datetime, bool, bool, int]:
        return self.at, *self.order


def read_ledger(
    location: str,
    domains: Collection[str] | None = None,
    *,
    ttls: Mapping[str, int] | None = None,
    profile: str | None = None,
    seconds: float | None = None,
    **settings: str,
) -> dict[str, tuple[Publication, ...]]:
    """The publications of these domains, or of all in the bucket, oldest first; a domain without any is left out.

    `location` is `s3://BUCKET`; `ttls` are the TXT records' in seconds, by domain; what a version says of its own TTL
    counts where it is more. `profile`, `seconds` and `settings` as for `live.s3.connect`. Raises CannotLook for what
    cannot be read, half a ledger would call unsafe things safe, and when the clocks of this machine and S3 disagree.
    """
    bucket, prefix = parse_location(location)
    if prefix:
        raise CannotLook(f"{location}: the ledger is a whole bucket", f"say s3://{bucket}")
    client = connect(location, profile, seconds, **settings)
    with s3_errors(location):
        history = _history(client, bucket, domains, location)
        reads = [(domain, entry) for domain, entries in history.items() for entry in entries if entry.version]
        read = each(lambda item: _read(client, bucket, policy_key(item[0]), str(item[1].version)), reads, _READERS)
        texts = {(domain, entry): found for (domain, entry), found in zip(reads, read, strict=True)}
    ttl = {domain: timedelta(seconds=seconds) for domain, seconds in (ttls or {}).items()}
    return {
        domain: _publications(
            [(entry, texts.get((domain, entry))) for entry in entries],
            ttl.get(domain, DEFAULT_TTL),
        )
        for domain, entries in history.items()
    }


def clock_problem(now: datetime, told: str) -> str | None:
    """How far `now`, this machine's clock, is from the time that S3 tells in its Date header; None if near or untold.

    A clock that is ahead calls a removal or an MX host safe too early; one that is behind names dates in the past.
    """
    try:
        right = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    wrong = now - (right if right.tzinfo else right.replace(tzinfo=UTC))
    if abs(wrong) <= _CLOCK_TOLERANCE:
        return None
    side = "ahead" if wrong > timedelta(0) else "behind"
    return f"this machine's clock is {abs(wrong) // timedelta(minutes=1)} minutes {side}"


def _history(
    client: Any, bucket: str, domains: Collection[str] | None, location: str
) -> dict[str, tuple[_Version, ...]]:
    """The versions of each domain's policy, oldest first."""
    prefixes = [policy_key(domain) for domain in domains] if domains is not None and len(domains) <= _FEW else [KEYS]
    found: defaultdict[str, list[_Version]] = defaultdict(list)
    for prefix in prefixes:
        for number, (key, version, entry) in enumerate(_listing(client, bucket, prefix)):
            domain = domain_of_key(key)
            if domain is None or (domains is not None and domain not in domains):
                continue
            order = bool(entry.get("IsLatest")), version is None, -number
            found[domain].append(_Version(entry["LastModified"].astimezone(UTC), version, order))
            if len(found[domain]) > _VERSIONS_LIMIT:
                raise CannotLook(f"{location}: {key} has more than {_VERSIONS_LIMIT} versions", "is this our bucket?")
    return {domain: tuple(sorted(entries, key=lambda entry: entry.place)) for domain, entries in found.items()}


def _listing(client: Any, bucket: str, prefix: str) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        told = str(page.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", ""))
        problem = clock_problem(datetime.now(UTC), told)
        if problem:
            raise CannotLook(f"s3://{bucket}: {problem}", "set the clock of this machine; all dates depend on it")
        for entry in page.get("Versions", []):
            yield entry["Key"], entry["VersionId"], entry
        for entry in page.get("DeleteMarkers", []):
            yield entry["Key"], None, entry


@dataclass(frozen=True, slots=True)
class _Stored:
    """What one version holds: the id, the text, and the TTL that the TXT record had or was about to get."""

    id: str
    text: str
    ttl: timedelta


def _read(client: Any, bucket: str, key: str, version: str) -> _Stored:
    """One version; an empty text for one that a lifecycle rule took away meanwhile."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - 300 ms, and only where S3 is used

    try:
        found = client.get_object(Bucket=bucket, Key=key, VersionId=version)
    except ClientError as error:
        if is_missing(error) or error.response.get("Error", {}).get("Code") == "NoSuchVersion":
            return _Stored("", "", timedelta(0))
        raise
    body: bytes = found["Body"].read(POLICY_BYTES_LIMIT + 1)
    metadata = found["Metadata"]
    return _Stored(
        str(metadata.get(ID_METADATA, "")), body.decode("utf-8", "replace"), _ttl(str(metadata.get(TTL_METADATA, "")))
    )


def _ttl(written: str) -> timedelta:
    """The TTL that a version tells; none for one that was written without."""
    known = written.isascii() and written.isdigit() and len(written) <= 10
    return timedelta(seconds=min(int(written), _TTL_LIMIT) if known else 0)


def _publications(entries: Sequence[tuple[_Version, _Stored | None]], ttl: timedelta) -> tuple[Publication, ...]:
    """What was served from when to when. A version that changed nothing but headers is no new publication.

    But its TTL counts: resolvers keep a record for the TTL with which they got it, also after that was lowered.
    """
    served: list[Publication] = []
    for entry, found in entries:
        last = served[-1] if served else None
        if last is not None and last.until is None:
            if found is not None and (found.id, found.text) == (last.id, last.text):
                served[-1] = replace(last, ttl=max(last.ttl, found.ttl))
                continue
            served[-1] = replace(last, until=entry.at)
        if found is not None:
            served.append(Publication(found.id, found.text, entry.at, None, max(ttl, found.ttl)))
    return tuple(served)
