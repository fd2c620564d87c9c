"""One SMTP session of a sandbox mail server: greeting, EHLO, STARTTLS, QUIT, and the faults a real one may have.

No mail is ever accepted: DATA is refused. What a prober needs ends before that.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from mtasts_sandbox.wire.stream import Buffered, PlainStream, Stream, TlsStream, TooLong

_LINE_LIMIT = 1000  # RFC 5321 s4.5.3.1 allows 512 and asks for no more
_IDLE = 30.0  # seconds; RFC 5321 asks for minutes, a sandbox need not wait for a dead client
_HANDSHAKE = 10.0
_COMMANDS = 100  # a session, then it is closed
_BANNER_LINE = b"220-" + b"x" * 120 + b"\r\n"
# Not a TLS record of any kind: the first byte is no content type.
_GARBAGE = bytes(range(0x80, 0x100)) * 4


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How this session goes: asked once at its start, so that a switch flipped meanwhile counts for the next one."""

    host: str
    greeting_4xx: bool = False
    endless_banner: bool = False
    no_starttls: bool = False
    starttls_4xx: bool = False
    garbage: bool = False
    injection: bool = False
    slow: float | None = None  # seconds before every reply
    hang: bool = False  # takes the connection and never says a word


class _Ended(Exception):  # noqa: N818 - a turn of the session, not an error
    """The session is over."""


class Session:
    """Runs one connection."""

    def __init__(self, behaviour: Behaviour, context: Callable[[str | None], ssl.SSLContext | None]) -> None:
        self._behaviour = behaviour
        self._context = context
        self._secure = False

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve until the client quits, errs or is idle for too long."""
        plain = PlainStream(reader, writer)
        lines = Buffered(plain)
        try:
            await self._greet(lines.stream)
            for _ in range(_COMMANDS):
                async with asyncio.timeout(_IDLE):
                    line = await lines.until(b"\n", _LINE_LIMIT)
                verb = line.strip().split(b" ", 1)[0].upper()
                if verb == b"STARTTLS" and not self._secure and not self._behaviour.no_starttls:
                    lines = await self._starttls(lines, plain)
                else:
                    await self._reply(lines.stream, verb, line)
            await self._say(lines.stream, b"421 4.7.0 too many commands\r\n")
        except _Ended:
            pass
        except TooLong:
            await self._say(lines.stream, b"500 5.5.2 line too long\r\n")
        await lines.stream.end()

    async def _greet(self, stream: Stream) -> None:
        if self._behaviour.hang:
            await asyncio.sleep(3600)
        while self._behaviour.endless_banner:
            async with asyncio.timeout(_IDLE):
                await stream.send(_BANNER_LINE)
            await asyncio.sleep(0.001)
        if self._behaviour.greeting_4xx:
            await self._say(stream, f"421 4.3.2 {self._behaviour.host} not available now\r\n".encode())
            raise _Ended
        await self._say(stream, f"220 {self._behaviour.host} ESMTP mtasts sandbox\r\n".encode())

    async def _reply(self, stream: Stream, verb: bytes, line: bytes) -> None:
        host = self._behaviour.host.encode()
        match verb:
            case b"EHLO":
                offers = [b"PIPELINING", b"8BITMIME", b"SMTPUTF8"]
                if not self._secure and not self._behaviour.no_starttls:
                    offers.insert(0, b"STARTTLS")
                *first, last = [host, *offers]
                await self._say(stream, b"".join(b"250-%b\r\n" % word for word in first) + b"250 %b\r\n" % last)
            case b"HELO":
                await self._say(stream, b"250 %b\r\n" % host)
            case b"NOOP" | b"RSET":
                await self._say(stream, b"250 2.0.0 ok\r\n")
            case b"QUIT":
                await self._say(stream, b"221 2.0.0 bye\r\n")
                raise _Ended
            case b"MAIL":
                await self._say(stream, b"250 2.1.0 ok\r\n")
            case b"RCPT":
                await self._say(stream, b"250 2.1.5 ok\r\n")
            case b"DATA":
                await self._say(stream, b"554 5.7.1 this sandbox accepts no mail\r\n")
            case _:
                await self._say(stream, b"502 5.5.1 command not known\r\n")

    async def _starttls(self, lines: Buffered, plain: PlainStream) -> Buffered:
        behaviour = self._behaviour
        # RFC 3207 s6: what the client sent in clear before the handshake must not count after it.
        before = lines.take()
        if behaviour.starttls_4xx:
            await self._say(plain, b"454 4.7.0 TLS not available now\r\n")
            return lines
        ready = b"220 2.0.0 ready for TLS\r\n"
        if behaviour.injection:
            # One segment with the reply: a client that keeps its buffer takes these lines for the answer inside TLS.
            ready += b"250-injected.example\r\n250 X-INJECTED\r\n"
        await self._say(plain, ready)
        if behaviour.garbage:
            async with asyncio.timeout(_HANDSHAKE):
                await plain.receive()  # the client has begun its handshake: what comes now is the answer to it
            await self._say(plain, _GARBAGE)
            raise _Ended
        tls = TlsStream(plain)
        async with asyncio.timeout(_HANDSHAKE):
            await tls.handshake(self._context, b"" if _is_text(before) else before)
        self._secure = True
        return Buffered(tls)

    async def _say(self, stream: Stream, octets: bytes) -> None:
        if self._behaviour.slow is not None:
            await asyncio.sleep(self._behaviour.slow)
        async with asyncio.timeout(_IDLE):
            await stream.send(octets)


def _is_text(octets: bytes) -> bool:
    """Pipelined commands, not the start of a TLS handshake (content type 22) that came early."""
    return not octets.startswith(b"\x16")
