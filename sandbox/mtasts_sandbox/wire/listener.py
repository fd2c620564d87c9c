"""A TCP listener on one loopback address that can also refuse: bounded, and no connection's error leaves it."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable

from mtasts.errors import CannotLook

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_BACKLOG = 512
# More than any header or SMTP line; a peer that sends more without a line end is cut off.
_BUFFER = 16 * 1024
_CLOSE_PATIENCE = 2.0  # seconds for the last bytes to leave
_PORT_TRIES = 20


class Listener:
    """Listens on `address`:`port` (0: any free one, then kept in `port`) and runs `handler` for each connection.

    The handler owns the connection until it returns; then it is closed. Network errors, time-outs and TLS errors end
    that connection only.
    """

    def __init__(self, address: str, port: int, handler: Handler, *, limit: int) -> None:
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"{address} is not a loopback address")
        self.address = address
        self.port = port
        self._handler = handler
        self._limit = limit
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Start listening. Raises OSError when the address or port cannot be had."""
        self._socket = _bound(self.address, self.port)
        self.port = self._socket.getsockname()[1]
        await self.accept()

    async def accept(self) -> None:
        """Listen again after `refuse`; nothing to do when it listens already."""
        if self._server is None and self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # The server closes its socket when it stops; ours stays bound, so nobody else takes the port meanwhile.
            self._server = await asyncio.start_server(
                self._serve, sock=self._socket.dup(), backlog=_BACKLOG, limit=_BUFFER
            )

    async def refuse(self) -> None:
        """Reset every connection and have the kernel refuse new ones, but keep the port."""
        await self._stop()
        if self._socket is None:
            return
        try:
            # Linux: shutting down a listening socket ends the listening and leaves it bound.
            self._socket.shutdown(socket.SHUT_RDWR)
            # Bound, but reusable, it would not keep others from listening on the port.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        except OSError:
            self._socket.close()
            self._socket = _bound(self.address, self.port)

    async def close(self) -> None:
        """Stop for good and reset what is still connected."""
        await self._stop()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(list(self._running))
        if server is not None:
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._server is None or len(self._running) >= self._limit:
            writer.transport.abort()
            return
        self._running.add(task)
        try:
            await self._handler(reader, writer)
            writer.close()
            async with asyncio.timeout(_CLOSE_PATIENCE):
                await writer.wait_closed()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, ssl.SSLError):
            pass  # the peer went away, was too slow or too long: its connection only
        except asyncio.CancelledError:
            # `_stop` cancels; ending quietly keeps the loop from reporting a task that nobody awaits.
            pass
        finally:
            writer.transport.abort()
            self._running.discard(task)


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for _ in range(_PORT_TRIES):
        candidate = socket.socket(family, socket.SOCK_STREAM)
        try:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                candidate.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # A port the kernel chose is given back when the socket stops listening, one that was named is not: name it.
            candidate.bind((address, port or _free_port(family, address)))
            candidate.setblocking(False)
        except OSError:
            candidate.close()
            if port:
                raise
        else:
            return candidate
    raise OSError(f"no free port on {address}")


def _free_port(family: socket.AddressFamily, address: str) -> int:
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


async def open_or_explain(listener: Listener, what: str) -> None:
    """Open a listener. Raises CannotLook that names the server, the address and the way out."""
    port = listener.port
    try:
        await listener.open()
    except OSError as error:
        raise CannotLook(
            f"the sandbox's {what} cannot listen on {listener.address} port {port}: {error.strerror or error}",
            "stop what listens there, or choose another port",
        ) from error
