r"""Escapes foreign text so that a CI's runner reads no command in it: the same way in each form.

GitHub's runner obeys `::name::` at the start of a line, whatever blanks are before it, and `##[name]` anywhere in one.
(GitLab's sections need a carriage return and an escape character, which no form lets through.) The sign that makes the
command is written as its number, in the way of the form, so that a reader of JSON or XML gets the text as it was.
"""

import re
from typing import Any

_BEGIN = r"\A(?P<blanks>\s*):(?=:)"
_INSIDE = r"(?<=\#)\#(?=\w*\[)"
_COMMAND = re.compile(f"{_BEGIN}|{_INSIDE}")


def in_text(line: str) -> str:
    """A line for people."""
    return _inert(line, r"\x3a", r"\x23")


def in_xml(line: str) -> str:
    """The content of an element or attribute of XML or HTML."""
    return _inert(line, "&#58;", "&#35;")


def in_json(text: str) -> str:
    """A whole JSON text: the sign can stand in strings alone, and no line of it begins with one."""
    return re.sub(_INSIDE, r"\\u0023", text) if "##" in text else text


def dumps(value: Any, **form: Any) -> str:
    """`json.dumps`, for what is printed."""
    import json  # noqa: PLC0415 - every verb reads this module, and most print no JSON

    return in_json(json.dumps(value, **form))


def _inert(line: str, colon: str, hash_sign: str) -> str:
    if "::" not in line and "##" not in line:
        return line
    return _COMMAND.sub(lambda found: hash_sign if found["blanks"] is None else found["blanks"] + colon, line)
