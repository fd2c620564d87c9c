"""One conversation with one address of an MX host: greeting, EHLO, STARTTLS, handshake, QUIT. Never sends mail.

Judged as RFC 8461 s4.2 says: STARTTLS offered, chain trusted and unexpired, SAN DNS-ID for the name in the MX record,
which is also the SNI. Bounded in lines, bytes and time, whatever the other side sends.
"""

import asyncio
import contextlib
import re
import socket
import time
from dataclasses import dataclass, replace

from mtasts.live import tls
from mtasts.live.network import Network
from mtasts.live.reach import connection_trouble
from mtasts.live.stream import Stream
from mtasts.protocol.names import is_domain
from mtasts.verify.model import LookOutcome, MxProbe, Trouble

SMTP_PORT = 25
REPLY_LIMIT = 16 * 1024  # bytes of one reply; RFC 5321 s4.5.3.1.5 allows 512 a line, EHLO answers have some twenty
GREETING_SHOWN = 200  # characters of the greeting kept
QUIT_TIMEOUT = 1.0  # seconds; the look is over, QUIT is manners
VALIDATION = "validation-failure"
NO_STARTTLS = "starttls-not-supported"

_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)


async def probe_mx(host: str, address: str, network: Network, *, timeout: float) -> MxProbe:  # noqa: ASYNC109 - a budget with a result at its end
    """What `host` at `address` does, within `timeout` seconds. Raises CannotLook only when there are no CAs here."""
    look = _Conversation(host, address, network, MxProbe(host, address, LookOutcome.FAILED))
    what = f"{host} [{address}]"
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout):
            await look.run()
    except TimeoutError:
        code = "connect-timeout" if not look.seen.connected else "too-slow"
        look.note(LookOutcome.FAILED, Trouble(code, f"no answer within {timeout:g} s ({look.step})", VALIDATION))
    except _OutOfStep as error:
        look.note(error.outcome, error.trouble)
    except OSError as error:
        look.note(*connection_trouble(error, what, VALIDATION))
    except ValueError:
        look.note(LookOutcome.FAILED, Trouble("bad-name", f"{host} is not a name that TLS can carry", VALIDATION))
    return replace(look.seen, seconds=time.monotonic() - started)


class _OutOfStep(Exception):  # noqa: N818 - the server's, not ours
    """The conversation cannot go on."""

    def __init__(self, outcome: LookOutcome, code: str, text: str, result_type: str = "") -> None:
        super().__init__(text)
        self.outcome = outcome
        self.trouble = Trouble(code, text, result_type)


@dataclass(slots=True)
class _Conversation:
    """One probe under way: what is seen so far, and the step it is at."""

    host: str
    address: str
    network: Network
    seen: MxProbe
    step: str = "connecting"

    def note(self, outcome: LookOutcome, trouble: Trouble) -> None:
        self.seen = replace(self.seen, outcome=outcome, problems=(*self.seen.problems, trouble))

    async def run(self) -> None:
        context = tls.verifying(self.network.ca_file)
        async with await self._start() as stream:
            self.step = "TLS handshake"
            shake = await tls.shake(stream, self.host, context, self._start, "mx")
            outcome = LookOutcome.FAILED if shake.problems else LookOutcome.OK
            self.seen = replace(
                self.seen,
                outcome=outcome,
                problems=shake.problems,
                tls_version=shake.version,
                certificate=shake.certificate,
                chain=shake.chain,
            )
            if stream.tls is not None:
                with contextlib.suppress(OSError):
                    async with asyncio.timeout(QUIT_TIMEOUT):
                        await stream.write(b"QUIT\r\n")
                        await stream.read()

    async def _start(self) -> Stream:
        """A connection on which the server has just agreed to STARTTLS."""
        self.step = "connecting"
        stream = await Stream.connect(*self.network.outside(self.host, self.address, SMTP_PORT))
        try:
            self.seen = replace(self.seen, connected=True)
            await self._talk(_Replies(stream))
        except BaseException:
            with contextlib.suppress(OSError):
                # Without waiting: a full socket buffer is no reason to stay.
                stream.send_now(b"QUIT\r\n")
            stream.close()
            raise
        return stream

    async def _talk(self, replies: "_Replies") -> None:
        self.step = "greeting"
        code, lines = await replies.read()
        self.seen = replace(self.seen, greeting=lines[0][:GREETING_SHOWN])
        if code != 220:
            # Often a block list or a rate limit against this client: nothing is learned of the host's TLS.
            raise _OutOfStep(
                LookOutcome.UNREACHABLE, "smtp-not-ready", f"does not serve this client: {code} {lines[0]}"
            )
        self.step = "EHLO"
        code, lines = await replies.ask(f"EHLO {_our_name(replies.stream)}")
        if code in (500, 502, 504):
            self.seen = replace(self.seen, starttls=False)
            raise _OutOfStep(
                LookOutcome.FAILED, NO_STARTTLS, f"does not know EHLO ({code}), so no STARTTLS", NO_STARTTLS
            )
        if code != 250:
            raise _OutOfStep(LookOutcome.UNREACHABLE, "smtp-not-ready", f"refuses our EHLO: {code} {lines[0]}")
        offered = any(line.split(" ")[0].upper() == "STARTTLS" for line in lines[1:])
        self.seen = replace(self.seen, starttls=offered)
        if not offered:
            raise _OutOfStep(LookOutcome.FAILED, NO_STARTTLS, "does not offer STARTTLS", NO_STARTTLS)
        self.step = "STARTTLS"
        code, lines = await replies.ask("STARTTLS")
        if code != 220:
            text = f"offers STARTTLS but refuses it: {code} {lines[0]}"
            raise _OutOfStep(LookOutcome.FAILED, "starttls-refused", text, NO_STARTTLS)
        if replies.left_over:
            text = "sent more in clear text after agreeing to STARTTLS: an injection, or a broken server"
            raise _OutOfStep(LookOutcome.FAILED, "starttls-injection", text, VALIDATION)


class _Replies:
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
        """Code and lines of one reply, as Latin-1. Raises _OutOfStep for what is no SMTP, OSError at the end."""
        lines: list[str] = []
        size = 0
        while True:
            line = await self._line(REPLY_LIMIT - size)
            size += len(line) + 1
            match = _REPLY_LINE.fullmatch(line.rstrip(b"\r"))
            if match is None:
                raise _OutOfStep(LookOutcome.FAILED, "smtp-garbage", "what it sent is not SMTP", VALIDATION)
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
            raise _OutOfStep(LookOutcome.FAILED, "smtp-garbage", f"a reply longer than {REPLY_LIMIT} bytes", VALIDATION)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line


def _our_name(stream: Stream) -> str:
    """This host's full name if it has one, else the address literal that RFC 5321 s4.1.4 asks for."""
    name = socket.gethostname()
    if "." in name and is_domain(name):
        return name
    address = stream.local_address()
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
