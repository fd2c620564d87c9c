"""MTA-STS on the wire: the `_mta-sts` TXT record (RFC 8461 s3.1) and the policy (s3.2), rendered and read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mtasts.protocol.grammar import check_extensions, extensions_of, first_of_each, only_record, read_fields
from mtasts.protocol.policy_text import MAX_AGE_LIMIT as MAX_AGE_LIMIT  # noqa: PLC0414 - callers find it here
from mtasts.protocol.policy_text import POLICY_BYTES_LIMIT as POLICY_BYTES_LIMIT  # noqa: PLC0414
from mtasts.protocol.policy_text import (
    Line,
    advise_max_age,
    advise_patterns,
    check_pattern,
    check_policy_extensions,
    read_lines,
    read_max_age,
    read_text,
)
from mtasts.protocol.problem import Problems, Reading, quote

VERSION = "STSv1"
RECORD_VERSION = f"v={VERSION}"
WELL_KNOWN_PATH = "/.well-known/mta-sts.txt"  # RFC 8461 s3.2

_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_RECORD_SECTION = "RFC 8461 s3.1"
_POLICY_SECTION = "RFC 8461 s3.2"


class Mode(StrEnum):
    """What a sender does with an MX host that fails (RFC 8461 s5)."""

    NONE = "none"
    TESTING = "testing"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of one policy domain (RFC 8461 s3.2). Raises ValueError for what no policy text can say.

    `max_age` is in seconds. `mx` holds patterns as written, and may be empty only in mode none. `extensions` are the
    fields that senders ignore, as (name, value), each name once.
    """

    mode: Mode
    max_age: int
    mx: tuple[str, ...]
    extensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        Mode(self.mode)
        if type(self.max_age) is not int or not 0 <= self.max_age <= MAX_AGE_LIMIT:
            raise ValueError(f"max_age {self.max_age} is not a whole number of seconds from 0 to {MAX_AGE_LIMIT}")
        for pattern in self.mx:
            reason = check_pattern(pattern)
            if reason is not None:
                raise ValueError(f"mx {quote(pattern)}: {reason}")
        if not self.mx and self.mode != Mode.NONE:
            raise ValueError(f"mode {self.mode} needs an mx pattern")
        check_policy_extensions(self.extensions)


@dataclass(frozen=True, slots=True)
class TxtRecord:
    """The `_mta-sts` TXT record (RFC 8461 s3.1); `id` is 1 to 32 letters and digits, else ValueError."""

    id: str
    extensions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.id) is None:
            raise ValueError(f"id {quote(self.id)} is not 1 to 32 letters and digits")
        check_extensions(self.extensions, frozenset({"v", "id"}))


def policy_host(domain: str) -> str:
    """The host that serves the policy of `domain` (RFC 8461 s3.3)."""
    return f"mta-sts.{domain}"


def policy_url(domain: str) -> str:
    """The only URL at which senders look for the policy of `domain` (RFC 8461 s3.3)."""
    return f"https://{policy_host(domain)}{WELL_KNOWN_PATH}"


def txt_name(domain: str) -> str:
    """Where the MTA-STS TXT record of `domain` stands (RFC 8461 s3.1)."""
    return f"_mta-sts.{domain}"


def render_policy(policy: Policy) -> str:
    """The policy's text: CRLF after every line, the version first as Google wants it; equal policies, equal text."""
    fields = [("version", VERSION), ("mode", policy.mode.value)]
    fields += [("mx", pattern) for pattern in policy.mx]
    fields += [("max_age", str(policy.max_age)), *policy.extensions]
    return "".join(f"{name}: {value}\r\n" for name, value in fields)


def render_txt(id: str, extensions: tuple[tuple[str, str], ...] = ()) -> str:  # noqa: A002 - the RFC's word
    """The TXT record's text for `id`. Exactly this form: senders look for the literal `v=STSv1;` (RFC 8461 s3.1)."""
    record = TxtRecord(id, extensions)
    more = "".join(f" {name}={value};" for name, value in record.extensions)
    return f"{RECORD_VERSION}; id={record.id};{more}"


def select_txt(texts: Sequence[str]) -> Reading[TxtRecord]:
    """Of all TXT records at the name, the one that counts, read (RFC 8461 s3.1). One text is one record, joined."""
    problems = Problems(_RECORD_SECTION)
    text = only_record(texts, RECORD_VERSION, problems)
    return Reading(None, problems.listed()) if text is None else read_txt(text)


def read_txt(text: str) -> Reading[TxtRecord]:
    """Judge one record's joined text by the grammar of RFC 8461 s3.1. Never raises."""
    problems = Problems(_RECORD_SECTION)
    all_fields = read_fields(text, RECORD_VERSION, problems)
    if all_fields is None:
        return Reading(None, problems.listed())
    fields = first_of_each(all_fields, problems)
    found = fields.get("id")
    if found is None:
        problems.error("id-missing", "the record has no id; without one senders do not look for a policy")
    elif _ID.fullmatch(found) is None:
        problems.error("id-syntax", f"id {quote(found)} is not 1 to 32 letters and digits")
    extensions = extensions_of(fields, "id", problems)
    if problems.failed or found is None:
        return Reading(None, problems.listed())
    return Reading(TxtRecord(found, extensions), problems.listed())


def read_policy(body: bytes) -> Reading[Policy]:
    """Judge a policy's bytes, as fetched, by the grammar of RFC 8461 s3.2. Never raises."""
    problems = Problems(_POLICY_SECTION)
    text = read_text(bytes(body), problems)
    if text is None:
        return Reading(None, problems.listed())
    lines = read_lines(text, problems)
    first = _first_lines(lines, problems)
    _check_version(first.get("version"), lines, problems)
    mode = _read_mode(first.get("mode"), problems)
    max_age = _read_max_age(first.get("max_age"), problems)
    patterns = _read_patterns([line for line in lines if line.name == "mx"], mode, problems)
    extensions = _read_extensions(first, problems)
    if mode is None or max_age is None or problems.failed:
        return Reading(None, problems.listed())
    advise_max_age(max_age, mode.value, problems)
    advise_patterns(patterns, problems)
    return Reading(Policy(mode, max_age, tuple(patterns), extensions), problems.listed())


def _first_lines(lines: Sequence[Line], problems: Problems) -> dict[str, Line]:
    """By name; of a repeated one besides mx only the first counts (RFC 8461 s3.2, last paragraph)."""
    first: dict[str, Line] = {}
    for line in lines:
        if line.name in first and line.name != "mx":
            problems.warning(
                "duplicate-field", f"line {line.number}: {line.name} is given again; only the first counts"
            )
        first.setdefault(line.name, line)
    return first


def _check_version(line: Line | None, lines: Sequence[Line], problems: Problems) -> None:
    if line is None:
        problems.error("version-missing", f"the policy has no version; it must say version: {VERSION}")
    elif line.value != VERSION:
        problems.error("version", f"line {line.number}: version {quote(line.value)} is not {VERSION}")
    elif lines[0] is not line:
        problems.warning("version-not-first", f"line {line.number}: version should come first; Google asks for it")


def _read_mode(line: Line | None, problems: Problems) -> Mode | None:
    allowed = "testing, enforce, none"
    if line is None:
        problems.error("mode-missing", f"the policy has no mode; it must be one of {allowed}")
        return None
    if line.value not in {mode.value for mode in Mode}:
        problems.error("mode", f"line {line.number}: mode {quote(line.value)} is not one of {allowed}")
        return None
    mode = Mode(line.value)
    if mode is Mode.NONE:
        message = "mode none switches MTA-STS off; it is right only while a domain is retired"
        problems.warning("mode-none", message, "RFC 8461 s8.3")
    return mode


def _read_max_age(line: Line | None, problems: Problems) -> int | None:
    if line is None:
        problems.error("max-age-missing", "the policy has no max_age, the seconds for which senders keep it")
        return None
    return read_max_age(line, problems)


def _read_patterns(lines: Sequence[Line], mode: Mode | None, problems: Problems) -> list[str]:
    for line in lines:
        reason = check_pattern(line.value)
        if reason is not None:
            problems.error("mx-syntax", f"line {line.number}: mx {quote(line.value)}: {reason}")
    if not lines and mode is not Mode.NONE:
        problems.error("mx-missing", "the policy has no mx, which every mode but none needs")
    elif not lines:
        # RFC 8461 s3.2 lets it go; chasquid refuses such a policy, Stalwart reports it as sts-policy-invalid.
        problems.warning(
            "none-without-mx", "mode none without mx is valid, but chasquid and Stalwart refuse it; keep the mx"
        )
    return [line.value for line in lines]


def _read_extensions(first: dict[str, Line], problems: Problems) -> tuple[tuple[str, str], ...]:
    known = {"version", "mode", "max_age", "mx"}
    extensions = []
    for name, line in first.items():
        if name in known:
            continue
        if name.lower() in known:
            message = f"line {line.number}: {name} is not {name.lower()}: names of fields are case-sensitive"
            problems.warning("field-case", message)
        else:
            message = f"line {line.number}: {name} is not a field that senders know; some checkers refuse it"
            problems.warning("extension-field", message)
        if any("\x80" <= character <= "\x9f" for character in line.value):
            problems.warning("control-character", f"line {line.number}: {name} holds a C1 control character")
        extensions.append((name, line.value))
    return tuple(extensions)
