"""Unpacks a file: one item, or the many of an mbox, a zip, a tar, plain or gzipped. The first bytes decide.

Everything is read as a stream and bounded: an item by what a mail may have, an archive by what honest ones unpack to.
"""

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, cast

from mtasts.live.sources.contract import Item
from mtasts.protocol.report_mail import MAIL_BYTES_LIMIT
from mtasts.protocol.report_unpack import GZIP, ZIP

# A file that is called a mail is one, or a damaged one.
MAIL_SUFFIX = ".eml"
_HEAD = 512
_TAR_MAGIC = slice(257, 262)
_NESTING_LIMIT = 3
# Ours: reports shrink to a tenth, mails of them hardly at all; an archive that unpacks to more is made to harm.
_ARCHIVE_RATIO = 200
_ARCHIVE_FLOOR = 256 * 1024 * 1024
_CHUNK = 1024 * 1024
_TIME, _YEAR = re.compile(rb"\d:\d\d"), re.compile(rb"\d{4}")
_SEPARATOR_LIMIT = 1000
_TOO_BIG = f"has more than {MAIL_BYTES_LIMIT} bytes"


def unfold(opened: IO[bytes], source: str, name: str, *, depth: int = 0) -> Iterator[Item]:
    """The items in an open, seekable file. What cannot be read becomes an item with a problem; nothing is raised."""
    try:
        head = opened.read(_HEAD)
        opened.seek(0)
        items = _by_kind(head, opened, source, name, depth)
        yield from (replace(item, mail=True) for item in items) if name.lower().endswith(MAIL_SUFFIX) else items
    # Damaged archives raise nearly anything out of the standard library, from struct.error to IndexError.
    except Exception as error:
        yield Item(source, b"", name, problem=f"cannot be read: {error}"[:300])


def _by_kind(head: bytes, opened: IO[bytes], source: str, name: str, depth: int) -> Iterator[Item]:
    if head.startswith(b"From "):
        yield from _mbox(opened, source)
    elif head[_TAR_MAGIC] == b"ustar" or head.startswith(ZIP):
        if depth >= _NESTING_LIMIT:
            yield Item(source, b"", name, problem=f"is an archive inside of {depth} archives")
        elif head.startswith(ZIP):
            yield from _zip(opened, source, depth)
        else:
            yield from _tar(opened, source, depth)
    elif head.startswith(GZIP) and depth < _NESTING_LIMIT and _holds_many(opened):
        size = _size(opened)
        with gzip.GzipFile(fileobj=opened) as inner:
            yield from unfold(
                cast("IO[bytes]", _Bounded(inner, size)), source, name.removesuffix(".gz"), depth=depth + 1
            )
    else:
        data = opened.read(MAIL_BYTES_LIMIT + 1)
        if len(data) > MAIL_BYTES_LIMIT:
            yield Item(source, b"", name, problem=_TOO_BIG)
        else:
            yield Item(source, data, name)


def _holds_many(opened: IO[bytes]) -> bool:
    """Whether a gzip holds an mbox or a tar, by its first bytes; a report's gzip is left to the reader of reports."""
    start = opened.read(4096)
    opened.seek(0)
    try:
        head = zlib.decompressobj(wbits=31).decompress(start, _HEAD)
    except zlib.error:
        return False
    return head.startswith(b"From ") or head[_TAR_MAGIC] == b"ustar"


def _zip(opened: IO[bytes], source: str, depth: int) -> Iterator[Item]:
    budget = _Budget(_size(opened))
    with zipfile.ZipFile(opened) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            where = f"{source}/{entry.filename}"
            try:
                with archive.open(entry) as member:
                    yield from _member(member, where, entry.filename, budget, depth)
            except Exception as error:  # as above
                yield Item(where, b"", entry.filename, problem=f"cannot be read: {error}"[:300])
            if budget.spent:
                yield Item(source, b"", problem=_Budget.REASON)
                return


def _tar(opened: IO[bytes], source: str, depth: int) -> Iterator[Item]:
    budget = _Budget(_size(opened))
    with tarfile.open(fileobj=opened, mode="r:") as archive:
        for entry in archive:
            # Links and devices are names, not reports; nothing is ever written to disk.
            member = archive.extractfile(entry) if entry.isreg() else None
            if member is not None:
                yield from _member(member, f"{source}/{entry.name}", entry.name, budget, depth)
            if budget.spent:
                yield Item(source, b"", problem=_Budget.REASON)
                return


def _member(member: IO[bytes], source: str, name: str, budget: "_Budget", depth: int) -> Iterator[Item]:
    data = member.read(MAIL_BYTES_LIMIT + 1)
    budget.take(len(data))
    short = name.rsplit("/", 1)[-1]
    if len(data) > MAIL_BYTES_LIMIT:
        yield Item(source, b"", short, problem=_TOO_BIG)
    else:
        yield from unfold(io.BytesIO(data), source, short, depth=depth + 1)


class _Budget:
    """How much an archive may still unpack to."""

    REASON = f"unpacks to more than {_ARCHIVE_RATIO} times its size: the rest was left alone"

    def __init__(self, packed: int) -> None:
        self._left = max(_ARCHIVE_FLOOR, packed * _ARCHIVE_RATIO)

    def take(self, size: int) -> None:
        self._left -= size

    @property
    def spent(self) -> bool:
        return self._left < 0


class _Bounded(io.RawIOBase):
    """A gzip's content as a seekable file that fails when it grows beyond the budget."""

    def __init__(self, inner: gzip.GzipFile, packed: int) -> None:
        self._inner = inner
        self._limit = max(_ARCHIVE_FLOOR, packed * _ARCHIVE_RATIO)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        if self._inner.tell() > self._limit:
            raise OSError(_Budget.REASON)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()


def _size(opened: IO[bytes]) -> int:
    """The size of a file; 0 for one inside a gzip, whose end is not looked for, so that only the floor bounds it."""
    if isinstance(opened, _Bounded):
        return 0
    size = opened.seek(0, io.SEEK_END)
    opened.seek(0)
    return size


def _mbox(opened: IO[bytes], source: str) -> Iterator[Item]:
    """The mails of an mbox (mboxo and mboxrd alike): each begins with a `From ` line after an empty one.

    A `>From ` in a body stays as it is: a signature over such a body may then fail, and the report is unauthenticated.
    """
    number = 0
    buffer = b"\n" + opened.read(_CHUNK)
    skipping = False
    while True:
        start = 0
        while (end := _next_from(buffer, start + 1)) >= 0:
            number += 1
            yield _mail(buffer[start:end], source, number, skipping)
            skipping = False
            start = end
        buffer = buffer[start:]
        if len(buffer) > MAIL_BYTES_LIMIT:
            # Too big to keep: let go of all but what a separator at the edge needs.
            skipping, buffer = True, buffer[-_SEPARATOR_LIMIT:]
        more = opened.read(_CHUNK)
        if not more:
            break
        buffer += more
    if buffer.strip() or skipping:
        yield _mail(buffer, source, number + 1, skipping)


def _next_from(buffer: bytes, start: int) -> int:
    """Where the next mail's `\\nFrom ` begins, after an empty line; -1 if not in here.

    A separator says when the mail was delivered, which tells it from a sentence that nobody quoted.
    """
    while (found := buffer.find(b"\nFrom ", start)) >= 0:
        empty = buffer[max(found - 2, 0) : found].endswith((b"\n", b"\n\r"))
        if empty:
            line = buffer[found + 6 : found + _SEPARATOR_LIMIT].partition(b"\n")[0]
            if _TIME.search(line) and _YEAR.search(line):
                return found
        start = found + 1
    return -1


def _mail(piece: bytes, source: str, number: int, skipped: bool) -> Item:
    where = f"{source}#{number}"
    if skipped or len(piece) > MAIL_BYTES_LIMIT:
        return Item(where, b"", problem=_TOO_BIG)
    # Without the From line; the empty line before the next one belongs to the format, not to the mail.
    _, _, mail = piece[1:].partition(b"\n")
    if mail.endswith(b"\r\n\r\n"):
        mail = mail[:-2]
    elif mail.endswith((b"\n\n", b"\n\r")):
        mail = mail[:-1]
    return Item(where, mail, weight=len(piece), mail=True)
