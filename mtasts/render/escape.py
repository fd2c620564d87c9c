"""Foreign text made safe for where it is printed.

Everything that came from DNS, a web server, an SMTP greeting, a certificate or a report was written by somebody who
may want to move the cursor, close a tag, start a link or issue a workflow command (RFC 8460 s7 says so of reports).
Each function takes any `str` and never raises. Markdown has a file of its own, markdown.py.
"""

import html as _html
import unicodedata

from mtasts.render.runner import in_text, in_xml

# Format characters turn text around or hide it (bidirectional overrides, zero-width, tags); separators break lines.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def terminal(text: str) -> str:
    r"""One line that cannot steer a terminal: control, format and unassigned characters become `\x1b`, `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def html(text: str) -> str:
    """Text for an HTML element or a double- or single-quoted attribute value; not for a URL, script or style."""
    return in_xml(_html.escape(terminal(text), quote=True))


def github(text: str) -> str:
    """The message of a workflow command (`::error::MESSAGE`): one line, in GitHub's own percent form."""
    return in_text(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """A property of a workflow command (`file=...`, `title=...`), where `:` and `,` would end it."""
    return github(text).replace(":", "%3A").replace(",", "%2C")


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, the cut shown by an ellipsis."""
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN:
        return char
    point = ord(char)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
