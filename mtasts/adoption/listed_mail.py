"""Says which names of a source take mail, by the records that it lists. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtasts.adoption.estate import ADDRESS_KINDS, Listing


@dataclass(frozen=True, slots=True)
class ListedMail:
    """Which names a source lets take mail, and which names it has at all."""

    takes: Mapping[str, bool]
    names: frozenset[str]

    def taken(self, domain: str) -> bool:
        """Whether `domain` takes mail, by itself or by a wildcard, which reaches no name that exists (RFC 4592)."""
        if domain in self.names:
            return self.takes.get(domain, False)
        parents = parents_of(domain)
        encloser = next((parent for parent in parents if parent in self.names), "")
        return self.takes.get(f"*.{encloser}", False)


def listed_mail(listing: Listing) -> ListedMail:
    """`0 .` says no (RFC 7505); without an MX an address takes mail (RFC 5321 s5.1)."""
    takes: dict[str, bool] = {}
    for one in listing.records:
        if one.record.kind == "MX":
            takes[one.record.name] = any(value.split(" ", 1)[-1] not in ("", ".", "0") for value in one.record.values)
    for one in listing.records:
        if one.record.kind in ADDRESS_KINDS:
            takes.setdefault(one.record.name, True)
    names = {name for one in listing.records for name in (one.record.name, *parents_of(one.record.name))}
    return ListedMail(takes, frozenset(names))


def parents_of(name: str) -> list[str]:
    """The names above a name, the nearest first."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]
