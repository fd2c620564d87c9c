"""DMARC aggregate reports (RFC 7489 s7.2), told from TLS reports: many mailboxes take both.

Nothing of them is read but the name of the root element, within the first bytes: no XML parser, no entities.
"""

import io
import zlib

from mtasts.protocol.report_unpack import GZIP, ZIP

_HEAD = 4096
_MEMBERS_LIMIT = 100
_PROLOG_LIMIT = 20
_WHITE = b" \t\r\n"
_NAME_ENDS = b" \t\r\n/>"


def is_dmarc_report(data: bytes) -> bool:
    """Whether this is a DMARC report: XML, its gzip, or a zip of nothing else. Never raises, whatever the bytes."""
    if data.startswith(ZIP):
        return _is_zip_of_them(data)
    if data.startswith(GZIP):
        try:
            return _is_feedback(zlib.decompressobj(wbits=31).decompress(data[: 4 * _HEAD], _HEAD))
        except zlib.error:
            return False
    return _is_feedback(data[:_HEAD])


def _is_zip_of_them(data: bytes) -> bool:
    import zipfile  # noqa: PLC0415 - takes 10 ms to load

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if not 0 < len(entries) <= _MEMBERS_LIMIT:
                return False
            for entry in entries:
                with archive.open(entry) as opened:
                    if not _is_feedback(opened.read(_HEAD)):
                        return False
    # A damaged zip raises nearly anything.
    except Exception:
        return False
    return True


def _is_feedback(head: bytes) -> bool:
    return _root(_text(head)).rpartition(b":")[2] == b"feedback"


def _text(head: bytes) -> bytes:
    """In a form of which ASCII is a part."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")
    return head.removeprefix(b"\xef\xbb\xbf")


def _root(head: bytes) -> bytes:
    """The name of the root element; b"" if it does not come, or if a document type has declarations of its own."""
    at = 0
    for _ in range(_PROLOG_LIMIT):
        rest = head[at:].lstrip(_WHITE)
        at = len(head) - len(rest)
        if rest.startswith(b"<?"):
            end = b"?>"
        elif rest.startswith(b"<!--"):
            end = b"-->"
        elif rest.startswith(b"<!"):
            end = b">"
            if b"[" in rest.partition(end)[0]:
                return b""
        elif rest.startswith(b"<"):
            stops = [place for stop in _NAME_ENDS if (place := rest.find(bytes([stop]))) > 0]
            return rest[1 : min(stops)] if stops else b""
        else:
            return b""
        found = head.find(end, at)
        if found < 0:
            return b""
        at = found + len(end)
    return b""
