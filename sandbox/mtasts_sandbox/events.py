"""The sandbox's event log: when each thing became visible to a client, one JSON object a line, append-only.

An event is written when the DNS server or the edge would give the new answer, not when the API call was made:

    {"at": "2026-03-14T10:15:00.123456Z", "seq": 7, "kind": "txt", "name": "_mta-sts.example.com", "value": "v=STS..."}

kind     name               value
txt      owner name         the TXT's text; several records are sorted, one a line
record   owner name         {"type", "ttl", "values"}
body     policy host        {"sha256", "id", "metadata", "version", "text"}; text is cut at 2,000 characters
certificate, distribution   a host name, and what identifies the one being served
web      a server's name    {"address", "hosts", "status", "sha256", "text"}
worker   a Worker's script  {"routes", "domains", "sha256", "text"}
gone     as it was          what is no longer there: "txt", "web", "body", "certificate", "distribution", "record CNAME"
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE_NAME = "events.jsonl"
GONE = "gone"
_TEXT_LIMIT = 2000  # characters
_POLL = 0.05  # seconds between two looks at the file when following it


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. `seq` starts at 1 and never skips or repeats, restarts included."""

    at: str  # ISO 8601, UTC, microseconds
    seq: int
    kind: str
    name: str
    value: Any

    def line(self) -> str:
        """The event as its line in the file."""
        fields = {"at": self.at, "seq": self.seq, "kind": self.kind, "name": self.name, "value": self.value}
        return json.dumps(fields, ensure_ascii=True) + "\n"

    @property
    def slot(self) -> tuple[str, str]:
        """What the event is about: a later event of the same slot replaces what this one says."""
        if self.kind == GONE:
            return str(self.value), self.name
        return slot_of(self.kind, self.value), self.name


def slot_of(kind: str, value: Any) -> str:
    """The kind, and for a record its type too: a name may have an A and an AAAA."""
    return f"record {value.get('type')}" if kind == "record" and isinstance(value, dict) else kind


def served(body: bytes) -> dict[str, str]:
    """A policy file as an event shows it: its digest, and its text up to a bound."""
    return {
        "sha256": hashlib.sha256(body).hexdigest(),
        "text": body[: _TEXT_LIMIT * 4].decode("utf-8", "replace")[:_TEXT_LIMIT],
    }


class EventLog:
    """The log of one state folder. One writer (the daemon); readers may read the file while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._visible: dict[tuple[str, str], Any] = {}
        self._seq = 0
        self._end = 0
        for event in read_file(path):
            self._take(event)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        # A line that a crash cut short never was an event: the next one is written over it.
        os.ftruncate(self._descriptor, self._whole_bytes())
        os.lseek(self._descriptor, 0, os.SEEK_END)

    @classmethod
    def open(cls, state_dir: Path) -> "EventLog":
        """Open the log of a state folder, making it if need be. Raises OSError when it cannot be read or written."""
        state_dir.mkdir(parents=True, exist_ok=True)
        return cls(state_dir / FILE_NAME)

    def append(self, kind: str, name: str, value: Any) -> Event:
        """Write one event; it is in the file when this returns (though not forced to the disk)."""
        event = Event(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), self._seq + 1, kind, name, value)
        os.write(self._descriptor, event.line().encode("ascii"))
        self._take(event)
        return event

    def show(self, kind: str, name: str, value: Any) -> Event | None:
        """Append, unless this is what was visible already."""
        if self._visible.get((slot_of(kind, value), name)) == value:
            return None
        return self.append(kind, name, value)

    def hide(self, slot: str, name: str) -> Event | None:
        """Append that it is gone, unless it was not there."""
        return self.append(GONE, name, slot) if (slot, name) in self._visible else None

    def visible(self) -> dict[tuple[str, str], Any]:
        """What is visible now: (slot, name) -> value. The caller's own copy."""
        return dict(self._visible)

    def read(self, since: int = 0) -> list[Event]:
        """The events with a seq greater than `since`, oldest first."""
        return list(read_file(self.path, since))

    def close(self) -> None:
        """Close the file; nothing can be appended after this."""
        os.close(self._descriptor)

    def _take(self, event: Event) -> None:
        self._seq = event.seq
        if event.kind == GONE:
            self._visible.pop(event.slot, None)
        else:
            self._visible[event.slot] = event.value

    def _whole_bytes(self) -> int:
        whole = 0
        with self.path.open("rb") as file:
            for line in file:
                if _parse(line) is not None:
                    whole += len(line)
                else:
                    break
        return whole


def read_file(path: Path, since: int = 0) -> Iterator[Event]:
    """The whole events in the file, up to the first line that is not one; nothing when there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            event = _parse(line)
            if event is None:
                return
            if event.seq > since:
                yield event


def follow(path: Path, since: int = 0, *, until: float | None = None) -> Iterator[Event]:
    """The events after `since` as they are written; ends at `until` (a time.monotonic() moment), or never."""
    position = 0
    while True:
        if path.exists():
            with path.open("rb") as file:
                file.seek(position)
                for line in file:
                    event = _parse(line)
                    if event is None:
                        break  # half a line: it will be whole at the next look
                    position += len(line)
                    if event.seq > since:
                        yield event
        if until is not None and time.monotonic() >= until:
            return
        time.sleep(_POLL)


def _parse(line: bytes) -> Event | None:
    if not line.endswith(b"\n"):
        return None
    try:
        fields = json.loads(line)
        return Event(str(fields["at"]), int(fields["seq"]), str(fields["kind"]), str(fields["name"]), fields["value"])
    except (ValueError, KeyError, TypeError):
        return None
