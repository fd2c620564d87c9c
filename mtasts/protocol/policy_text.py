"""The lines and fields of a policy (RFC 8461 s3.2), below the meaning of the whole: what the grammar says of each.

policy = field *WSP *(LF-or-CRLF field *WSP) [LF-or-CRLF];  field = name ":" *WSP value
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mtasts.protocol.grammar import is_extension_name
from mtasts.protocol.names import BadName, is_domain, to_a_labels
from mtasts.protocol.problem import Problems, quote

MAX_AGE_LIMIT = 31557600  # seconds; RFC 8461 s3.2
POLICY_BYTES_LIMIT = 65536  # RFC 8461 s3.3: what senders are told to stop at

# Senders refetch daily; Google and others pass over a policy that lives shorter (RFC 8461 s3.2 and s10.2 want weeks).
MAX_AGE_ADVISED = 86400
MAX_AGE_ADVISED_ENFORCE = 604800

_MAX_AGE = re.compile(r"[0-9]{1,10}", re.ASCII)
# sts-policy-ext-value: no control character, no blank at either end, no tab within; surrogates are no UTF-8.
_VALUE = re.compile(r"[^\x00-\x20\x7f\ud800-\udfff](?:[^\x00-\x1f\x7f\ud800-\udfff]*[^\x00-\x20\x7f\ud800-\udfff])?")
_BLANKS = " \t"
_FIELDS = frozenset({"version", "mode", "max_age", "mx"})


@dataclass(frozen=True, slots=True)
class Line:
    """One `name: value` of a policy; `number` counts from 1."""

    number: int
    name: str
    value: str


def check_policy_extensions(extensions: tuple[tuple[str, str], ...]) -> None:
    """Raise ValueError unless every extension field of a policy can be rendered and read back as one."""
    names = [name for name, _ in extensions]
    if len(set(names)) != len(names):
        raise ValueError("an extension field is given twice")
    for name, value in extensions:
        if not is_extension_name(name) or name in _FIELDS:
            raise ValueError(f"{quote(name)} cannot name an extension field")
        if _VALUE.fullmatch(value) is None:
            raise ValueError(f"extension field {name} cannot have the value {quote(value)}")


def check_pattern(pattern: str) -> str | None:
    """Why `pattern` is not `["*."] Domain` (RFC 8461 s3.2, RFC 5321 s4.1.2), or None if it is."""
    if is_domain(pattern.removeprefix("*.")):
        return None
    if "*" in pattern.removeprefix("*."):
        return "* may stand only for the whole left-most label, once"
    if pattern.startswith("."):
        return "a leading dot matches nothing; write *. for one label"
    if pattern.endswith("."):
        return "a policy's names have no last dot"
    try:
        spelled = to_a_labels(pattern.removeprefix("*."))
    except BadName as reason:
        return f"the name {reason}"
    return f"internationalised names are written with A-labels here: {spelled}"


def read_text(body: bytes, problems: Problems) -> str | None:
    """The policy's text, or None if it cannot be one: too long, not UTF-8, empty, or an HTML page."""
    if len(body) > POLICY_BYTES_LIMIT:
        message = f"the policy has more than the {POLICY_BYTES_LIMIT} bytes that senders take"
        problems.error("policy-too-long", message, "RFC 8461 s3.3")
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.error("not-utf-8", f"byte {error.start + 1} (0x{body[error.start]:02x}) is not UTF-8")
        return None
    if not text:
        problems.error("policy-empty", "the policy is empty")
        return None
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        problems.error("policy-html", f"this is a web page, not a policy: it begins with {quote(text.strip(), 20)}")
        return None
    if text.startswith("\ufeff"):
        problems.error("byte-order-mark", "a byte order mark stands in front; senders do not know the first field then")
        text = text[1:]
    return text


def read_lines(text: str, problems: Problems) -> list[Line]:
    """The fields of a policy's text, in order; every name and value fits the grammar of an extension field."""
    raw = text.split("\n")
    ended = raw[:-1] if not raw[-1] else raw  # the last terminator is optional
    with_cr = sum(line.endswith("\r") for line in raw[:-1])
    if 0 < with_cr < len(raw) - 1:
        problems.warning("line-ends-mixed", "some lines end in CRLF and some in LF; use one kind")
    lines = []
    for number, content in enumerate(ended, 1):
        terminated = number < len(raw)
        line = _read_line(number, content.removesuffix("\r") if terminated else content, problems)
        if line is not None:
            lines.append(line)
    return lines


def _read_line(number: int, content: str, problems: Problems) -> Line | None:
    where = f"line {number}"
    stripped = content.rstrip(_BLANKS)
    if not stripped:
        problems.error("blank-line", f"{where} is blank; the grammar has no blank lines and strict senders refuse them")
        return None
    name, colon, rest = stripped.partition(":")
    value = rest.lstrip(_BLANKS)
    if not colon or not is_extension_name(name):
        _refuse_name(where, name, bool(colon), problems)
        return None
    if not value:
        problems.error("empty-value", f"{where}: {name} has no value")
        return None
    if _VALUE.fullmatch(value) is None:
        stray = next(c for c in value if c < " " or c == "\x7f")
        problems.error("control-character", f"{where}: {name} holds the control character {quote(stray)}")
        return None
    if stripped != content or rest != f" {value}":
        problems.warning("odd-blanks", f"{where}: write one blank after the colon and none at the end of the line")
    return Line(number, name, value)


def _refuse_name(where: str, name: str, colon: bool, problems: Problems) -> None:
    if name.lstrip(_BLANKS).startswith("#"):
        problems.error("comment", f"{where} is a comment; a policy has none")
    elif not colon:
        problems.error("line-syntax", f"{where}: {quote(name)} is not name: value")
    elif is_extension_name(name.strip(_BLANKS)):
        side = "in front of" if name[0] in _BLANKS else "before the colon after"
        problems.error("field-name", f"{where}: no blank may stand {side} {name.strip(_BLANKS)}")
    else:
        problems.error("field-name", f"{where}: {quote(name)} cannot name a field")


def read_max_age(line: Line, problems: Problems) -> int | None:
    """The seconds of a `max_age` line."""
    where = f"line {line.number}: max_age"
    if _MAX_AGE.fullmatch(line.value) is None:
        message = f"{where} {quote(line.value)} is not a number of seconds in 1 to 10 digits"
        problems.error("max-age-syntax", message)
        return None
    seconds = int(line.value)
    if seconds > MAX_AGE_LIMIT:
        problems.error("max-age-limit", f"{where}: {seconds} is more than the {MAX_AGE_LIMIT} s that RFC 8461 allows")
        return None
    if line.value != str(seconds):
        problems.warning("max-age-zeros", f"{where} {line.value} begins with a needless zero")
    return seconds


def advise_max_age(seconds: int, mode: str, problems: Problems) -> None:
    """Warn of a max_age that is valid and yet protects little or nothing."""
    if seconds == 0:
        problems.warning("max-age-zero", "max_age 0 is valid, but senders keep nothing, and some refuse the policy")
    elif seconds < MAX_AGE_ADVISED:
        message = f"max_age {seconds} is less than a day; Google and others pass over such a policy"
        problems.warning("max-age-short", message)
    elif mode == "enforce" and seconds < MAX_AGE_ADVISED_ENFORCE:
        message = (
            f"max_age {seconds} is less than a week, the least that is advised for enforce; the RFC has weeks in mind"
        )
        problems.warning("max-age-short-enforce", message)


def advise_patterns(patterns: list[str], problems: Problems) -> None:
    """Warn of mx patterns that are valid and yet match nothing, too much, or what another matches already."""
    seen: set[str] = set()
    wildcards = wildcards_of(patterns)
    for pattern in patterns:
        if pattern.lower() in seen:
            problems.warning("mx-duplicate", f"mx {pattern} is given twice")
        seen.add(pattern.lower())
        advise_pattern(pattern, wildcards, problems)


def wildcards_of(patterns: Iterable[str]) -> frozenset[str]:
    """The domains whose hosts a wildcard among the patterns matches, in lower case."""
    return frozenset(pattern[2:].lower() for pattern in patterns if pattern.startswith("*."))


def advise_pattern(pattern: str, wildcards: frozenset[str], problems: Problems) -> None:
    """Warn of one of them; `wildcards`: those of all (`wildcards_of`)."""
    name = pattern.removeprefix("*.").lower()
    wildcard = pattern.startswith("*.")
    labels = name.split(".")
    if wildcard and len(labels) <= 2:
        message = f"mx {pattern} lets any host right below {name} that has a certificate be an MX; prefer full names"
        problems.warning("mx-wildcard-broad", message, "RFC 8461 s10.4")
    elif labels[-1].isdigit():
        problems.warning("mx-address", f"mx {pattern} looks like an address; an MX record holds a name")
    elif len(labels) == 1:
        problems.warning("mx-single-label", f"mx {pattern} has one label; no public MX host is named so")
    elif not wildcard and name.partition(".")[2] in wildcards:
        problems.warning("mx-covered", f"mx {pattern} is covered by a wildcard of the same policy already")
    if not _spellable(name):
        problems.warning("mx-a-label", f"mx {pattern} begins a label with xn-- that is not an A-label", "RFC 5891 s4.4")


def _spellable(name: str) -> bool:
    try:
        to_a_labels(name)
    except BadName:
        return "xn--" not in name
    return True
