"""The id of a publication: never reused, renewed only with the text that is to be published, checkable from outside.

`<UTC time, 14 digits><first 16 hex digits of the SHA-256 of the policy text>`: 30 of the 32 letters and digits that
RFC 8461 s3.1 allows. The time is the moment the text first became desired, so a text that returns after a roll-back
gets another id: a sender that fetched during a switch may hold the wrong body under the old one, and would take the
return of that id for "unchanged". The hash lets anyone see from outside whether the TXT in DNS belongs to the body
being served.
"""

import hashlib
import re
from datetime import UTC, datetime

_HASH_DIGITS = 16
_OURS = re.compile(r"\A(?P<time>[0-9]{14})(?P<hash>[0-9a-f]{16})\Z")


def policy_id(now: datetime, text: str) -> str:
    """The id of `text`, first desired at `now` (an aware datetime)."""
    return f"{now.astimezone(UTC):%Y%m%d%H%M%S}{_digest(text)}"


def hash_part(id: str) -> str | None:  # noqa: A002 - the record's own word
    """The part of `id` that names its policy text, or None when the id was not made by `policy_id`."""
    match = _OURS.match(id)
    return match["hash"] if match else None


def belongs(id: str, text: str) -> bool | None:  # noqa: A002
    """Whether `id` was made for exactly this policy text; None when the id is not one of ours and says nothing."""
    part = hash_part(id)
    return None if part is None else part == _digest(text)


def first_desired(id: str) -> datetime | None:  # noqa: A002
    """The UTC time in one of our ids, or None when it is not ours (or its digits are no time)."""
    match = _OURS.match(id)
    if match is None:
        return None
    try:
        return datetime.strptime(match["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]
