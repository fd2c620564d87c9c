"""How the S3 store names its objects, and what it writes beside them."""

import json
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from mtasts.evidence.duplicates import Copy, that_count
from mtasts.evidence.stored import StoredReport, Trust
from mtasts.live.store.contract import Incoming
from mtasts.live.store.keys import copy_of
from mtasts.live.store.notes import write_notes

# S3 allows 2 KB of metadata in all.
SOURCE_LIMIT = 400
NOTES_LIMIT = 1000
REPORTS, COPIES = "reports/", "copies/"


@dataclass(frozen=True, slots=True)
class Noted:
    """What the note of a copy says."""

    copy: Copy
    day: date

    def write(self) -> bytes:
        """The note as JSON."""
        copy = self.copy
        fields = {
            "trust": copy.trust,
            "submitter": copy.submitter,
            "organization": copy.organization,
            "report-id": copy.report_id,
            "subjects": sorted(copy.subjects),
            "day": self.day.isoformat(),
        }
        return json.dumps(fields).encode()

    @classmethod
    def read(cls, body: bytes, key: str) -> "Noted | None":
        """None if it is no note: a reindex writes it anew."""
        try:
            found = json.loads(body)
            subjects = frozenset((kind, domain) for kind, domain in found["subjects"])
            trust, who, organization = Trust(found["trust"]), found["submitter"], found["organization"]
            copy = Copy(key, trust, who, organization, found["report-id"], subjects)
            return cls(copy, date.fromisoformat(found["day"]))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Place:
    """One report about one domain, whatever its copies: where its notes and objects are."""

    domain: str
    identity: str  # 16 hexadecimal digits

    def notes(self) -> str:
        """The folder of all its notes."""
        return f"ids/{partition(self.domain)}/{self.identity}/"

    def note(self, key: str) -> str:
        """The note of one copy."""
        return f"{self.notes()}{key}.json"

    def object(self, day: date, key: str) -> str:
        """The object of one copy, under REPORTS or COPIES."""
        return f"{partition(self.domain)}/day={day}/{self.identity}-{key}.json.gz"


def partition(domain: str) -> str:
    """The folder of a domain."""
    # A hostile domain must not climb out of its folder.
    return f"domain={quote(domain, safe='')}"


def note_of(domain: str, key: str) -> str:
    """The name of the note that belongs to an object."""
    identity, _, copy = key.rsplit("/", 1)[-1].removesuffix(".json.gz").partition("-")
    return Place(domain, identity).note(copy)


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
    copies = [copy_of(one.key, one.report, one.trust, one.submitter, domain, one.policies_of(domain)) for one in stored]
    identical: dict[str, list[Copy]] = {}
    for copy in copies:
        identical.setdefault(copy.report_id or copy.key, []).append(copy)
    chosen = {key for group in identical.values() for key in (that_count(group) if group[1:] else {group[0].key})}
    return sorted((one for one in stored if one.key in chosen), key=lambda one: one.key)
