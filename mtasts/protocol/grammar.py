"""The record grammar that `_mta-sts` (RFC 8461 s3.1) and `_smtp._tls` (RFC 8460 s3) share: a version, then fields.

record = version 1*(*WSP ";" *WSP name "=" value) [*WSP ";" *WSP]
"""

import re
from collections.abc import Callable, Sequence

from mtasts.protocol.problem import Problems, quote

Fields = list[tuple[str, str]]

_BLANKS = " \t"
# sts-ext-name, sts-policy-ext-name, tlsrpt-ext-name: one rule in all three places.
_EXTENSION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", re.ASCII)
# %x21-3A / %x3C / %x3E-7E: visible ASCII without ";" and "=".
_EXTENSION_VALUE = re.compile(r"[\x21-\x3a\x3c\x3e-\x7e]+", re.ASCII)
# What one string of a TXT record holds (RFC 1035 s3.3).
TXT_STRING_LIMIT = 255
# Far beyond any record that DNS software lets through; it bounds the cost of a hostile one.
RECORD_LIMIT = 65535


def is_extension_name(text: str) -> bool:
    """Whether `text` may name an extension field, in a record or in a policy."""
    return _EXTENSION_NAME.fullmatch(text) is not None


def is_extension_value(text: str) -> bool:
    """Whether `text` may be the value of an extension field in a record (a policy's values have a wider rule)."""
    return _EXTENSION_VALUE.fullmatch(text) is not None


def check_extensions(extensions: tuple[tuple[str, str], ...], reserved: frozenset[str]) -> None:
    """Raise ValueError unless every extension field of a record can be rendered and read back as one."""
    names = [name for name, _ in extensions]
    if len(set(names)) != len(names):
        raise ValueError("an extension field is given twice")
    for name, value in extensions:
        if not is_extension_name(name) or name in reserved:
            raise ValueError(f"{quote(name)} cannot name an extension field")
        if not is_extension_value(value):
            raise ValueError(f"extension field {name} cannot have the value {quote(value)}")


def read_fields(text: str, version: str, problems: Problems) -> Fields | None:
    """Split a record's joined text into its fields: names fit the grammar, values are for the caller to judge.

    None if this is no record of that version, so that nothing can be said of its fields.
    """
    if len(text) > RECORD_LIMIT:
        problems.error("record-too-long", f"the record has {len(text)} characters; DNS carries at most {RECORD_LIMIT}")
        return None
    if not text.isascii():
        stray = next(character for character in text if not character.isascii())
        problems.error("not-ascii", f"{quote(stray)} is not US-ASCII; the record may hold nothing else")
    after = _after_version(text, version, problems)
    if after is None:
        return None
    parts = after.split(";")
    if len(parts) > 1 and parts[0]:
        problems.warning(
            "blank-before-semicolon",
            f'the grammar allows a blank after the version, but senders look for "{version};" and discard the record',
        )
    if len(text) > TXT_STRING_LIMIT:
        problems.warning(
            "record-long",
            f"the record has {len(text)} characters; above {TXT_STRING_LIMIT} it takes several strings, which some DNS "
            "services and checkers get wrong",
            "RFC 1035 s3.3",
        )
    return _fields(parts[1:], problems)


def first_of_each(
    fields: Fields, problems: Problems, also: Callable[[str, str], bool] = lambda name, value: False
) -> dict[str, str]:
    """The fields by name. Of a repeated one only the first counts (RFC 8461 s3.2, last paragraph).

    A later one must fit the grammar all the same: that of an extension's value, or one that `also` accepts.
    """
    first: dict[str, str] = {}
    for name, value in fields:
        if name not in first and name != "v":
            first[name] = value
        elif is_extension_value(value) or also(name, value):
            problems.warning("duplicate-field", f"{name} is given again; only the first counts")
        else:
            problems.error("field-value", f"{name}, given again, cannot have the value {quote(value)}")
    return first


def extensions_of(fields: dict[str, str], known: str, problems: Problems) -> tuple[tuple[str, str], ...]:
    """The fields besides `known`, checked: senders ignore them, but their grammar still decides."""
    extensions = []
    for name, value in fields.items():
        if name == known:
            continue
        if not is_extension_value(value):
            problems.error("field-value", f"{name} cannot have the value {quote(value)}")
        elif name.lower() == known:
            problems.warning("field-case", f"{name} is not {known}: names of fields are case-sensitive")
        else:
            problems.warning("extension-field", f"{name} is not a field that senders know; some checkers refuse it")
        extensions.append((name, value))
    return tuple(extensions)


def only_record(texts: Sequence[str], version: str, problems: Problems) -> str | None:
    """The one record that begins with `version` and a semicolon, if exactly one does (RFC 8461 s3.1, RFC 8460 s3)."""
    prefix = f"{version};"
    left = [text for text in texts if text.startswith(prefix)]
    if len(left) > 1:
        problems.error("several-records", f'{len(left)} records begin with "{prefix}"; senders then use none of them')
        return None
    if not left:
        near = next((text for text in texts if version.lower() in text.lower()[:40]), None)
        said = f"; {quote(near)} does not{_escaped(near)}" if near is not None else ""
        problems.error("no-record", f'no record begins with "{prefix}"{said}')
        return None
    return left[0]


def _after_version(text: str, version: str, problems: Problems) -> str | None:
    """What follows the version, or None if the record does not begin with exactly that."""
    after = text[len(version) :]
    if text.startswith(version) and after.lstrip(_BLANKS)[:1] in {"", ";"}:
        if not after.strip(_BLANKS) and after:
            problems.error("trailing-blank", "a blank follows the version and no semicolon")
        return after
    hint = _escaped(text)
    if text.lstrip().startswith(version) and text[:1].isspace():
        hint = "; nothing may stand in front of it"
    elif not hint and text.lower().startswith(version.lower()):
        hint = "; it is case-sensitive, and a semicolon follows it"
    problems.error("version", f"the record begins with {quote(text, 20)}, not with {version}{hint}")
    return None


def _escaped(text: str) -> str:
    """A hint where the text was copied from a zone file with what is no part of the record there."""
    if text.startswith('"'):
        return "; give the text of the record without the quotes of a zone file"
    if "\\" in text:
        return "; the backslash is a zone file's way to write a character and no part of the record: publish it without"
    return ""


def _fields(parts: list[str], problems: Problems) -> Fields:
    fields: Fields = []
    last = len(parts) - 1
    for position, part in enumerate(parts):
        field = part.strip(_BLANKS)
        if not field:
            if position != last:  # one delimiter may end the record
                problems.error("empty-field", "two semicolons follow each other with no field between them")
            continue
        if position == last and part[-1] in _BLANKS:
            problems.error("trailing-blank", "a blank ends the record; only a semicolon may stand before it")
        name, equals, value = field.partition("=")
        if not equals:
            problems.error("field-syntax", f"{quote(field)} is not name=value")
        elif not is_extension_name(name):
            problems.error("field-name", f"{quote(name)} cannot name a field")
        elif not value:
            problems.error("empty-value", f"{name} has no value")
        else:
            fields.append((name, value))
    return fields
