"""Names and numbers by which stores know a report. They must never change: stores on disk are built on them."""

import hashlib
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from mtasts.live.store.contract import Incoming
from mtasts.protocol.report import PolicyResult, Report
from mtasts.protocol.report_unpack import gunzip
from mtasts.reports.duplicates import Copy, content_of, kinds_of
from mtasts.reports.filing import file_under
from mtasts.reports.stored import Trust

Filed = dict[str, tuple[PolicyResult, ...]]


def key_of(raw: bytes, submitter: str) -> str:
    """The stable key of a report's content from one submitter: 32 hexadecimal digits."""
    return hashlib.sha256(submitter.encode("utf-8", "replace") + b"\0" + raw).hexdigest()[:32]


def identity(report_id: str, domain: str) -> int:
    """What all reports of one id about one domain share, whoever sent them; a signed 64-bit number."""
    digest = hashlib.sha256(report_id.encode("utf-8", "replace") + b"\0" + domain.encode()).digest()
    return _signed(digest)


def identities(report: Report, domains: Iterable[str], key: str) -> dict[str, int]:
    """The identity under each domain; a report without a report-id is like nothing but itself."""
    return {domain: identity(report.report_id or key, domain) for domain in domains}


class Told(NamedTuple):
    """What tells a copy from others under one domain, in numbers."""

    identity: int
    content: int  # signed, 64 bits
    kinds: int


def told(report: Report, filed: Filed, key: str) -> dict[str, Told]:
    """The same for each domain that it is filed under."""
    return {
        domain: Told(found, _signed(bytes.fromhex(content_of(report, filed[domain]))), kinds_of(filed[domain]))
        for domain, found in identities(report, filed, key).items()
    }


def _signed(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)


def digest_of(text: str) -> str:
    """What stands for a name in an index, whatever its case: 16 hexadecimal digits; "" for none."""
    return hashlib.sha256(text.casefold().encode("utf-8", "replace")).hexdigest()[:16] if text else ""


def copy_of(key: str, report: Report, trust: Trust, submitter: str, policies: Iterable[PolicyResult]) -> Copy:
    """What tells duplicates apart under one domain, given the policies that are filed there."""
    policies = tuple(policies)
    return Copy(
        key=key,
        trust=trust,
        submitter=submitter,
        organization=digest_of(report.organization_name),
        report_id=report.report_id,
        content=content_of(report, policies),
        kinds=kinds_of(policies),
        nameless=submitter == report.organization_name,
    )


def filed_of(incoming: Incoming) -> Filed:
    """Where to file it; at least one domain, which the intake has made sure of."""
    return file_under(incoming.report, incoming.hint)


def pack(incoming: Incoming) -> bytes:
    """The gzip to keep: as it came, or made here, always the same for the same bytes."""
    if incoming.packed:
        return incoming.packed
    return zlib.compress(incoming.raw, 6, wbits=31)


def unpack(packed: bytes) -> bytes:
    """The report's JSON out of what `pack` gave."""
    return gunzip(packed)


__all__ = [
    "Filed",
    "Told",
    "copy_of",
    "digest_of",
    "filed_of",
    "identities",
    "identity",
    "key_of",
    "pack",
    "told",
    "unpack",
]
