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
        self._idle: defaultdict[Server, list[_Port]] = defaultdict(list)

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
        for ports in self._idle.values():
            for port in ports:
                port.close()
        self._idle.clear()

    async def _udp(self, server: Server, question: Question) -> Message:
        idle = self._idle[server]
        port = idle.pop() if idle else _Port(server)
        try:
            response = await port.ask(question)
        except BaseException:
            port.close()
            raise
        if port.uses < PORT_USES:
            idle.append(port)
        else:
            port.close()
        return response


class _Garbage(Exception):  # noqa: N818 - the other side's, not ours
    pass


class _Port:
    """A socket connected to one server, one question at a time.

    The loop watches it for as long as it lives: watching it anew for each question costs more than the question.
    """

    def __init__(self, server: Server) -> None:
        self.uses = 0
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[Message] | None = None
        self._question: Question | None = None
        self._strays = 0
        self._sock = socket.socket(_family(server), socket.SOCK_DGRAM)
        try:
            self._sock.setblocking(False)
            self._sock.connect(server)
            self._loop.add_reader(self._sock, self._arrived)
        except BaseException:
            self._sock.close()
            raise

    async def ask(self, question: Question) -> Message:
        """Raises OSError, _Garbage."""
        self.uses += 1
        self._question, self._strays = question, 0
        self._answer = self._loop.create_future()
        try:
            self._sock.send(question.wire)
            return await self._answer
        finally:
            self._answer = self._question = None

    def close(self) -> None:
        """Free the socket."""
        self._loop.remove_reader(self._sock)
        self._sock.close()

    def _arrived(self) -> None:
        answer, question = self._answer, self._question
        try:
            data = self._sock.recv(65535)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            if answer is not None and not answer.done():
                answer.set_exception(error)
            return
        # What comes between two questions, or after the answer, is read and forgotten.
        if answer is None or question is None or answer.done():
            return
        response = parse(data)
        if response is not None and response.answers(question):
            answer.set_result(response)
            return
        self._strays += 1
        if self._strays >= _STRAY_LIMIT:
            answer.set_exception(_Garbage("answers that are not for our question"))


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
