"""One report, or a mail with some, read for a person who wants to know what it says; nothing is kept."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from mtasts.errors import CannotLook
from mtasts.live.intake import DMARC, NO_DOMAIN, Intake
from mtasts.live.sources.contract import Item
from mtasts.protocol.problem import Problem, Severity
from mtasts.protocol.report import Report, read_report

# A mail is base64 of at most 10 MiB; more is no report.
_BYTES_LIMIT = 64 * 1024 * 1024
_HOMELESS = Problem(
    Severity.WARNING,
    "policy-domain-missing",
    "names no mail domain: `mtasts reports import --domain DOMAIN` files it under the one that you know it is about",
    "RFC 8460 s4.4",
)


@dataclass(frozen=True, slots=True)
class Explained:
    """The reports found, each with its deviations from RFC 8460, and why something else could not be read."""

    read: tuple[tuple[Report, tuple[Problem, ...]], ...]
    refusals: tuple[str, ...]


def explain(name: str, source: Path | BinaryIO, now: datetime) -> Explained:
    """Read a report file or mail; `name` is what its file is called. Raises CannotLook if it cannot be read at all."""
    data = _bytes_of(source)
    if len(data) > _BYTES_LIMIT:
        raise CannotLook(f"{name}: more than {_BYTES_LIMIT} bytes")
    prepared = Intake().prepare(Item(name, data), now)
    read = [(one.report, read_report(one.raw).problems) for one in prepared.incomings]
    read += [(report, (_HOMELESS,)) for report in prepared.homeless]
    refusals = [reason for _, reason in prepared.refusals if reason != NO_DOMAIN]
    refusals += [f"{DMARC}; this tool does not read them"] if prepared.dmarc else []
    return Explained(tuple(read), tuple(refusals))


def _bytes_of(source: Path | BinaryIO) -> bytes:
    if not isinstance(source, Path):
        return source.read(_BYTES_LIMIT + 1)
    try:
        with source.open("rb") as file:
            return file.read(_BYTES_LIMIT + 1)
    except OSError as error:
        raise CannotLook(f"{source}: {error.strerror}") from error
