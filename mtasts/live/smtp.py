"""One conversation with one address of an MX host: greeting, EHLO, STARTTLS, handshake, QUIT. Never sends mail.

Judged as RFC 8461 s4.2 says: STARTTLS offered, chain trusted and unexpired, SAN DNS-ID for the name in the MX record,
which is also the SNI. Bounded in lines, bytes and time, whatever the other side sends.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace

from mtasts.live import tls
from mtasts.live.network import Network
from mtasts.live.reach import connection_trouble
from mtasts.live.smtp_replies import VALIDATION, OutOfStep, Replies, our_name
from mtasts.live.stream import Stream
from mtasts.verify.model import LookOutcome, MxProbe, Trouble

SMTP_PORT = 25
GREETING_SHOWN = 200  # characters of the greeting kept
QUIT_TIMEOUT = 1.0  # seconds; the look is over, QUIT is manners
NO_STARTTLS = "starttls-not-supported"


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
    except OutOfStep as error:
        look.note(error.outcome, error.trouble)
    except OSError as error:
        look.note(*connection_trouble(error, what, VALIDATION))
    except ValueError:
        look.note(LookOutcome.FAILED, Trouble("bad-name", f"{host} is not a name that TLS can carry", VALIDATION))
    return replace(look.seen, seconds=time.monotonic() - started)


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
            await self._talk(Replies(stream))
        except BaseException:
            with contextlib.suppress(OSError):
                # Without waiting: a full socket buffer is no reason to stay.
                stream.send_now(b"QUIT\r\n")
            stream.close()
            raise
        return stream

    async def _talk(self, replies: Replies) -> None:
        self.step = "greeting"
        code, lines = await replies.read()
        self.seen = replace(self.seen, greeting=lines[0][:GREETING_SHOWN])
        if code != 220:
            # Often a block list or a rate limit against this client: nothing is learned of the host's TLS.
            raise OutOfStep(LookOutcome.UNREACHABLE, "smtp-not-ready", f"does not serve this client: {code} {lines[0]}")
        self.step = "EHLO"
        code, lines = await replies.ask(f"EHLO {our_name(replies.stream)}")
        if code in (500, 502, 504):
            self.seen = replace(self.seen, starttls=False)
            raise OutOfStep(
                LookOutcome.FAILED, NO_STARTTLS, f"does not know EHLO ({code}), so no STARTTLS", NO_STARTTLS
            )
        if code != 250:
            raise OutOfStep(LookOutcome.UNREACHABLE, "smtp-not-ready", f"refuses our EHLO: {code} {lines[0]}")
        offered = any(line.split(" ")[0].upper() == "STARTTLS" for line in lines[1:])
        self.seen = replace(self.seen, starttls=offered)
        if not offered:
            raise OutOfStep(LookOutcome.FAILED, NO_STARTTLS, "does not offer STARTTLS", NO_STARTTLS)
        self.step = "STARTTLS"
        code, lines = await replies.ask("STARTTLS")
        if code != 220:
            text = f"offers STARTTLS but refuses it: {code} {lines[0]}"
            raise OutOfStep(LookOutcome.FAILED, "starttls-refused", text, NO_STARTTLS)
        if replies.left_over:
            text = "sent more in clear text after agreeing to STARTTLS: an injection, or a broken server"
            raise OutOfStep(LookOutcome.FAILED, "starttls-injection", text, VALIDATION)
