"""Storage of sightings of MX hosts: beside the reports, a file of JSON lines or a few objects a domain.

Several processes may look at once. What cannot be read, such as a line that a killed process left torn, is passed
over: a sighting that is lost makes the window no shorter than it is known to be. Never grows without end: of a run of
equal sightings the first and the last are kept, and none that is older than any window.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from mtasts.errors import CannotLook
from mtasts.history.shown import Shown
from mtasts.history.sightings import SeenHost, Sighting, collapsed
from mtasts.policy.settings import WINDOW_MOST

FOLDER = "sightings"
# Ours: the longest window, and a month before it to compare with.
KEPT = timedelta(days=WINDOW_MOST + 30)
_KEPT_LIMIT = 1000  # sightings of one domain that differ from the one before
_LINE_LIMIT = 256 * 1024
_STEP = 64 * 1024  # bytes: each time that a file grows past a multiple of it, what can be left out is left out
_READ_LIMIT = 8 * 1024 * 1024


class Sightings(Protocol):
    """The sightings of every domain. Raises CannotLook for a place that cannot be read or written."""

    def of(self, domain: str) -> tuple[Sighting, ...]:
        """Those of one domain, oldest first; runs of equal ones may be left out but for their ends."""

    def add(self, domain: str, sighting: Sighting) -> None:
        """Keep one more."""


def open_sightings(location: str) -> Sightings:
    """The sightings beside the store of reports at a folder, which must be there, or at `s3://BUCKET/PREFIX`."""
    if location.startswith("s3://"):
        return S3Sightings(location)
    if not Path(location).is_dir():
        raise CannotLook(f"{location}: no such folder", "import reports first: `mtasts reports import PATH`")
    return FolderSightings(Path(location))


class FolderSightings:
    """One file a domain. Appended to in one write; made anew beside and put in its place when it has grown."""

    def __init__(self, store: Path) -> None:
        self._folder = store / FOLDER

    def of(self, domain: str) -> tuple[Sighting, ...]:
        """See `Sightings`."""
        path = self._path(domain)
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(max(0, size - _READ_LIMIT))
                content = file.read(_READ_LIMIT)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CannotLook(f"{path}: {error.strerror}", "may it be read?") from None
        return collapsed(_kept(map(read_sighting, content.split(b"\n"))))

    def add(self, domain: str, sighting: Sighting) -> None:
        """See `Sightings`."""
        path = self._path(domain)
        line = write_sighting(sighting)
        if len(line) > _LINE_LIMIT:
            return
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with self._alone():
                before, after = _append(path, line)
                if before // _STEP != after // _STEP:
                    self._compact(path, after, domain)
        except OSError as error:
            raise CannotLook(f"{path}: {error.strerror}", "may it be written to?") from None

    def _path(self, domain: str) -> Path:
        # A hostile name must not climb out of the folder.
        return self._folder / f"{quote(domain, safe='')}.jsonl"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time; the kernel lets go of the lock of a process that dies."""
        handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _compact(self, path: Path, size: int, domain: str) -> None:
        content = b"".join(write_sighting(sighting) + b"\n" for sighting in self.of(domain))
        if len(content) > size // 2:
            return  # little to gain; a file that really changes that much is bounded by _KEPT_LIMIT
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - of a handle
                os.fchmod(handle, path.stat().st_mode & 0o777)
                file.write(content)
                file.flush()
                os.fsync(handle)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


class S3Sightings:
    """One object a sighting, named by its time and content, so that a listing tells which are equal."""

    def __init__(self, location: str) -> None:
        from mtasts.live.s3 import connect, parse_location  # noqa: PLC0415 - boto3 takes 300 ms to load

        self._location = location
        self._bucket, prefix = parse_location(location)
        self._prefix = f"{prefix.rstrip('/')}/{FOLDER}/" if prefix else f"{FOLDER}/"
        self._client = connect(location)

    def of(self, domain: str) -> tuple[Sighting, ...]:
        """See `Sightings`: one listing, and one request for each different content."""
        from mtasts.live.s3 import s3_errors  # noqa: PLC0415

        with s3_errors(self._location):
            names = self._names(domain)
            hosts: dict[str, tuple[SeenHost, ...] | None] = {}
            for name in names:
                if name.digest not in hosts:
                    hosts[name.digest] = self._hosts(name.key)
            found = [hosts[name.digest] for name in names]
            pairs = zip(names, found, strict=True)
            return collapsed(_kept(Sighting(name.at, seen) for name, seen in pairs if seen is not None))

    def add(self, domain: str, sighting: Sighting) -> None:
        """See `Sightings`: of a run of equal ones, the one in the middle goes."""
        from mtasts.live.s3 import s3_errors  # noqa: PLC0415

        body = write_sighting(sighting)
        digest = _digest(sighting)
        key = f"{self._under(domain)}{sighting.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest}.json"
        with s3_errors(self._location):
            names = self._names(domain)
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")
            last = [name for name in names if name.at <= sighting.at][-2:]
            dropped = [last[1].key] if [name.digest for name in last] == [digest, digest] else []
            newest = max([sighting.at, *(name.at for name in names)])
            dropped += [name.key for name in names[:-1] if newest - name.at > KEPT][:100]
            for old in dict.fromkeys(dropped):
                if old != key:
                    self._client.delete_object(Bucket=self._bucket, Key=old)

    def _under(self, domain: str) -> str:
        return f"{self._prefix}domain={quote(domain, safe='')}/"

    def _names(self, domain: str) -> list["_Name"]:
        from mtasts.live.s3 import listing  # noqa: PLC0415

        keys = (entry["Key"] for entry in listing(self._client, self._bucket, self._under(domain)))
        names = [name for key in keys if (name := _Name.read(key)) is not None]
        return sorted(names, key=lambda name: (name.at, name.key))[-_KEPT_LIMIT:]

    def _hosts(self, key: str) -> tuple[SeenHost, ...] | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        from mtasts.live.s3 import is_missing  # noqa: PLC0415

        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read(_LINE_LIMIT + 1)
        except ClientError as error:
            if is_missing(error):
                return None  # dropped since it was listed
            raise
        sighting = read_sighting(body)
        return sighting.hosts if sighting else None


class _Name:
    """What the name of an object tells."""

    def __init__(self, key: str, at: datetime, digest: str) -> None:
        self.key, self.at, self.digest = key, at, digest

    @classmethod
    def read(cls, key: str) -> "_Name | None":
        stamp, _, digest = key.rsplit("/", 1)[-1].removesuffix(".json").partition("-")
        try:
            return cls(key, datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), digest)
        except ValueError:
            return None


def write_sighting(sighting: Sighting) -> bytes:
    """One line of JSON, ASCII, without its end."""
    hosts = [
        {"name": host.name, "certificates": [_written(shown) for shown in host.certificates]} for host in sighting.hosts
    ]
    at = sighting.at.astimezone(UTC).isoformat(timespec="seconds")
    return json.dumps({"at": at, "hosts": hosts}, separators=(",", ":")).encode("ascii")


def read_sighting(line: bytes) -> Sighting | None:
    """What `write_sighting` wrote; None for anything else."""
    if not line.strip() or len(line) > _LINE_LIMIT:
        return None
    try:
        found = json.loads(line)
        hosts = (
            SeenHost(_text(host["name"]), tuple(sorted(map(_shown, host["certificates"])))) for host in found["hosts"]
        )
        return Sighting(datetime.fromisoformat(found["at"]), tuple(sorted(hosts, key=lambda host: host.name)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _written(shown: Shown) -> dict[str, Any]:
    """What is not known is left out."""
    more = {"anchors": shown.anchors, "key": shown.key}
    return {"names": shown.names, "issuer": shown.issuer, **{name: value for name, value in more.items() if value}}


def _shown(value: Any) -> Shown:
    names, anchors = (tuple(map(_text, found)) for found in (value["names"], value.get("anchors", ())))
    return Shown(names, _text(value["issuer"]), anchors, _text(value.get("key", "")))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _kept(sightings: Iterable[Sighting | None]) -> list[Sighting]:
    """The readable ones that are young enough, and the last before them to compare with."""
    found = sorted((sighting for sighting in sightings if sighting is not None), key=lambda sighting: sighting.at)
    if not found:
        return []
    oldest = found[-1].at - KEPT
    first = max((number for number, sighting in enumerate(found) if sighting.at < oldest), default=0)
    return list(collapsed(found[first:]))[-_KEPT_LIMIT:]


def _append(path: Path, line: bytes) -> tuple[int, int]:
    """The line in one write, behind the end of a torn one before it; the size before and after."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        return size, size + os.write(handle, (b"\n" if torn else b"") + line + b"\n")
    finally:
        os.close(handle)


def _digest(sighting: Sighting) -> str:
    return hashlib.sha256(write_sighting(Sighting(datetime.min.replace(tzinfo=UTC), sighting.hosts))).hexdigest()[:24]
