"""The store in an S3 bucket, for runners that keep nothing: no index file, all is in the names and the objects.

    PREFIX/reports/domain=D/day=YYYY-MM-DD/IDENTITY-KEY.json.gz   copies that count: a domain's window is one listing
    PREFIX/copies/domain=D/day=YYYY-MM-DD/IDENTITY-KEY.json.gz    other copies of the same reports, which do not
    PREFIX/notes/domain=D/IDENTITY/CONTENT-...-KEY.json           what is known of each copy, to find duplicates
    PREFIX/quarantine/KEY                                         what could not be read
    PREFIX/marks/NAME                                             how far sources were read

`reports/` is laid out as Athena and DuckDB expect (hive partitions of gzipped JSON). Every write can be repeated, and
whoever adds a copy looks again after writing, so that of two at once at least the later one sees both. Threads of one
process take turns at the reports of one id.
"""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, date, datetime
from itertools import islice
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

from mtasts.live.s3 import common_prefixes, connect, is_missing, listing, parse_location, s3_errors
from mtasts.live.store.contract import Added, Incoming, Quarantined
from mtasts.live.store.keys import copy_of, filed_of, identities, key_of, pack, unpack
from mtasts.live.store.notes import read_notes
from mtasts.live.store.rows import day_rows, failure_rows
from mtasts.live.store.s3_names import (
    COPIES,
    NOTES,
    NOTES_LIMIT,
    OLD_NOTES,
    REPORTS,
    SOURCE_LIMIT,
    Noted,
    NoteName,
    Place,
    hex_of,
    identity_and_key,
    kin_of,
    metadata_of,
    once,
    partition,
    quoted_text,
)
from mtasts.protocol.report import read_report
from mtasts.reports.duplicates import that_count
from mtasts.reports.stored import TRUST_RANK, DayRow, FailureRow, StoredReport, Trust

_THREADS = 16
_CHUNK = 256  # objects fetched ahead of the reader
_SETTLE_ROUNDS = 10
_LOCKS = 64


class S3Store:
    """See `Store`. Any number of threads and processes at once."""

    width = _THREADS

    def __init__(self, location: str) -> None:
        self.location = location
        self._bucket, prefix = parse_location(location)
        self._prefix = prefix.rstrip("/") + "/" if prefix else ""
        self._client = connect(location)
        with s3_errors(location):
            self._client.head_bucket(Bucket=self._bucket)
        self._pool = ThreadPoolExecutor(_THREADS)
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        """Write the notes of a store of the first layout anew, once."""
        with s3_errors(self.location):
            old = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + OLD_NOTES, MaxKeys=1)
        if old.get("KeyCount"):
            self.reindex()

    def batch(self) -> "nullcontext[None]":
        """Every object is durable by itself."""
        return nullcontext()

    def add(self, incoming: Incoming) -> Added:
        """Keep a report unless it is kept already: per domain a note of the copy, then the copies that count."""
        filed, key = filed_of(incoming), key_of(incoming.raw, incoming.submitter)
        outcomes = []
        with s3_errors(self.location):
            for domain, identity in identities(incoming.report, filed, key).items():
                copy = copy_of(key, incoming.report, incoming.trust, incoming.submitter, filed[domain])
                with self._locks[identity % _LOCKS]:
                    place = Place(domain, hex_of(identity))
                    outcomes.append(self._add(incoming, Noted(copy, incoming.report.day), place))
        return next((one for one in (Added.BESIDE, Added.STORED) if one in outcomes), Added.DUPLICATE)

    def _add(self, incoming: Incoming, noted: Noted, place: Place) -> Added:
        mine, key = NoteName.of(noted.copy), noted.copy.key
        names = self._note_names(place)
        known = self._notes(place, [name for name in [mine, *kin_of(mine, names)] if name in names])
        same = known.get(key)
        name = place.object(noted.day, key)
        if same and TRUST_RANK[same.copy.trust] >= TRUST_RANK[noted.copy.trust]:
            if self._there(REPORTS + name) or self._there(COPIES + name):
                return Added.DUPLICATE
            noted = same  # an import was killed between the note and the object: go on where it stopped
        before = that_count(one.copy for one in known.values())
        # The object before the note: killed in between, nothing is missing. Where it has rivals, it does not count yet.
        folder = COPIES if known else REPORTS
        self._put(folder + name, pack(incoming), metadata_of(incoming, noted.copy.trust), "application/gzip")
        first = self._put_note(place.note(mine), noted.write(), new=same is None)
        if same is None and not first:
            self._agree(incoming, noted, place, folder)
        names = self._note_names(place)
        if known or kin_of(mine, names):
            chosen = self._settle(place, mine)
            first = first and key in chosen and before <= chosen
        if not first:
            return Added.DUPLICATE
        return Added.BESIDE if any(mine.beside(other) for other in names) else Added.STORED

    def _agree(self, incoming: Incoming, noted: Noted, place: Place, folder: str) -> None:
        """Another import has written the same bytes meanwhile: the higher trust holds, in object and note."""
        mine = NoteName.of(noted.copy)
        other = self._notes(place, [mine]).get(noted.copy.key, noted)
        best = max(noted, other, key=lambda one: TRUST_RANK[one.copy.trust])
        about = metadata_of(incoming, best.copy.trust)
        self._put(folder + place.object(noted.day, noted.copy.key), pack(incoming), about, "application/gzip")
        if best != other:
            self._put(place.note(mine), best.write(), {}, "application/json")

    def _settle(self, place: Place, mine: NoteName) -> set[str]:
        """Move the copies of one report to where they belong, until no other import has changed the set meanwhile."""
        seen: dict[str, Noted] | None = None
        chosen: set[str] = set()
        for _ in range(_SETTLE_ROUNDS):
            notes = self._notes(place, [mine, *kin_of(mine, self._note_names(place))])
            if notes == seen:
                break
            seen = notes
            chosen = that_count(one.copy for one in notes.values())
            # Those that count first: killed in between, a report is there twice (and read once), never not at all.
            for key in sorted(notes, key=lambda key: key not in chosen):
                name = place.object(notes[key].day, key)
                source, target = (COPIES, REPORTS) if key in chosen else (REPORTS, COPIES)
                self._move(source + name, target + name)
        return chosen

    def trust_of(self, incoming: Incoming) -> Trust | None:
        """The trust of this very report, if it is noted under its first domain."""
        filed, key = filed_of(incoming), key_of(incoming.raw, incoming.submitter)
        with s3_errors(self.location):
            for domain, identity in identities(incoming.report, filed, key).items():
                copy = copy_of(key, incoming.report, incoming.trust, incoming.submitter, filed[domain])
                noted = self._notes(Place(domain, hex_of(identity)), [NoteName.of(copy)]).get(key)
                return noted.copy.trust if noted else None
        return None

    def quarantine(self, raw: bytes, source: str, reason: str) -> str:
        """Keep what could not be read, once; its key."""
        key = hashlib.sha256(raw or source.encode("utf-8", "replace")).hexdigest()[:32]
        about = {"source": quoted_text(source, SOURCE_LIMIT), "reason": quoted_text(reason, NOTES_LIMIT)}
        with s3_errors(self.location):
            self._put(f"quarantine/{key}", raw, about, "application/octet-stream")
        return key

    def release(self, keys: Sequence[str]) -> None:
        """Let go of what lies in quarantine under these keys."""
        with s3_errors(self.location):
            self._delete([f"{self._prefix}quarantine/{key}" for key in keys])

    def quarantined(self) -> Iterator[Quarantined]:
        """What is in quarantine, oldest first."""
        with s3_errors(self.location):
            entries = sorted(self._list("quarantine/"), key=lambda entry: (entry["LastModified"], entry["Key"]))
            for entry in entries:
                about = self._client.head_object(Bucket=self._bucket, Key=entry["Key"])["Metadata"]
                source, reason = unquote(about.get("source", "")), unquote(about.get("reason", ""))
                key = entry["Key"].rsplit("/", 1)[-1]
                yield Quarantined(key, source, reason, entry["LastModified"].astimezone(UTC), entry["Size"])

    def quarantined_bytes(self, key: str) -> bytes:
        """What lies in quarantine under a key."""
        with s3_errors(self.location):
            found = self._get(f"{self._prefix}quarantine/{key}")
        return found[0] if found else b""

    def domains(self) -> list[str]:
        """All policy domains with reports, sorted."""
        return self._domains(REPORTS)

    def _domains(self, folder: str) -> list[str]:
        start = self._prefix + folder + "domain="
        with s3_errors(self.location):
            found = common_prefixes(self._client, self._bucket, start)
            return sorted(unquote(name[len(start) :].rstrip("/")) for name in found)

    def window(self, domain: str, since: date, until: date) -> Iterator[StoredReport]:
        """The reports filed under a domain, by day, then key: one listing of the window, one request a report."""
        with s3_errors(self.location):
            keys = iter(self._window_keys(REPORTS, domain, since, until))
            held: list[StoredReport] = []
            while chunk := list(islice(keys, _CHUNK)):
                for stored in self._pool.map(self._read, chunk):
                    if stored and held and stored.report.day != held[0].report.day:
                        yield from once(held, domain)
                        held = []
                    if stored:
                        held.append(stored)
            yield from once(held, domain)

    def fleet(self, since: date, until: date) -> Iterator[DayRow]:
        """Sessions of all domains, by day and domain. There is no index: every report of the span is fetched."""
        rows = [row for domain in self.domains() for row in day_rows(domain, self.window(domain, since, until))]
        yield from sorted(rows, key=lambda row: (row.day, row.domain, row.policy_type, TRUST_RANK[row.trust]))

    def fleet_failures(self, since: date, until: date) -> Iterator[FailureRow]:
        """Failure details of all domains, by day and domain; as dear as `fleet`."""
        rows = [row for domain in self.domains() for row in failure_rows(domain, self.window(domain, since, until))]
        yield from sorted(
            rows,
            key=lambda row: (
                row.day, row.domain, row.policy_type, TRUST_RANK[row.trust], row.result_type, row.mx_host,
            ),
        )  # fmt: skip

    def delete(self, domain: str) -> int:
        """Remove a domain's reports."""
        removed = 0
        with s3_errors(self.location):
            for folder in (NOTES, COPIES, REPORTS):
                keys = [entry["Key"] for entry in self._list(f"{folder}{partition(domain)}/")]
                self._delete(keys)
                removed = len(keys)
        return removed

    def expire(self, before: date) -> int:
        """Remove all reports about days before this one, and old quarantine; each under each of its domains."""
        removed = 0
        last = date.fromordinal(max(before.toordinal() - 1, 1))
        midnight = datetime(before.year, before.month, before.day, tzinfo=UTC)
        with s3_errors(self.location):
            for folder in (COPIES, REPORTS):
                for domain in self._domains(folder):
                    keys = list(self._window_keys(folder, domain, date.min, last))
                    self._delete(self._notes_of(domain, keys) + keys)
                    removed += len(keys) if folder == REPORTS else 0
            self._delete([e["Key"] for e in self._list("quarantine/") if e["LastModified"] < midnight])
        return removed

    def _notes_of(self, domain: str, objects: Sequence[str]) -> list[str]:
        """The notes that belong to objects of a domain."""
        if not objects:
            return []
        wanted = set(map(identity_and_key, objects))
        notes = (entry["Key"] for entry in self._list(f"{NOTES}{partition(domain)}/"))
        return [note for note in notes if identity_and_key(note) in wanted]

    def reindex(self) -> int:
        """Write the notes anew from the objects, and settle which copies count."""
        total = 0
        with s3_errors(self.location):
            for folder in (COPIES, REPORTS):
                for domain in self._domains(folder):
                    keys = self._window_keys(folder, domain, date.min, date.max)
                    total += sum(self._pool.map(lambda key, domain=domain: self._note_anew(domain, key), keys))
            for domain in sorted({*self._domains(COPIES), *self._domains(REPORTS)}):
                identities = {entry["Key"].split("/")[-2] for entry in self._list(f"{NOTES}{partition(domain)}/")}
                list(self._pool.map(lambda found, domain=domain: self._settle_all(Place(domain, found)), identities))
            self._delete([entry["Key"] for entry in self._list(OLD_NOTES)])
        return total

    def _settle_all(self, place: Place) -> None:
        """Settle every report of one id."""
        left = set(self._note_names(place))
        while left:
            mine = left.pop()
            kin = kin_of(mine, left)
            left.difference_update(kin)
            self._settle(place, mine)

    def _note_anew(self, domain: str, key: str) -> int:
        stored = self._read(key)
        if stored is None:
            return 0
        policies = stored.policies_of(domain)
        copy = copy_of(stored.key, stored.report, stored.trust, stored.submitter, policies)
        note = Place(domain, identity_and_key(key)[0]).note(NoteName.of(copy))
        self._put(note, Noted(copy, stored.report.day).write(), {}, "application/json")
        return 1

    def mark(self, name: str) -> str:
        """What a source noted about how far it has read."""
        with s3_errors(self.location):
            found = self._get(f"{self._prefix}marks/{quote(name, safe='')}")
        return found[0].decode("utf-8", "replace") if found else ""

    def set_mark(self, name: str, value: str) -> None:
        """Note how far a source has read."""
        with s3_errors(self.location):
            self._put(f"marks/{quote(name, safe='')}", value.encode(), {}, "application/json")

    def close(self) -> None:
        """Close connections."""
        self._pool.shutdown()
        self._client.close()

    def __enter__(self) -> "S3Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _list(self, under: str, after: str = "") -> Iterator[dict[str, Any]]:
        return listing(self._client, self._bucket, self._prefix + under, after and self._prefix + after)

    def _note_names(self, place: Place) -> list[NoteName]:
        names = (entry["Key"].rsplit("/", 1)[-1].removesuffix(".json") for entry in self._list(place.notes()))
        return [name for name in map(NoteName.read, names) if name is not None]

    def _notes(self, place: Place, names: Iterable[NoteName]) -> dict[str, Noted]:
        """What the notes of these names say, by key; one that is not there is left out."""
        found: dict[str, Noted] = {}
        for name in names:
            answer = self._get(self._prefix + place.note(name))
            noted = Noted.read(answer[0], name) if answer else None
            if noted is not None:
                found[name.key] = noted
        return found

    def _window_keys(self, folder: str, domain: str, since: date, until: date) -> Iterator[str]:
        under = f"{folder}{partition(domain)}/"
        last = f"{self._prefix}{under}day={until}0"  # "0" sorts behind "/"
        for entry in self._list(under, f"{under}day={since}"):
            if entry["Key"] >= last:
                return
            yield entry["Key"]

    def _read(self, key: str) -> StoredReport | None:
        answer = self._get(key)
        if answer is None:
            return None  # removed since it was listed
        try:
            return self._stored(key, *answer)
        except ValueError:
            return None  # put there by something else: neither its content nor its metadata is ours

    @staticmethod
    def _stored(key: str, packed: bytes, about: dict[str, str]) -> StoredReport | None:
        reading = read_report(unpack(packed))
        if reading.value is None:
            return None
        return StoredReport(
            key=key.rsplit("-", 1)[-1].removesuffix(".json.gz"),
            report=reading.value,
            trust=Trust(about.get("trust", Trust.UNAUTHENTICATED)),
            submitter=unquote(about.get("submitter", "")),
            received=datetime.fromtimestamp(int(about.get("received", "0")), UTC),
            warnings=(*reading.problems, *read_notes(unquote(about.get("notes", "")))),
            source=unquote(about.get("source", "")),
            hint=unquote(about.get("hint", "")),
        )

    def _get(self, key: str) -> tuple[bytes, dict[str, str]] | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - as boto3

        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return answer["Body"].read(), answer["Metadata"]

    def _there(self, name: str) -> bool:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            self._client.head_object(Bucket=self._bucket, Key=self._prefix + name)
        except ClientError as error:
            if is_missing(error):
                return False
            raise
        return True

    def _put(self, name: str, body: bytes, metadata: dict[str, str], kind: str) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=self._prefix + name, Body=body, Metadata=metadata, ContentType=kind
        )

    def _put_note(self, name: str, body: bytes, *, new: bool) -> bool:
        """Write a note; whether this is the first of its copy, so that of two imports at once one has stored it."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        if new:
            try:
                self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=body, IfNoneMatch="*")
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code in ("PreconditionFailed", "ConditionalRequestConflict"):
                    return False
                if code != "NotImplemented":  # a server of another make: then both count it as stored
                    raise
            else:
                return True
        self._put(name, body, {}, "application/json")
        return new

    def _move(self, source: str, target: str) -> None:
        found = self._get(self._prefix + source)
        if found is None:
            return  # it is where it belongs already
        self._put(target, *found, "application/gzip")
        self._client.delete_object(Bucket=self._bucket, Key=self._prefix + source)
        # Another import may have moved it the other way meanwhile, and then both have deleted it.
        if not self._there(target):
            self._put(target, *found, "application/gzip")

    def _delete(self, keys: list[str]) -> None:
        for start in range(0, len(keys), 1000):
            objects = [{"Key": key} for key in keys[start : start + 1000]]
            self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
