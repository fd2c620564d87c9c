"""One TCP connection whose every byte we see, with TLS started on demand.

asyncio's own streams hide what arrived between the STARTTLS reply and the handshake; a sender must refuse such bytes
(they were sent in clear by whoever sits on the path), so the buffer is ours. Deadlines are the caller's
`asyncio.timeout`; a cancelled wait leaves the socket closed by `close()`.
"""

import asyncio
import contextlib
import socket
import ssl
from types import TracebackType

_CHUNK = 16384  # one TLS record at most (RFC 8446 s5.1)


class Stream:
    """A connected socket. Use as an async context manager; closing never waits."""

    def __init__(self, sock: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._waiting: asyncio.Future[bytes] | None = None
        self._early: bytes | OSError | None = (
            None  # what came while nobody waited; one piece, then the loop stops looking
        )
        self._watched = False
        self.tls: ssl.SSLObject | None = None

    @classmethod
    async def connect(cls, address: str, port: int) -> "Stream":
        """Connect to an IP address. Raises OSError as the system gives it."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    async def __aenter__(self) -> "Stream":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def read(self) -> bytes:
        """Some bytes, at most 16 KiB, or `b""` at the end. Raises OSError, ssl.SSLError.

        A TLS end without close_notify reads as an end: HTTP lengths and SMTP's dots say what is missing.
        """
        if self.tls is None:
            return await self._receive()
        while True:
            try:
                return self.tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._feed()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def write(self, data: bytes) -> None:
        """Send all of `data`. Raises OSError, ssl.SSLError."""
        if self.tls is None:
            await self._loop.sock_sendall(self._sock, data)
            return
        self.tls.write(data)
        await self._flush()

    def send_now(self, data: bytes) -> None:
        """Send in clear what the kernel takes at once; the rest is dropped. Raises OSError."""
        if self.tls is None:
            self._sock.send(data)

    def local_address(self) -> str:
        """Our side's IP address, without a zone."""
        return str(self._sock.getsockname()[0]).split("%")[0]

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> ssl.SSLObject:
        """Shake hands with SNI `server_name`. Raises ssl.SSLError, OSError; ValueError for a name TLS cannot carry."""
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._feed()
            except ssl.SSLError:
                # OpenSSL has put an alert for the peer into the buffer; a peer that is gone changes nothing.
                with contextlib.suppress(OSError):
                    await self._flush()
                raise
            else:
                # Our last handshake message stays in the buffer: it leaves with the first thing written, or at close.
                self.tls = tls
                return tls

    def close(self) -> None:
        """Close the socket at once; in TLS, a close_notify is tried without waiting for the peer's."""
        if self.tls is not None:
            with contextlib.suppress(OSError):  # ssl.SSLError is one
                self.tls.unwrap()
            if self._outgoing.pending:
                with contextlib.suppress(OSError):
                    self._sock.send(self._outgoing.read())
        self._unwatch()
        self._sock.close()

    async def _receive(self) -> bytes:
        """What the socket gives next. The loop keeps watching between two waits: asking it each time costs more."""
        if self._early is not None:
            early, self._early = self._early, None
            if isinstance(early, OSError):
                raise early
            return early
        if not self._watched:
            self._loop.add_reader(self._sock, self._readable)
            self._watched = True
        self._waiting = self._loop.create_future()
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def _readable(self) -> None:
        came: bytes | OSError
        try:
            came = self._sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            came = error
        waiting = self._waiting
        if waiting is None or waiting.done():
            self._early = came
            self._unwatch()
        elif isinstance(came, OSError):
            waiting.set_exception(came)
        else:
            waiting.set_result(came)

    def _unwatch(self) -> None:
        if self._watched:
            self._loop.remove_reader(self._sock)
            self._watched = False

    async def _feed(self) -> None:
        await self._flush()
        data = await self._receive()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._loop.sock_sendall(self._sock, self._outgoing.read())
