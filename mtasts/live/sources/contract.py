"""The contract of every source of reports."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mtasts.live.network import Network


@dataclass(frozen=True, slots=True)
class Item:
    """One thing out of a source: a mail, a report file, or something else that will be refused."""

    source: str  # where it lies, for people
    data: bytes  # b"" if `problem` says why it could not be had
    name: str = ""  # its file name, which may hold the policy domain
    weight: int = 0  # in the unit of the source's total
    problem: str = ""
    token: str = ""  # by which the source knows it again
    mail: bool = False  # it lies where only mails lie: whoever wrote its bytes, it was not the operator


@dataclass(frozen=True, slots=True)
class ImapSecret:
    """Where the secret of a mailbox comes from, if not from the environment's variables; at most one is set."""

    password_file: Path | None = None
    token_file: Path | None = None
    token_command: str = ""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What sources need from outside."""

    network: Network
    mark: Callable[[str], str]  # what was noted under a name at the end of the last run
    everything: bool = False  # read from the beginning, whatever was noted
    imap: ImapSecret = ImapSecret()
    write: bool = False  # IMAP: mark mails as seen
    environ: Mapping[str, str] = field(default_factory=dict)  # IMAP: $MTASTS_IMAP_PASSWORD or _TOKEN


class Source(Protocol):
    """Yields items; safe to stop at any of them."""

    unit: str  # "bytes", "mails" or "objects"

    def total(self) -> int:
        """How much there is to read now, in `unit`; 0 if it cannot be known."""

    def items(self) -> Iterator[Item]:
        """All that is there now and was not read by this object before. Raises CannotLook only if it all fails."""

    def took(self, item: Item, *, again: bool) -> None:
        """The item was dealt with; `again`: something was missing to judge it, so offer it in the next run too."""

    def progress(self) -> tuple[str, str] | None:
        """Name and value of the note that says how far everything taken so far reaches; None if it keeps none."""

    def close(self) -> None:
        """Let go of files and connections."""
