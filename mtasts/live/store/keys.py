"""Names and numbers by which stores know a report. They must never change: stores on disk are built on them."""

import hashlib
import zlib
from collections.abc import Iterable

from mtasts.evidence.duplicates import Copy
from mtasts.evidence.filing import file_under
from mtasts.evidence.stored import Trust
from mtasts.live.store.contract import Incoming
from mtasts.protocol.report import PolicyResult, Report
from mtasts.protocol.report_unpack import gunzip

Filed = dict[str, tuple[PolicyResult, ...]]


def key_of(raw: bytes, submitter: str) -> str:
    """The stable key of a report's content from one submitter: 32 hexadecimal digits."""
    return hashlib.sha256(submitter.encode("utf-8", "replace") + b"\0" + raw).hexdigest()[:32]


def identity(report_id: str, domain: str) -> int:
    """What all copies of one report about one domain share, whoever sent them; a signed 64-bit number."""
    digest = hashlib.sha256(report_id.encode("utf-8", "replace") + b"\0" + domain.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def identities(report: Report, domains: Iterable[str], key: str) -> dict[str, int]:
    """The identity under each domain; a report without a report-id is like nothing but itself."""
    return {domain: identity(report.report_id or key, domain) for domain in domains}


def copy_of(
    key: str, report: Report, trust: Trust, submitter: str, domain: str, policies: Iterable[PolicyResult]
) -> Copy:
    """What tells duplicates apart under one domain. Copies are compared domain by domain."""
    subjects = frozenset((policy.policy_type, domain) for policy in policies)
    return Copy(key, trust, submitter, report.organization_name, report.report_id, subjects)


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


__all__ = ["Filed", "copy_of", "filed_of", "identities", "identity", "key_of", "pack", "unpack"]
