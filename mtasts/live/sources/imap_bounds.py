"""Connections to mail servers that may send what they like: each command may bring only so many bytes in so much time.

The standard library's client keeps what comes until the command's end, believes the length of a literal before it reads
it, and takes each byte as a sign of life. So the bounds are set where it reads.
"""

import imaplib
import io
import socket
import ssl
import time

SECONDS = 60  # without a byte
_COMMAND_SECONDS = 300
_COMMAND_BYTES = 4 * 1024 * 1024  # for all answers but mails
_CHUNK = 64 * 1024


class BoundedImap(imaplib.IMAP4):
    """Raises IMAP4.abort when a command brings too much or takes too long. `allow` before each command."""

    def __init__(self, host: str, port: int) -> None:
        self.allow()
        super().__init__(host, port, timeout=SECONDS)

    def allow(self, size: int = 0, seconds: float = _COMMAND_SECONDS) -> None:
        """What the next command may bring, beside `size` bytes of mails."""
        self._left = _COMMAND_BYTES + size
        self._end = time.monotonic() + seconds

    def read(self, size: int) -> bytes:
        """A literal: refused before it is read if it is too long."""
        self._take(size)
        pieces, missing = [], size
        while missing:
            piece = self._stream().read1(min(missing, _CHUNK))
            if not piece:
                raise self.abort("the server broke off within a mail")
            pieces.append(piece)
            missing -= len(piece)
            self._in_time()
        return b"".join(pieces)

    def readline(self) -> bytes:
        """A line, as long as the command may bring."""
        pieces: list[bytes] = []
        while not pieces or not pieces[-1].endswith(b"\n"):
            waiting = self._stream().peek(1)
            if not waiting:
                break
            pieces.append(self._stream().read(waiting.find(b"\n") + 1 or len(waiting)))
            self._take(len(pieces[-1]))
            self._in_time()
        return b"".join(pieces)

    def _stream(self) -> io.BufferedReader:
        return self.file  # type: ignore[return-value]

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort("the server sends more than it was asked for")

    def _in_time(self) -> None:
        if time.monotonic() > self._end:
            raise self.abort("the server takes too long for its answer")


class BoundedImaps(BoundedImap):
    """TLS from the start, the certificate checked against the name asked for, wherever the connection goes."""

    def __init__(self, host: str, port: int, name: str, context: ssl.SSLContext) -> None:
        self._name, self._context = name, context
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)  # type: ignore[misc]
        return self._context.wrap_socket(plain, server_hostname=self._name)
