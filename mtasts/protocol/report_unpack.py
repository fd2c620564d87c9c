"""From an attachment or file to the JSON of reports: gzip and zip, every size bounded before memory is spent.

The name and the declared type do not count, only the first bytes: reporters mislabel both (RFC 8460 s5.6).
"""

import io
import zlib

from mtasts.protocol.report import REPORT_BYTES_LIMIT

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_GZIP_MEMBER = b"\x1f\x8b\x08"
# A report in a gzip in a zip is seen; more layers are a bomb.
_LAYERS_LIMIT = 3
_ZIP_MEMBERS_LIMIT = 1000
# Deflate cannot expand more than this (zlib's documentation, "maximum compression factor").
_DEFLATE_RATIO = 1032
_WHITE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


class CannotUnpack(ValueError):  # noqa: N818 - what it is about, as callers read it
    """Why there is no report in these bytes; the message is fit for a quarantine list."""


class TooLarge(CannotUnpack):
    """It is more, or unpacks to more, than may be kept: as it stands the sender cannot bring it."""


def gunzip(data: bytes, limit: int = REPORT_BYTES_LIMIT) -> bytes:
    """All members of a gzip file, at most `limit` bytes. Raises TooLarge, or CannotUnpack: damaged, cut short.

    Bytes after the last member are ignored, as gzip(1) does.
    """
    parts: list[bytes] = []
    left = limit
    rest = data
    while rest.startswith(GZIP):
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(rest, left + 1)
        except zlib.error as error:
            if parts:
                break
            raise CannotUnpack(f"is damaged gzip: {error}") from None
        if len(part) > left:
            raise TooLarge(f"unpacks to more than {limit} bytes")
        if not member.eof:
            raise CannotUnpack("is gzip that was cut short")
        parts.append(part)
        left -= len(part)
        rest = member.unused_data
    return b"".join(parts)


def looks_like_json(data: bytes) -> bool:
    """Whether the first character is that of a JSON object or array."""
    return data[:64].removeprefix(_BOM).lstrip(_WHITE)[:1] in (b"{", b"[")


def unpack(data: bytes, limit: int = REPORT_BYTES_LIMIT) -> list[bytes]:
    """The JSON documents in an attachment or file: itself, its gzip content, or the members of a zip.

    `limit` bounds the unpacked size in all. Raises CannotUnpack.
    """
    if data.startswith(GZIP) and len(data) * _DEFLATE_RATIO <= limit and data.find(_GZIP_MEMBER, 1) < 0:
        # Nearly every report: too short to be a bomb, and of one member.
        try:
            body = zlib.decompress(data, 31)
        except zlib.error:
            pass  # the long way knows what is wrong
        else:
            if body.startswith(b"{"):
                return [body]
    return _unpack(data, limit, _LAYERS_LIMIT)


def _unpack(data: bytes, limit: int, layers: int) -> list[bytes]:
    if looks_like_json(data):
        if len(data) > limit:
            raise TooLarge(f"has more than {limit} bytes")
        return [data]
    if not data.strip():
        raise CannotUnpack("is empty")
    if not data.startswith((GZIP, ZIP)):
        raise CannotUnpack("is neither JSON nor gzip nor zip")
    if layers == 0:
        raise CannotUnpack(f"is packed more than {_LAYERS_LIMIT} times over")
    if data.startswith(GZIP):
        return _unpack(gunzip(data, limit), limit, layers - 1)
    documents: list[bytes] = []
    left = limit
    for member in zip_members(data, limit):
        left -= len(member)
        if left < 0:
            raise TooLarge(f"unpacks to more than {limit} bytes")
        documents += _unpack(member, limit, layers - 1)
    if not documents:
        raise CannotUnpack("is a zip without a file in it")
    return documents


def zip_members(data: bytes, limit: int) -> list[bytes]:
    """The files of a small zip. Raises TooLarge, or CannotUnpack: damaged, encrypted, too many."""
    # zipfile takes 10 ms to load, and hardly a reporter uses it.
    import zipfile  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            members: list[bytes] = []
            left = limit
            for entry in entries[:_ZIP_MEMBERS_LIMIT]:
                with archive.open(entry) as opened:
                    members.append(opened.read(left + 1))
                left -= len(members[-1])
                if left < 0:
                    break
    # A damaged zip raises nearly anything, from struct.error to NotImplementedError and RuntimeError (password).
    except Exception as error:
        raise CannotUnpack(f"is a damaged or unusual zip: {type(error).__name__}: {error}"[:300]) from None
    if len(entries) > _ZIP_MEMBERS_LIMIT:
        raise CannotUnpack(f"is a zip of {len(entries)} files, more than {_ZIP_MEMBERS_LIMIT}")
    if left < 0:
        raise TooLarge(f"unpacks to more than {limit} bytes")
    return members
