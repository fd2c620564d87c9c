"""Tells an id that a person typed from one that a program made: from a moment, or from a hash. Pure."""

import re
from datetime import datetime
from typing import Final

from mtasts.policy.policy_id import first_desired

_HASH: Final = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{12,32}|(?=.*[0-9])(?=.*[A-F])[0-9A-F]{12,32}")
_MOMENTS: Final = ("%Y%m%d%H%M%S", "%Y%m%d%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y%m%d%H%M", "%Y%m%d%H%MZ")
_EPOCH: Final = re.compile(r"1[4-9][0-9]{8}(?:[0-9]{3})?")  # seconds or milliseconds, 2014 to 2033


def by_hand(id: str) -> bool:  # noqa: A002 - the record's own word
    """Whether an id was typed rather than made: it is no moment and no hash, so that nothing renews it by itself."""
    if first_desired(id) is not None or _HASH.fullmatch(id):
        return False
    return not any(_is_moment(id, form) for form in _MOMENTS) and _EPOCH.fullmatch(id) is None


def _is_moment(text: str, form: str) -> bool:
    if len(text) != len(datetime(2000, 1, 1).strftime(form)):
        return False
    try:
        return 2000 <= datetime.strptime(text, form).year < 2100
    except ValueError:
        return False
