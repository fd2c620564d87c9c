"""The meaning of a service's error text, and the way out: one row a cause."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. `says` may hold {record}, the DNS name that the resource is about; `out` is what to do.

    `everywhere`: it is about who asks, not about the resource, so that one line is enough for all of a run.
    """

    pattern: "re.Pattern[str]"
    says: str
    out: str
    source: str
    everywhere: bool


def cause(pattern: str, says: str, out: str, source: str, *, everywhere: bool = False) -> Cause:
    """A row, its pattern compiled."""
    return Cause(re.compile(pattern), says, out, source, everywhere)


TAKEN: Final = (
    "see what it is (`mtasts verify DOMAIN`, the zone itself); take it out of the zone if nothing else needs it, then"
    " run `mtasts up` again"
)
GONE: Final = "`mtasts up --refresh` sees what is really there, and makes it again"
ZONE: Final = "see `dns: zone` of its YAML: the provider's zone id, in the account of these credentials"
TRY_LATER: Final = "wait a minute and run it again; it goes on from here"
