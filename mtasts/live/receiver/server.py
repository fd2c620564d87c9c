"""Running an ASGI app on uvicorn, with patience for slow peers that has an end."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from mtasts.errors import CannotLook
from mtasts.signals import heeded

# A request line and headers must be there within this many seconds; uvicorn itself would wait for ever.
HEAD_SECONDS = 10.0
_HEAD_BYTES = 16 * 1024
_IDLE_SECONDS = 15

# Connections at one time. One more is closed without an answer: reporters are known that take any answer, 503 too, for
# "delivered", and try again only where none came.
_CONNECTIONS = 2000
_BACKLOG = 2048


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a deadline for the head of every request (a slow loris holds no connection)."""

    head_seconds = HEAD_SECONDS
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new peer: the first head is due."""
        super().connection_made(transport)
        if len(self.connections) > _CONNECTIONS:
            transport.abort()
            return
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Something came: part of a head, a head or a body."""
        super().data_received(data)
        if self._in_request():
            self._forget_deadline()
        elif self._deadline is None:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._forget_deadline()
        super().connection_lost(exc)

    def _in_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._too_late)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if not self._in_request() and not self.transport.is_closing():
            self.transport.close()


def serve(
    app: object, host: str, port: int, *, announce: Callable[[str], None], proxies: str = "127.0.0.1,::1"
) -> None:
    """Serve until SIGINT or SIGTERM. `announce` is told the URL once peers can connect; port 0 takes a free one.

    `proxies` are the addresses whose X-Forwarded-For is believed. Raises CannotLook if it cannot listen there.
    """
    listening = _listen(host, port)
    bound = listening.getsockname()
    name = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=proxies,
        backlog=_BACKLOG,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=30,
        h11_max_incomplete_event_size=_HEAD_BYTES,
    )
    # Announced when SIGTERM is heeded: who stops the server from then on gets its clean end.
    server = _Server(config, lambda: announce(f"http://{name}:{bound[1]}"))
    # When it has ended, uvicorn raises the signal that ended it once more, for whoever was there before it.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    finally:
        signal.signal(signal.SIGTERM, before)


class _Server(uvicorn.Server):
    """Leaves a SIGINT alone that came ignored; uvicorn handles it all the same."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._heeded = heeded(signal.SIGINT, signal.SIGTERM)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn when its handlers of signals are there."""
        await super().startup(sockets)
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by uvicorn's own handlers."""
        if sig in self._heeded:
            super().handle_exit(sig, frame)


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotLook(
            f"{host}:{port}: cannot listen: {reason}", "--listen names a free ADDR:PORT of here"
        ) from error
    listening.setblocking(False)
    return listening
