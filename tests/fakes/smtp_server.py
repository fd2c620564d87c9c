"""A mail server of the tests: speaks as much SMTP as a probe hears, and can stop making sense at any step."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.patience import PATIENCE
from tests.pki import Leaf

Tune = Callable[[ssl.SSLContext], None]


@dataclass
class SmtpServer:
    """Each step's bytes; None says nothing there and keeps the connection. Use `async with`.

    `leaf` None: no TLS after STARTTLS, `after` answers the handshake instead.
    `drip`: seconds between single bytes of every reply.
    """

    leaf: Leaf | None = None
    greeting: bytes | None = b"220 mx1.example.com ESMTP\r\n"
    ehlo: bytes | None = b"250-mx1.example.com\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
    starttls: bytes | None = b"220 go ahead\r\n"
    after: bytes = b""
    tune: Tune | None = None
    drip: float = 0.0
    forever: bytes = b""  # repeated without end instead of a greeting
    hang_up_after: str = ""  # greeting | ehlo | starttls
    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def __aenter__(self) -> "SmtpServer":
        self._server = await asyncio.start_server(self._once, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.forever:
            writer.write(self.forever)
            await writer.drain()
            await asyncio.sleep(self.drip)
        await self._say(writer, self.greeting)
        if self.hang_up_after == "greeting":
            return
        await self._hear(reader)
        await self._say(writer, self.ehlo)
        if self.hang_up_after == "ehlo" or await self._hear(reader) != b"STARTTLS\r\n":
            return
        await self._say(writer, self.starttls)
        if self.hang_up_after == "starttls":
            return
        if self.leaf is None:
            await reader.read(1000)
            await self._say(writer, self.after)
            while await reader.read(1000):
                pass
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.leaf.chain, self.leaf.key)
        if self.tune:
            self.tune(context)
        await writer.start_tls(context, ssl_handshake_timeout=PATIENCE)
        await self._hear(reader)
        writer.write(b"221 bye\r\n")
        await writer.drain()

    async def _say(self, writer: asyncio.StreamWriter, data: bytes | None) -> None:
        if data is None:
            await asyncio.sleep(60)
        for piece in [data[i : i + 1] for i in range(len(data or b""))] if self.drip and data else [data or b""]:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(self.drip)

    async def _hear(self, reader: asyncio.StreamReader) -> bytes:
        line = await reader.readline()
        self.heard.append(line)
        return line
