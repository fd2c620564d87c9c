"""Object names of the S3 store, and the data that it writes beside the reports."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from mtasts.live.store.contract import Incoming
from mtasts.live.store.keys import copy_of, digest_of
from mtasts.live.store.notes import write_notes
from mtasts.reports.duplicates import Copy, that_count
from mtasts.reports.stored import StoredReport, Trust

# S3 allows 2 KB of metadata in all.
SOURCE_LIMIT = 400
NOTES_LIMIT = 1000
REPORTS, COPIES, NOTES = "reports/", "copies/", "notes/"
# Notes of the first layout, whose names did not tell copies apart.
OLD_NOTES = "ids/"


@dataclass(frozen=True, slots=True)
class Noted:
    """What is known of a copy by its note: enough to tell whether it counts, among the notes of one place."""

    copy: Copy
    day: date

    def write(self) -> bytes:
        """The note as JSON: what its name does not say."""
        copy = self.copy
        fields = {
            "trust": copy.trust,
            "submitter": copy.submitter,
            "nameless": copy.nameless,
            "day": self.day.isoformat(),
        }
        return json.dumps(fields).encode()

    @classmethod
    def read(cls, body: bytes, name: "NoteName") -> "Noted | None":
        """None if it is no note: a reindex writes it anew."""
        try:
            found = json.loads(body)
            copy = Copy(
                key=name.key,
                trust=Trust(found["trust"]),
                submitter=found["submitter"],
                organization=name.organization,
                report_id="same",  # as in all of its place
                content=name.content,
                kinds=name.kinds,
                nameless=found["nameless"],
            )
            return cls(copy, date.fromisoformat(found["day"]))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class NoteName:
    """The name of a note: all that tells whether two copies may be of one report, so that few notes are read."""

    content: str
    kinds: int
    submitter: str  # digest
    organization: str  # digest
    key: str

    def __str__(self) -> str:
        """CONTENT-KINDS-SUBMITTER-ORGANIZATION-KEY."""
        return f"{self.content}-{self.kinds:x}-{self.submitter}-{self.organization}-{self.key}"

    @classmethod
    def of(cls, copy: Copy) -> "NoteName":
        """The name of the note of a copy."""
        return cls(copy.content, copy.kinds, digest_of(copy.submitter), copy.organization, copy.key)

    @classmethod
    def read(cls, text: str) -> "NoteName | None":
        """None if it is no name of a note."""
        try:
            content, kinds, submitter, organization, key = text.split("-")
            return cls(content, int(kinds, 16), submitter, organization, key)
        except ValueError:
            return None

    def may_equal(self, other: "NoteName") -> bool:
        """Whether they may be copies of one report; who is nameless has the organization for a submitter."""
        if self.content != other.content:
            return False
        nameless = self.submitter == self.organization or other.submitter == other.organization
        return self.submitter == other.submitter or (nameless and self.organization == other.organization)

    def beside(self, other: "NoteName") -> bool:
        """Whether one submitter gave them the same report-id, though they say different things about the same."""
        return self.submitter == other.submitter and self.content != other.content and bool(self.kinds & other.kinds)


def kin_of(name: NoteName, names: Iterable[NoteName]) -> list[NoteName]:
    """Those that may be copies of the same report, and their copies in turn."""
    left, found, fresh = set(names) - {name}, [], [name]
    while fresh:
        alike = {other for other in left if any(other.may_equal(one) for one in fresh)}
        left -= alike
        fresh = sorted(alike, key=str)
        found += fresh
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """All reports of one id about one domain: where their notes and objects are."""

    domain: str
    identity: str  # 16 hexadecimal digits

    def notes(self) -> str:
        """The folder of all its notes."""
        return f"{NOTES}{partition(self.domain)}/{self.identity}/"

    def note(self, name: NoteName) -> str:
        """The note of one copy."""
        return f"{self.notes()}{name}.json"

    def object(self, day: date, key: str) -> str:
        """The object of one copy, under REPORTS or COPIES."""
        return f"{partition(self.domain)}/day={day}/{self.identity}-{key}.json.gz"


def partition(domain: str) -> str:
    """The folder of a domain."""
    # A hostile domain must not climb out of its folder.
    return f"domain={quote(domain, safe='')}"


def identity_and_key(name: str) -> tuple[str, str]:
    """Of an object or a note of a report: the identity and the key of its copy."""
    folder, _, last = name.rpartition("/")
    if last.endswith(".json"):
        return folder.rpartition("/")[2], last.removesuffix(".json").rpartition("-")[2]
    identity, _, key = last.removesuffix(".json.gz").partition("-")
    return identity, key


def hex_of(identity: int) -> str:
    """An identity as it stands in names."""
    return (identity & (2**64 - 1)).to_bytes(8, "big").hex()


def quoted_text(text: str, limit: int) -> str:
    """ASCII for an object's metadata, cut where it would be too long, never inside an escape."""
    quoted = quote(text, safe=" /:@#!")
    return quoted if len(quoted) <= limit else quoted[:limit].rsplit("%", 1)[0]


def metadata_of(incoming: Incoming, trust: Trust) -> dict[str, str]:
    """What is kept beside a report, as metadata of its object."""
    notes = quoted_text(write_notes(incoming.warnings), NOTES_LIMIT + 1)
    return {
        "trust": trust,
        "submitter": quoted_text(incoming.submitter, SOURCE_LIMIT),
        "received": str(int(incoming.received.timestamp())),
        "source": quoted_text(incoming.source, SOURCE_LIMIT),
        "hint": quoted_text(incoming.hint, SOURCE_LIMIT),
        # Half a note cannot be read: rather none.
        "notes": notes if len(notes) <= NOTES_LIMIT else "",
    }


def once(stored: list[StoredReport], domain: str) -> list[StoredReport]:
    """One day's reports, by key, without copies that an interrupted import has left among them."""
    copies = [copy_of(one.key, one.report, one.trust, one.submitter, one.policies_of(domain)) for one in stored]
    identical: dict[str, list[Copy]] = {}
    for copy in copies:
        identical.setdefault(copy.report_id or copy.key, []).append(copy)
    chosen = {key for group in identical.values() for key in (that_count(group) if group[1:] else {group[0].key})}
    return sorted((one for one in stored if one.key in chosen), key=lambda one: one.key)
