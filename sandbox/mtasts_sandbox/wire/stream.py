"""Byte streams under the HTTPS edge and the mail servers: plain, and TLS over plain by hand.

TLS is driven through memory buffers, not by the event loop's own TLS, for two reasons: the certificate and the lowest
TLS version depend on the name in the client's first message, and a mail server must be able to do STARTTLS wrong.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Protocol, cast

# One record and a little; a ClientHello is far smaller.
_CHUNK = 16 * 1024
_HELLO_LIMIT = 64 * 1024
# RFC 8446 s6, RFC 6066 s3: an alert record of two bytes, fatal, unrecognized_name.
_UNRECOGNIZED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"


class TooLong(ValueError):  # noqa: N818 - names the input, like BadName
    """The peer sent more than the limit without ending what it said."""


class Stream(Protocol):
    """What a server needs of a connection."""

    async def receive(self) -> bytes:
        """Some bytes; b"" when the peer has ended."""
        ...

    async def send(self, octets: bytes) -> None:
        """Send all of it, waiting while the peer is slow to take it."""
        ...

    async def end(self) -> None:
        """Say that nothing more comes (for TLS: the closing alert)."""
        ...


class PlainStream:
    """A connection as it is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> bytes:
        """Some bytes; b"" when the peer has ended."""
        return await self._reader.read(_CHUNK)

    async def send(self, octets: bytes) -> None:
        """Send all of it."""
        self._writer.write(octets)
        await self._writer.drain()

    async def end(self) -> None:
        """Nothing to say: closing the connection says it."""

    def abort(self) -> None:
        """Reset the connection."""
        self._writer.transport.abort()


class TlsStream:
    """TLS, server side, over another stream. Call `handshake` first."""

    def __init__(self, under: Stream) -> None:
        self._under = under
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    async def handshake(self, choose: Callable[[str | None], ssl.SSLContext | None], before: bytes = b"") -> str | None:
        """Do the handshake with the context that `choose` gives for the client's SNI; returns the SNI, lower case.

        `before`: bytes already received. `choose` returning None refuses the name with the alert unrecognized_name.
        Raises ssl.SSLError when the handshake fails, EOFError when the peer leaves.
        """
        hello, name = await self._client_hello(before)
        context = choose(name)
        if context is None:
            await self._under.send(_UNRECOGNIZED_NAME)
            raise ssl.SSLError(f"no certificate for {name}")
        self._incoming.write(hello)
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                await self._flush()  # the alert that tells the client why
                raise
            else:
                await self._flush()
                return name

    async def receive(self) -> bytes:
        """Some bytes; b"" when the peer has ended, with or without its closing alert."""
        tls = self._started()
        while True:
            try:
                return tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                octets = await self._under.receive()
                if not octets:
                    return b""
                self._incoming.write(octets)
            except ssl.SSLZeroReturnError:
                return b""

    async def send(self, octets: bytes) -> None:
        """Encrypt and send all of it."""
        tls = self._started()
        view = memoryview(octets)
        while view:
            # Records of 16 KiB at most, sent one by one, so that a slow peer holds the next one back.
            view = view[tls.write(view[:_CHUNK]) :]
            await self._flush()

    async def end(self) -> None:
        """Send the closing alert; the peer's own is not waited for."""
        # "Want read": ours is written, theirs is still out.
        with contextlib.suppress(ssl.SSLError):
            self._started().unwrap()
        await self._flush()

    async def _client_hello(self, before: bytes) -> tuple[bytes, str | None]:
        """Read until OpenSSL has seen the whole ClientHello; gives its bytes and the name in it."""
        sniffer = _Sniffer()
        hello = before
        sniffer.feed(before)
        while not sniffer.done:
            octets = await self._under.receive()
            if not octets:
                raise EOFError("the peer left before its ClientHello")
            hello += octets
            if len(hello) > _HELLO_LIMIT:
                raise TooLong("ClientHello")
            sniffer.feed(octets)
        return hello, sniffer.name

    async def _fill(self) -> None:
        octets = await self._under.receive()
        if not octets:
            raise EOFError("the peer left in the handshake")
        self._incoming.write(octets)

    async def _flush(self) -> None:
        octets = self._outgoing.read()
        if octets:
            await self._under.send(octets)

    def _started(self) -> ssl.SSLObject:
        if self._tls is None:
            raise RuntimeError("the TLS handshake has not been done")
        return self._tls


class _Hello(ssl.SSLObject):
    """A handshake that stops at the client's name."""

    done = False
    name: str | None = None


def _seen(tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int:
    if isinstance(tls, _Hello):
        tls.name = name.lower() if name else None
        tls.done = True
    return ssl.AlertDescription.ALERT_DESCRIPTION_USER_CANCELLED


def _hello_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Whatever version and cipher the client asks for, only its name is wanted here.
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.sslobject_class = _Hello
    context.sni_callback = _seen
    return context


_HELLO_CONTEXT = _hello_context()


class _Sniffer:
    """Reads the SNI by letting OpenSSL begin a handshake that stops at the name: no parser of our own to get wrong."""

    def __init__(self) -> None:
        self._incoming = ssl.MemoryBIO()
        self._tls = cast("_Hello", _HELLO_CONTEXT.wrap_bio(self._incoming, ssl.MemoryBIO(), server_side=True))

    @property
    def done(self) -> bool:
        """Is the name known, or that there is none, or that this is not TLS?"""
        return self._tls.done

    @property
    def name(self) -> str | None:
        """The name, lower case."""
        return self._tls.name

    def feed(self, octets: bytes) -> None:
        """Take in more bytes."""
        if not octets:
            return
        self._incoming.write(octets)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError:
            # Stopped by our own callback, or not TLS at all: the real handshake will tell which.
            self._tls.done = True


class Buffered:
    """Reads a stream up to a mark, with a limit."""

    def __init__(self, stream: Stream, before: bytes = b"") -> None:
        self.stream = stream
        self._kept = before

    async def until(self, mark: bytes, limit: int) -> bytes:
        """The bytes before the next `mark`, which is taken away too; raises TooLong, or EOFError when the peer ends."""
        start = 0
        while True:
            at = self._kept.find(mark, start)
            if at > limit or (at < 0 and len(self._kept) > limit):
                raise TooLong(f"more than {limit} bytes")
            if at >= 0:
                found, self._kept = self._kept[:at], self._kept[at + len(mark) :]
                return found
            start = max(0, len(self._kept) - len(mark) + 1)
            octets = await self.stream.receive()
            if not octets:
                raise EOFError("the peer ended")
            self._kept += octets

    def take(self) -> bytes:
        """What was received but not yet asked for; it is no longer kept."""
        kept, self._kept = self._kept, b""
        return kept
