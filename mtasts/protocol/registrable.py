"""The name that an organization has registered: the one label below a public suffix, such as `example.co.uk`.

Pure. The list of publicsuffix.org is data of a package; it is read when the first name is asked for. Suffixes under
which anybody gets a name from a company (its section "private") count as suffixes, so their customers are told apart.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=1)
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - reads 15,000 lines

    return PublicSuffixList()


@lru_cache(maxsize=16384)
def registrable(name: str) -> str:
    """The registrable domain of a name in lower-case A-labels; the name itself where it has none. Never raises.

    A public suffix has none (`co.uk`), nor has what is no name (the name of an organization).
    """
    if not name.isascii() or "." not in name or any(mark.isspace() for mark in name):
        return name
    return _suffixes().privatesuffix(name) or name


def is_public_suffix(name: str) -> bool:
    """Whether names of many organizations lie directly below it; of a name in lower-case A-labels."""
    return "." not in name or bool(_suffixes().is_public(name))


def is_within(name: str, domain: str) -> bool:
    """Whether a name is the domain or lies below it; both in lower-case A-labels."""
    return name == domain or name.endswith("." + domain)


def related(one: str, other: str) -> bool:
    """Whether two names are one, or one lies below the other, within one registrable domain.

    Whoever holds a name decides what is below it, and gives away names below it only to those who may speak for it.
    """
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    if not one or not other:
        return False
    return registrable(one) == registrable(other) and (is_within(one, other) or is_within(other, one))
