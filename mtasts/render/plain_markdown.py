"""Our Markdown without HTML, for a forge that shows tags and character references as text.

Pure. What stands in code stays. Signs that `mtasts.render.markdown` made inert as references become the signs, made
inert by a backslash where every Markdown knows that, else by the space of no width that follows them anyway. What is
without HTML already stays as it is.
"""

import re

_CODE = re.compile(
    r"(^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$)|((?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))", re.M | re.S
)
_REFERENCE = re.compile(r"&#(\d{1,7});")
_FOLD = re.compile(r"^</?details(?: open)?>\n?", re.MULTILINE)
_TAGS = {"b": "**", "summary": "", "sub": "", "code": ""}
_TAG = re.compile(r"</?(b|summary|sub|code)>")
# Python-Markdown and CommonMark both take a backslash before these.
_ESCAPED = frozenset("\\`*_{}[]()>#+-.!|")
_BREAK = "\u200b"


def without_html(text: str) -> str:
    """The text with the tags that we write as Markdown or left out, and character references as the signs."""
    pieces, at = [], 0
    for found in _CODE.finditer(text):
        pieces += [_plain(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*pieces, _plain(text[at:])])


def _plain(text: str) -> str:
    text = _FOLD.sub("", text)
    text = _TAG.sub(lambda found: _TAGS[found[1]], text)
    return _REFERENCE.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    number = int(found[1])
    if not 0 < number < 0x110000 or 0xD800 <= number < 0xE000:
        return found[0]
    sign = chr(number)
    if sign in _ESCAPED:
        return f"\\{sign}"
    # `<` and `&` begin something only where a letter follows at once.
    return f"{sign}{_BREAK}" if sign in "<&" else sign
