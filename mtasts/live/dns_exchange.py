"""Questions and answers over the wire: UDP, then TCP when an answer was cut short. Bounded in number, bytes, time."""

import asyncio
import contextlib
import socket
import struct
from collections import defaultdict

from mtasts.live import dns_wire
from mtasts.live.dns_wire import Message, Question

Server = tuple[str, int]

IN_FLIGHT = 128  # questions under way at a time; each needs a socket
PORT_USES = 16  # questions from one source port
_STRAY_LIMIT = 16  # datagrams that answer another question, before a look is given up


class Exchange:
    """Sends questions. A source port serves one question at a time and few in all.

    A fresh random port for each (RFC 5452 s9.2) would be best against forgers; a new one every 16 questions keeps
    nearly all of that, and most of the cost of a socket is saved. A socket that saw a time-out is never used again.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._idle: defaultdict[Server, list[tuple[socket.socket, int]]] = defaultdict(list)

    async def ask(self, server: Server, question: Question) -> Message | str:
        """The response of one server to one question; a text is what went wrong."""
        try:
            # Waiting for a slot costs none of the server's time.
            async with self._slots, asyncio.timeout(self._timeout):
                response = await self._udp(server, question)
                if response.flags & dns_wire.TC:
                    response = await _tcp(server, question)
                return response
        except TimeoutError:
            return "time-out"
        except ConnectionRefusedError:
            return "connection refused"
        except OSError as error:
            return f"cannot be reached: {error.strerror or error}"
        except _Garbage as error:
            return str(error)

    def close(self) -> None:
        """Close the sockets that wait to be used again."""
        for sockets in self._idle.values():
            for sock, _ in sockets:
                sock.close()
        self._idle.clear()

    async def _udp(self, server: Server, question: Question) -> Message:
        idle = self._idle[server]
        sock, uses = idle.pop() if idle else (_connected(server), 0)
        try:
            response = await _receive(sock, question)
        except BaseException:
            sock.close()
            raise
        if uses + 1 < PORT_USES:
            idle.append((sock, uses + 1))
        else:
            sock.close()
        return response


class _Garbage(Exception):  # noqa: N818 - the other side's, not ours
    pass


def _connected(server: Server) -> socket.socket:
    sock = socket.socket(_family(server), socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(server)
    except BaseException:
        sock.close()
        raise
    return sock


async def _receive(sock: socket.socket, question: Question) -> Message:
    loop = asyncio.get_running_loop()
    sock.send(question.wire)
    for _ in range(_STRAY_LIMIT):
        response = parse(await loop.sock_recv(sock, 65535))
        if response is not None and response.answers(question):
            return response
    raise _Garbage("answers that are not for our question")


async def _tcp(server: Server, question: Question) -> Message:
    loop = asyncio.get_running_loop()
    with socket.socket(_family(server), socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, server)
        await loop.sock_sendall(sock, struct.pack("!H", len(question.wire)) + question.wire)
        size = struct.unpack("!H", await _exactly(sock, 2))[0]
        response = parse(await _exactly(sock, size))
    if response is None or not response.answers(question):
        raise _Garbage("an answer that cannot be read")
    return response


async def _exactly(sock: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < size:
        chunk = await loop.sock_recv(sock, size - len(data))
        if not chunk:
            raise _Garbage("connection closed in the middle of an answer")
        data += chunk
    return bytes(data)


def parse(wire: bytes) -> Message | None:
    """A message from the network, or None when it is not one."""
    with contextlib.suppress(dns_wire.Malformed):
        return dns_wire.read(wire)
    return None


def _family(server: Server) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in server[0] else socket.AF_INET
