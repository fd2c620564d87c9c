"""SMTP replies, read off a stream: bounded in lines and bytes, whatever the other side sends."""

import re
import socket

from mtasts.live.stream import Stream
from mtasts.protocol.names import is_domain
from mtasts.verify.model import LookOutcome, Trouble

REPLY_LIMIT = 16 * 1024  # bytes of one reply; RFC 5321 s4.5.3.1.5 allows 512 a line, EHLO answers have some twenty
VALIDATION = "validation-failure"

_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)


class OutOfStep(Exception):  # noqa: N818 - the server's, not ours
    """The conversation cannot go on."""

    def __init__(self, outcome: LookOutcome, code: str, text: str, result_type: str = "") -> None:
        super().__init__(text)
        self.outcome = outcome
        self.trouble = Trouble(code, text, result_type)


class Replies:
    """SMTP replies off a stream (RFC 5321 s4.2), each bounded by REPLY_LIMIT."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._buffer = bytearray()

    @property
    def left_over(self) -> bool:
        """Bytes came that nobody asked for."""
        return bool(self._buffer)

    async def ask(self, command: str) -> tuple[int, list[str]]:
        """Send one command and read its reply."""
        await self.stream.write(command.encode("ascii") + b"\r\n")
        return await self.read()

    async def read(self) -> tuple[int, list[str]]:
        """Code and lines of one reply, as Latin-1. Raises OutOfStep for what is no SMTP, OSError at the end."""
        lines: list[str] = []
        size = 0
        while True:
            line = await self._line(REPLY_LIMIT - size)
            size += len(line) + 1
            match = _REPLY_LINE.fullmatch(line.rstrip(b"\r"))
            if match is None:
                raise OutOfStep(LookOutcome.FAILED, "smtp-garbage", "what it sent is not SMTP", VALIDATION)
            lines.append(match[3].decode("latin-1"))
            if match[2] != b"-":
                return int(match[1]), lines

    async def _line(self, limit: int) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched >= limit:
                break
            data = await self.stream.read()
            if not data:
                raise ConnectionResetError("closed in the middle of the conversation")
            self._buffer += data
        if end < 0 or end >= limit:
            raise OutOfStep(LookOutcome.FAILED, "smtp-garbage", f"a reply longer than {REPLY_LIMIT} bytes", VALIDATION)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line


def our_name(stream: Stream) -> str:
    """This host's full name if it has one, else the address literal that RFC 5321 s4.1.4 asks for."""
    name = socket.gethostname()
    if "." in name and is_domain(name):
        return name
    address = stream.local_address()
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
