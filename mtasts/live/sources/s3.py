"""An S3 prefix, such as the one that SES writes incoming mail to. Objects are read, never changed or removed.

SES names objects at random, so how far it was read is noted as the time of the newest object. An object may appear a
little later than its time says; therefore a margin is read again in each run, which the store takes for duplicates.
What could not be judged comes after all that is new, for it may be slow again.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mtasts.live.s3 import connect, listing, parse_location, s3_errors
from mtasts.live.sources.again import AGAIN_DAYS, AGAIN_LIMIT, today
from mtasts.live.sources.contract import Item, SourceOptions
from mtasts.live.sources.unfold import unfold

_MARGIN = timedelta(hours=1)
# An archive of reports in the bucket; a single report or mail is far smaller.
_OBJECT_LIMIT = 512 * 1024 * 1024


class S3Prefix:
    """All objects under a prefix."""

    unit = "objects"

    def __init__(self, location: str, options: SourceOptions) -> None:
        self._location = location
        self._bucket, self._prefix = parse_location(location)
        self._client = connect(location)
        self._mark = f"s3:{self._bucket}/{self._prefix}"
        note = {} if options.everything else _note(options.mark(self._mark))
        self._since = _time(note.get("newest"))
        self._newest = self._since
        self._before = _dated(note.get("again", []))
        self._again = dict(self._before)
        self._unjudged: set[str] = set()  # in this run
        self._offered: set[tuple[str, str]] = set()
        self._open: dict[str, datetime] = {}
        with s3_errors(location):
            self._client.head_bucket(Bucket=self._bucket)

    def total(self) -> int:
        """The objects to read."""
        return len(self._waiting())

    def items(self) -> Iterator[Item]:
        """What is in the objects that are new."""
        for entry in self._waiting():
            key = entry["Key"]
            self._offered.add((key, entry["ETag"]))
            self._open[key] = entry["LastModified"]
            where = f"s3://{self._bucket}/{key}"
            weight = 1
            for item in self._unfold(key, where, entry["Size"]):
                yield replace(item, weight=weight, token=key, mail=item.mail or _is_mail(key))
                weight = 0

    def took(self, item: Item, *, again: bool) -> None:
        """Note the object's time, or the object as one to look at in the next run."""
        key = item.token
        when = self._open.get(key, self._newest)
        self._newest = max(self._newest, when)
        since = self._before.get(key, today())
        if again and today() - since <= AGAIN_DAYS and (key in self._again or len(self._again) < AGAIN_LIMIT):
            self._again[key] = since
            self._unjudged.add(key)
        elif key not in self._unjudged:  # of an archive, one mail is enough
            self._again.pop(key, None)

    def progress(self) -> tuple[str, str] | None:
        """The note for the next run. Objects come in the order of their time, so all older ones were taken, or are
        in the note to come again.
        """
        return self._mark, json.dumps({"newest": self._newest.isoformat(), "again": self._again})

    def close(self) -> None:
        """Close the client's connections."""
        self._client.close()

    def _waiting(self) -> list[dict[str, Any]]:
        floor = self._since - _MARGIN
        with s3_errors(self._location):
            found = [
                entry
                for entry in listing(self._client, self._bucket, self._prefix)
                if not entry["Key"].endswith("/")
                and (entry["LastModified"] >= floor or entry["Key"] in self._again)
                and (entry["Key"], entry["ETag"]) not in self._offered
            ]
        return sorted(found, key=lambda entry: (entry["Key"] in self._again, entry["LastModified"], entry["Key"]))

    def _unfold(self, key: str, where: str, size: int) -> Iterator[Item]:
        if size > _OBJECT_LIMIT:
            yield Item(where, b"", problem=f"has {size} bytes, more than {_OBJECT_LIMIT}")
            return
        refused = self._client.exceptions
        with s3_errors(self._location):
            try:
                body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read(_OBJECT_LIMIT + 1)
            except refused.NoSuchKey:
                return  # removed since it was listed: nothing to say
            except refused.InvalidObjectState:
                yield Item(where, b"", problem="is archived by S3, and is not read from there")
                return
        yield from unfold(io.BytesIO(body), where, key.rsplit("/", 1)[-1])


def _is_mail(key: str) -> bool:
    """Whether the object is one of SES, whose names have no suffix; a report that somebody put there has one."""
    return "." not in key.rsplit("/", 1)[-1]


def _dated(again: Any) -> dict[str, int]:
    """Key -> since when it is to come again, as the ordinal of a day; notes of before have no days."""
    if not isinstance(again, dict):
        return {str(key): today() for key in again}
    return {str(key): int(since) for key, since in again.items()}


def _note(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _time(value: object) -> datetime:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)
