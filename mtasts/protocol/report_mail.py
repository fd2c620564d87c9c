"""Mails that carry TLS reports (RFC 8460 s5.3): bytes in, the attachments that may be reports and a few headers out.

Ordinary mails (one part, or one level of parts) are cut up here, in a fifth of the time that the standard library's
parser takes; all others go to that parser. Both see the same parts (held by a property test). With that parser alone a
mail is read 2.8 times as fast as by the peer, and the aim is 5 (docs/performance.md, "reports").
"""

import binascii
import re
from dataclasses import dataclass

from mtasts.protocol.dmarc_report import is_dmarc_report
from mtasts.protocol.report_unpack import GZIP, ZIP, looks_like_json

# 10 MiB of report grow by a third in base64; the rest is room for headers and text.
MAIL_BYTES_LIMIT = 16 * 1024 * 1024
# Ours: each level costs the standard parser a pass over all below it. Honest reports have one or two, forwarded three.
_BOUNDARIES_LIMIT = 30
_PARTS_LIMIT = 200

_HEADERS = (
    "from|date|subject|message-id|content-type|content-transfer-encoding|content-disposition"
    "|tls-report-domain|tls-report-submitter|authentication-results"
)
_HEADER = re.compile(rb"^(" + _HEADERS.encode() + rb"):([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# RFC 2045 s5.1, without comments and escapes: of what is written otherwise every parser has its own idea.
_TOKEN = rb"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+"
_CONTENT_TYPE = re.compile(
    rb"[ \t]*(?:%b/%b(?:[ \t]*;[ \t]*%b=(?:\"[^\"\\]*\"|[^\s;\"\\]+))*[ \t]*;?[ \t\r]*)?" % (_TOKEN, _TOKEN, _TOKEN)
)
_CONTENT_PARAMETER = re.compile(rb";[ \t]*(%b)=(?:\"([^\"\\]*)\"|([^\s;\"\\]+))" % _TOKEN)
_PARAMETER = re.compile(rb";\s*(?:file)?name\s*=\s*(?:\"([^\"]*)\"|([^\s;]+))", re.IGNORECASE)
# A line of a header block: a field or the rest of one. Anything else ends the headers early for the standard parser.
_HEADER_BLOCK = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*", re.ASCII)
# RFC 5322 s4.5.8: blanks before the colon are obsolete and MUST be understood; the standard parser does not.
_OBSOLETE_BLOCK = re.compile(rb"(?:[!-9;-~]+[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*", re.ASCII)
_OBSOLETE_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)


class NoReport(ValueError):  # noqa: N818 - what it is about, as callers read it
    """Why no report can be found in this mail; the message is fit for a quarantine list."""


@dataclass(frozen=True, slots=True)
class MimePart:
    """One leaf of a mail, decoded."""

    media_type: str  # lower case, "text/plain" when the part does not say
    name: str  # file name as written, "" without one
    data: bytes


@dataclass(frozen=True, slots=True)
class ReportMail:
    """What of a mail matters to a report."""

    headers: dict[str, tuple[str, ...]]  # lower-case name -> values, unfolded, in order
    parts: tuple[MimePart, ...]  # those that may hold a report, at least one

    def header(self, name: str) -> str:
        """The first header of that name (in lower case), "" without one."""
        values = self.headers.get(name)
        return values[0].strip() if values else ""


def looks_like_mail(data: bytes) -> bool:
    """Whether the bytes begin with a header field."""
    return re.match(rb"[A-Za-z0-9_-]{1,100}[ \t]*:", data[:200]) is not None


def read_mail(raw: bytes) -> ReportMail:
    """Find the parts of a mail that may hold a report. Raises NoReport, and nothing else, whatever the bytes."""
    if len(raw) > MAIL_BYTES_LIMIT:
        raise NoReport(f"the mail has more than {MAIL_BYTES_LIMIT} bytes")
    found = read_ordinary(raw) or read_any(raw)
    headers, parts = found
    chosen = tuple(part for part in parts if part.media_type.startswith("application/tlsrpt"))
    if not chosen:
        chosen = tuple(part for part in parts if _may_be_report(part))
    if not chosen:
        raise NoReport("the mail has no part that could be a report")
    return ReportMail(headers, chosen)


def _may_be_report(part: MimePart) -> bool:
    if part.data.startswith((GZIP, ZIP)) or is_dmarc_report(part.data):
        return True
    return looks_like_json(part.data) and not part.media_type.startswith("text/html")


Cut = tuple[dict[str, tuple[str, ...]], list[MimePart]]


def read_ordinary(raw: bytes) -> Cut | None:
    """Headers and parts of a mail of at most one level, or None if there is anything unusual about it."""
    # A carriage return alone ends a line for the standard parser.
    if raw.count(b"\r") != raw.count(b"\r\n"):
        return None
    split = _split(raw)
    if split is None:
        return None
    block, body = split
    headers = _headers(block)
    content_type = _first(headers, b"content-type")
    if not _CONTENT_TYPE.fullmatch(content_type):
        return None
    if not content_type.lower().lstrip().startswith(b"multipart/"):
        part = _part(headers, body)
        return (_as_text(headers), [part]) if part else None
    boundary = _boundary(content_type)
    if not boundary or _first(headers, b"content-transfer-encoding").strip().lower() not in _IDENTITY:
        return None
    parts = _parts(body, boundary)
    return (_as_text(headers), parts) if parts else None


_Headers = dict[bytes, list[bytes]]
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_IDENTITY = (b"", b"7bit", b"8bit", b"binary")


def _split(raw: bytes) -> tuple[bytes, bytes] | None:
    """Header block and body; None if the block has a line that is no header."""
    match = _HEADER_BLOCK.match(raw)
    end = match.end() if match else 0
    if not raw[:end].isascii() or _CONTROL.search(raw, 0, end):
        return None  # the standard parser has its own idea of 8-bit headers, and takes \x1c to \x1f for blanks
    if raw.startswith(b"\r\n", end):
        return raw[:end], raw[end + 2 :]
    if raw.startswith(b"\n", end):
        return raw[:end], raw[end + 1 :]
    return None


def _headers(block: bytes) -> _Headers:
    found: _Headers = {}
    for name, value in _HEADER.findall(block):
        found.setdefault(name.lower(), []).append(_FOLD.sub(b"", value))
    return found


def _first(headers: _Headers, name: bytes) -> bytes:
    values = headers.get(name)
    return values[0] if values else b""


def _as_text(headers: _Headers) -> dict[str, tuple[str, ...]]:
    return {
        name.decode("ascii"): tuple(value.decode("utf-8", "replace").strip() for value in values)
        for name, values in headers.items()
    }


def _boundary(content_type: bytes) -> bytes:
    for name, quoted, bare in _CONTENT_PARAMETER.findall(content_type):
        if name.lower() == b"boundary":
            return quoted or bare  # type: ignore[no-any-return]
    return b""


def _parts(body: bytes, boundary: bytes) -> list[MimePart] | None:
    boundary = boundary.rstrip()
    if body.count(b"--" + boundary) > _PARTS_LIMIT:
        return None
    pieces = (b"\n" + body).split(b"\n--" + boundary)
    parts: list[MimePart] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            # RFC 2046 s5.1.1: the close delimiter; the lines that follow it are for nobody.
            return None if piece[2:].partition(b"\n")[0].strip() else parts
        line, newline, rest = piece.partition(b"\n")
        if line.strip() or not newline:
            return None  # a longer boundary that begins like this one, or a cut mail
        split = _split(rest) if rest[:1] not in (b"\r", b"\n") else (b"", rest.removeprefix(b"\r").removeprefix(b"\n"))
        if split is None:
            return None
        headers = _headers(split[0])
        part = _part(headers, split[1].removesuffix(b"\r"))
        if part is None:
            return None
        parts.append(part)
    return None  # never closed


def _part(headers: _Headers, body: bytes) -> MimePart | None:
    content_type = _first(headers, b"content-type")
    if not _CONTENT_TYPE.fullmatch(content_type):
        return None
    media_type = content_type.partition(b";")[0].strip().lower() or b"text/plain"  # RFC 2045 s5.2
    if media_type.startswith((b"multipart/", b"message/")):
        return None
    data = _decode(_first(headers, b"content-transfer-encoding").strip().lower(), body)
    if data is None:
        return None
    name = _PARAMETER.search(_first(headers, b"content-disposition")) or _PARAMETER.search(content_type)
    shown = (name[1] or name[2] or b"").decode("utf-8", "replace") if name else ""
    return MimePart(media_type.decode("ascii", "replace"), shown, data)


def _decode(encoding: bytes, body: bytes) -> bytes | None:
    if encoding == b"base64":
        try:
            return binascii.a2b_base64(body.translate(None, b"\r\n"), strict_mode=True)
        except binascii.Error:
            return None
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(body)
    return body if encoding in _IDENTITY else None


def read_any(raw: bytes) -> Cut:
    """Headers and parts of any mail, by the standard library's parser. Raises NoReport."""
    import email  # noqa: PLC0415 - takes 20 ms to load, and ordinary mails do without
    import email.policy  # noqa: PLC0415

    if raw.lower().count(b"boundary=") > _BOUNDARIES_LIMIT:
        raise NoReport(f"the mail nests or declares more than {_BOUNDARIES_LIMIT} levels of parts")
    block = _OBSOLETE_BLOCK.match(raw)
    end = block.end() if block else 0
    tidy = _OBSOLETE_COLON.sub(rb"\1:", raw[:end]) + raw[end:]
    try:
        message = email.message_from_bytes(tidy, policy=email.policy.compat32)
        headers: _Headers = {}
        for name, value in message.items():
            key = name.lower().encode("ascii", "replace")
            if re.fullmatch(_HEADERS.encode(), key):
                headers.setdefault(key, []).append(_FOLD.sub(b"", _bytes(value)))
        parts: list[MimePart] = []
        for part in message.walk():
            encoding = str(part.get("Content-Transfer-Encoding", ""))
            if encoding != encoding.strip():
                # The standard parser would not know "base64 ", and hand over the encoded text.
                part.replace_header("Content-Transfer-Encoding", encoding.strip())
            data = None if part.is_multipart() else part.get_payload(decode=True)
            if isinstance(data, bytes):
                name = part.get_filename() or ""
                parts.append(MimePart(part.get_content_type(), _bytes(name).decode("utf-8", "replace"), data))
            if len(parts) > _PARTS_LIMIT:
                break
    except RecursionError:
        raise NoReport("the mail is nested too deep") from None
    # The standard parser is known to raise a dozen kinds of errors for hostile headers.
    except Exception as error:
        raise NoReport(f"the mail cannot be parsed: {type(error).__name__}: {error}"[:300]) from None
    if len(parts) > _PARTS_LIMIT:
        raise NoReport(f"the mail has more than {_PARTS_LIMIT} parts")
    return _as_text(headers), parts


def _bytes(value: object) -> bytes:
    # Raw 8-bit bytes come as surrogates, or as a Header object that would replace them.
    return str(value).encode("utf-8", "surrogateescape")
