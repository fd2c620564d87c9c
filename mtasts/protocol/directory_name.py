r"""Names of X.509 subjects and issuers in their string form (RFC 4514), as far as they must be read. Never raises."""

import re

# What one company's authorities are inconsistent in: `DigiCert Inc`, `DigiCert, Inc.`.
_LEGAL_FORMS = frozenset({"inc", "llc", "ltd", "limited", "corp", "corporation", "co", "sa", "ag", "gmbh", "bv", "spa"})
_WORD = re.compile(r"[^\W_]+")


def attributes(name: str) -> list[str]:
    r"""Split at the commas, leaving `\,` alone and undoing the escapes."""
    parts, escaped = [""], False
    for char in name:
        if escaped or char not in ",\\":
            parts[-1] += char
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            parts.append("")
    return parts


def organization(name: str) -> str:
    """The first O= of a name as it is written, "" for none."""
    for part in attributes(name):
        key, _, value = part.partition("=")
        if key.strip().upper() == "O":
            return value.strip()
    return ""


def same_organization(first: str, second: str) -> bool:
    """Whether two names are of one organization, or one of them names none; legal form and punctuation do not count."""
    one, other = (_bare(organization(name)) for name in (first, second))
    return not one or not other or one == other


def _bare(written: str) -> tuple[str, ...]:
    words = _WORD.findall(written.lower().replace("'", ""))
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return tuple(words)
