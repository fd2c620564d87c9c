"""Mails that a source offers again, a limited number of times: DNS failed when their signature was judged."""

from datetime import UTC, datetime

AGAIN_LIMIT = 10_000
AGAIN_DAYS = 7  # a key that did not come for so long is not waited for any more


def today() -> int:
    """The UTC day as an ordinal, which is how a note says since when something is to come again."""
    return datetime.now(UTC).toordinal()
