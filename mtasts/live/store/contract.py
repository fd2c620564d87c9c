"""The contract of every store of reports: the folder store and the S3 store follow it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol

from mtasts.protocol.problem import Problem
from mtasts.protocol.report import Report
from mtasts.reports.stored import DayRow, FailureRow, StoredReport, Trust


class Added(StrEnum):
    """What became of a report that was handed to a store."""

    STORED = "stored"
    BESIDE = "beside"  # stored, and another report of the same submitter bears its report-id and differs
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A report that was read, on its way into a store."""

    report: Report
    raw: bytes  # the report's JSON exactly as sent, unpacked
    trust: Trust
    submitter: str
    received: datetime  # UTC
    source: str
    warnings: tuple[Problem, ...]  # about how it came, such as its signature; those of its JSON are found by reading
    hint: str = ""  # the policy domain by header or file name: for reports that do not say it themselves
    packed: bytes = b""  # the gzip of `raw` as it came; b"" if it did not come so


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that came and could not be read: kept, never counted."""

    key: str
    source: str
    reason: str
    received: datetime
    size: int


class Store(Protocol):
    """A place for reports. Safe with several processes at once; one object is for one thread.

    All days are UTC days of the reports' own date range (`Report.day`), and both ends of a span are included.
    Every method raises CannotLook when the place cannot be read or written.
    """

    location: str
    width: int  # threads that may call `add` and `quarantine` at once; 1: only the one that opened the store

    def batch(self) -> AbstractContextManager[None]:
        """Everything added inside becomes durable together, at the latest at the end: for speed. Not nested."""

    def add(self, incoming: Incoming) -> Added:
        """Keep a report, unless it is there already. On return (outside a batch) it is safely on disk.

        Duplicate: the same submitter (or, where either copy has none, the same organization), report-id and content. A
        more trusted copy takes the place of a less trusted one and counts as a duplicate too.
        """

    def trust_of(self, incoming: Incoming) -> Trust | None:
        """The trust of this very report if it is kept already, so that a known signature is not verified again."""

    def quarantine(self, raw: bytes, source: str, reason: str) -> str:
        """Keep what could not be read, once, with its reason; its key."""

    def release(self, keys: Sequence[str]) -> None:
        """Let go of what lies in quarantine under these keys."""

    def quarantined(self) -> Iterator[Quarantined]:
        """What is in quarantine, oldest first."""

    def quarantined_bytes(self, key: str) -> bytes:
        """What lies in quarantine under a key, as it came; b"" if it is not there (any more)."""

    def domains(self) -> list[str]:
        """All policy domains with reports, sorted."""

    def window(self, domain: str, since: date, until: date) -> Iterator[StoredReport]:
        """The reports filed under a domain, by day, then key."""

    def fleet(self, since: date, until: date) -> Iterator[DayRow]:
        """Sessions of all domains, by day and domain, without reading one report."""

    def fleet_failures(self, since: date, until: date) -> Iterator[FailureRow]:
        """Failure details of all domains, by day and domain."""

    def delete(self, domain: str) -> int:
        """Remove a domain's reports (those of several domains stay under the others); their number."""

    def expire(self, before: date) -> int:
        """Remove all reports about days before this one, and what lay in quarantine since before it; their number."""

    def reindex(self) -> int:
        """Rebuild everything but the raw reports, from them; the number of reports."""

    def mark(self, name: str) -> str:
        """What a source noted about how far it has read; "" if nothing."""

    def set_mark(self, name: str, value: str) -> None:
        """Note how far a source has read, durable together with the batch it belongs to."""

    def close(self) -> None:
        """Let go of files and connections."""

    def __enter__(self) -> "Store":
        """Use as `with open_store(...) as store`."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
