"""Host and domain names: U-labels to A-labels, the host-name rule, and which MX hosts an mx pattern covers."""

import re
from functools import lru_cache

NAME_LIMIT = 253  # RFC 1035 s2.3.4: 255 octets on the wire are 253 characters of text without the last dot
LABEL_LIMIT = 63  # RFC 1035 s2.3.4

# RFC 5321 s4.1.2 sub-domain (equal to RFC 1123 s2.1): letters, digits, inner hyphens; at most 63 of them.
_SUB_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LABEL = re.compile(_SUB_DOMAIN, re.ASCII)
_DOMAIN = re.compile(rf"{_SUB_DOMAIN}(?:\.{_SUB_DOMAIN})*", re.ASCII)
_A_LABEL_PREFIX = "xn--"
# More is no name in any spelling; it bounds what a hostile name can cost before the exact limits are looked at.
_INPUT_LIMIT = 1000


class BadName(ValueError):  # noqa: N818 - what it is about, as callers read it
    """Not a name that a host or a mail domain can have; the message says why, without the name."""


def is_domain(text: str) -> bool:
    """Whether `text` is a Domain of RFC 5321 s4.1.2 (no last dot, no underscore), within the lengths of RFC 1035."""
    return len(text) <= NAME_LIMIT and _DOMAIN.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def to_a_labels(name: str) -> str:
    """The one spelling of a host name that DNS, certificates and policies use: lower case, A-labels, no last dot.

    U-labels are mapped by UTS 46 (non-transitional) and checked by RFC 5891. A-labels must decode, no more: names that
    IDNA 2008 would not register today (emoji) are in use. Raises BadName.
    """
    if len(name) > _INPUT_LIMIT:
        raise BadName(f"has {len(name)} characters, more than the {NAME_LIMIT} a name may have")
    lowered = name.lower() if name.isascii() else _encode(name)
    plain = lowered.removesuffix(".")
    if not plain:
        raise BadName("is empty")
    labels = plain.split(".")
    if _A_LABEL_PREFIX in plain or not is_domain(plain):  # most names need no second look
        for label in labels:
            _check_label(label)
    if len(plain) > NAME_LIMIT:
        raise BadName(f"has {len(plain)} characters, more than the {NAME_LIMIT} a name may have")
    # RFC 3696 s2: a top label is never all digits, so that an address is not taken for a name.
    if labels[-1].isdigit():
        raise BadName("ends in a number, so it is an address or no host name at all")
    return plain


@lru_cache(maxsize=16384)
def same_name(name: str) -> str:
    """One spelling of a foreign name, for comparing; what is not a name stays as it is, in lower case. Never raises."""
    try:
        return to_a_labels(name.strip())
    except BadName:
        return name.strip().lower().rstrip(".")


@lru_cache(maxsize=65536)
def same_host(text: str) -> str:
    """One spelling of a host name or mx pattern of a report: lower case, A-labels, no last dot. Never raises.

    What is ASCII is not looked at: a report holds thousands, and an underscore or a blank in one is kept.
    """
    if text.isascii():
        return text.lower().removesuffix(".")
    stars, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    try:
        return stars + to_a_labels(name)
    except BadName:
        return text.lower().removesuffix(".")


def domain_or_nothing(text: str) -> str:
    """The name that a text is, in its one spelling, or "". Never raises."""
    try:
        return to_a_labels(text.strip()) if text else ""
    except BadName:
        return ""


@lru_cache(maxsize=4096)
def to_u_labels(name: str) -> str:
    """The spelling that people know of a name in A-labels, or of a pattern of such; `name` itself where there is none.

    Never raises. A label that IDNA 2008 does not know (emoji) or that has a second spelling stays as it is.
    """
    if _A_LABEL_PREFIX not in name.lower() or len(name) > _INPUT_LIMIT:
        return name
    shown = ".".join(_u_label(label) for label in name.split("."))
    try:
        same = to_a_labels(shown.removeprefix("*.")) == to_a_labels(name.removeprefix("*."))
    except BadName:
        return name
    return shown if same else name


def _u_label(label: str) -> str:
    if not label.lower().startswith(_A_LABEL_PREFIX):
        return label
    import idna  # noqa: PLC0415 - as below

    try:
        return idna.decode(label.lower())
    except (idna.IDNAError, UnicodeError, ValueError, IndexError, OverflowError):
        return label


def covers(pattern: str, host: str) -> bool:
    """Whether the mx pattern covers the MX host (RFC 8461 s4.1). Never raises; what is no pattern covers nothing.

    `*` stands only for the whole left-most label, and for exactly one. Case and one last dot do not count; either side
    may be written with U-labels.
    """
    wildcard = pattern.startswith("*.")
    wanted = _labels(pattern[2:] if wildcard else pattern)
    found = _labels(host)
    if not wanted or not found:
        return False
    return found[1:] == wanted if wildcard else found == wanted


def _labels(name: str) -> list[str]:
    """The labels to compare; none if no name at all. An underscore is no reason to mismatch, MX hosts have them."""
    try:
        return to_a_labels(name).split(".")
    except BadName:
        plain = name.lower().removesuffix(".")
        labels = plain.split(".")
        usable = plain.isascii() and len(plain) <= NAME_LIMIT and "*" not in plain and all(labels)
        return labels if usable else []


def _encode(name: str) -> str:
    # Its tables take 10 ms to load, and most names need none of them.
    import idna  # noqa: PLC0415

    try:
        return idna.encode(name, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError, ValueError, IndexError) as error:
        reason = str(error) or "it cannot be written with A-labels"
        raise BadName(f"is not a valid internationalised name: {reason}") from None


def _check_label(label: str) -> None:
    if not label:
        raise BadName("has an empty label (two dots in a row, or one in front)")
    if len(label) > LABEL_LIMIT:
        raise BadName(f"has a label of {len(label)} characters, more than the {LABEL_LIMIT} a label may have")
    if "_" in label:
        raise BadName("has an underscore, which no host name may have")
    if _LABEL.fullmatch(label) is None:
        raise BadName("has a label that is not made of letters, digits and inner hyphens")
    if label.startswith(_A_LABEL_PREFIX) and not _decodes(label):
        raise BadName("has a label that begins with xn-- and is not an A-label")


def _decodes(label: str) -> bool:
    encoded = label[len(_A_LABEL_PREFIX) :]
    try:
        decoded = encoded.encode("ascii").decode("punycode")
        return not decoded.isascii() and decoded.encode("punycode").decode("ascii") == encoded
    except (UnicodeError, ValueError, IndexError, OverflowError):
        return False
