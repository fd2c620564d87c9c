"""The publication that a mail domain had under another tool before it was taken over, and what is not known. Pure.

The file tells the text, its id, and when both were seen. Since when that text was served, and what was served before
it, is in no ledger.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mtasts.history.eras import DEFAULT_TTL, Publication
from mtasts.policy.adopted import Adopted
from mtasts.protocol.mta_sts import MAX_AGE_LIMIT

# The moment comes from a file: sums with it have to stay in the calendar.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
# RFC 8461 s3.3: a fetch may take a minute.
_FETCH = timedelta(minutes=1)


def with_adopted(
    publications: Iterable[Publication], adopted: Adopted | None, ttl: timedelta = DEFAULT_TTL
) -> tuple[Publication, ...]:
    """The publications that the bucket tells of and the adopted one, oldest first; asked twice, the same again.

    The adopted one is known since it was seen. If the bucket's entry of that time, or its next one, has this id and
    text, it is the same publication, which then begins when it was seen. Otherwise it is one more, and ended when the
    next began. Nothing that the bucket tells of ends earlier by it. `ttl`: that of its TXT record.
    """
    ordered = sorted(publications, key=lambda publication: publication.since)
    if adopted is None or adopted.text is None:
        return tuple(ordered)
    seen = min(adopted.seen, _LATEST)
    following = next((number for number, one in enumerate(ordered) if one.since > seen), len(ordered))
    near = range(max(0, following - 1), min(len(ordered), following + 1))
    taken = next((number for number in near if _is(ordered[number], adopted)), None)
    if taken is not None:
        ordered[taken] = _taken_over(ordered[taken], adopted, ttl)
    else:
        until = ordered[following].since if following < len(ordered) else None
        ordered.append(Publication(adopted.id, adopted.text, seen, until, ttl, adopted=True))
    return tuple(sorted(ordered, key=lambda publication: publication.since))


def published_here(publications: Iterable[Publication]) -> bool:
    """Whether the bucket has any of these: not only the file tells of them."""
    return any(not one.adopted or one.taken_over is not None for one in publications)


def taken_over(publications: Iterable[Publication], seen: datetime) -> bool:
    """Whether the bucket has what was seen then under another tool, or a publication of ours that came after it."""
    return any(one.taken_over is not None or (not one.adopted and one.since > seen) for one in publications)


def earlier_until(seen: datetime, ttl: timedelta) -> datetime:
    """Until when at the latest a sender may hold what was published before a text that was seen then, whatever it was.

    Its id was no longer in DNS when the adopted one was seen there, but in resolvers for the record's TTL; its max_age
    was at most the limit (RFC 8461 s3.2). It is later where the other tool left the id as it was when it changed the
    text: some senders renew by an equal id (s3.1).
    """
    return min(seen, _LATEST) + ttl + timedelta(seconds=MAX_AGE_LIMIT)


def old_host_until(ttl: int, moved_at: datetime) -> datetime:
    """Until when the old policy host has to serve its text after the host record has moved; nobody asks it later.

    `moved_at`: from when on each name server of the zone gives the new record. `ttl`: seconds that resolvers may keep
    the old one, the greatest of all records of the name that lead there. Raises ValueError for a negative one.
    """
    if ttl < 0:
        raise ValueError(f"ttl {ttl} is negative")
    return moved_at + timedelta(seconds=ttl) + _FETCH


def _is(one: Publication, adopted: Adopted) -> bool:
    """Whether it is what was seen: a publication that was over by then is another, of the same id and text."""
    return (one.id, one.text) == (adopted.id, adopted.text) and (one.until is None or one.until > adopted.seen)


def _taken_over(one: Publication, adopted: Adopted, ttl: timedelta) -> Publication:
    if one.adopted:
        return one
    since = min(one.since, adopted.seen)
    return replace(one, since=since, ttl=max(one.ttl, ttl), adopted=True, taken_over=one.since)
