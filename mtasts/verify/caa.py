"""CAA records read: which CAs they let issue for a name that is not a wildcard (RFC 8659 s4). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

# RFC 8659, RFC 9495, and the CA/Browser Forum's contact properties.
_KNOWN_PROPERTIES = ("issuewild", "iodef", "issuemail", "contactemail", "contactphone", "issuevmc")
# ACM user guide, "Certification Authority Authorization (CAA) record": any one of them is enough.
AMAZON = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})


@dataclass(frozen=True, slots=True)
class Issuing:
    """What one CAA RRset says. `issuers`: the CA domains of its `issue` properties, "" for `issue ";"`; empty where
    nothing restricts. `critical`: a property with the critical flag that no CA knows, "" if there is none.
    """

    issuers: frozenset[str]
    critical: str = ""

    def lets(self, issuers: Iterable[str]) -> bool:
        """Whether a CA that answers to any of these domains may issue."""
        return not self.critical and (not self.issuers or not self.issuers.isdisjoint(set(issuers) - {""}))


def issuing(values: Iterable[str]) -> Issuing:
    """Read records in presentation form, `flags tag "value"`. What cannot be read restricts nothing. Never raises."""
    issuers: set[str] = set()
    critical = ""
    for value in values:
        parts = value.split(" ", 2)
        if len(parts) != 3:
            continue
        flags, tag, text = parts[0], parts[1].lower(), parts[2].strip('"')
        if tag == "issue":
            issuers.add(text.split(";")[0].strip().lower())
        elif tag not in _KNOWN_PROPERTIES and flags.isdecimal() and int(flags) & 128:
            critical = critical or tag
    return Issuing(frozenset(issuers), critical)
