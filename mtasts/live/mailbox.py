"""Asks a mail server whether it takes mail for one address, up to RCPT (RFC 5321 s3.3). Never sends mail.

The answer to RCPT is only what this server says to this client: a server may take everything and refuse later, and many
refuse a client that they do not know.
"""

import asyncio
import re
from dataclasses import dataclass

from mtasts.live import tls
from mtasts.live.network import Network
from mtasts.live.reach import connection_trouble
from mtasts.live.smtp import SMTP_PORT
from mtasts.live.smtp_replies import OutOfStep, Replies, our_name
from mtasts.live.stream import Stream
from mtasts.verify.model import LookOutcome

# RFC 5321 s4.1.2, Dot-string: what every server reads in the same way.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
# RFC 3463: X.1.1 bad mailbox, X.1.2 bad domain, X.1.3 bad syntax, X.1.6 moved, X.1.10 null MX, X.2.1 disabled.
_OF_THE_BOX = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")


@dataclass(frozen=True, slots=True)
class BoxLook:
    """What a server says of an address. FAILED: it has no such mailbox; UNREACHABLE: nobody said so or the contrary."""

    outcome: LookOutcome
    text: str


def readable(mailbox: str) -> bool:
    """Whether the local part of `LOCAL@DOMAIN` is one that can be asked for without quotes."""
    return _LOCAL.fullmatch(mailbox.rpartition("@")[0]) is not None


async def ask_mailbox(mailbox: str, host: str, address: str, network: Network, *, timeout: float) -> BoxLook:  # noqa: ASYNC109 - a budget with a result at its end
    """What `host` at `address` says to RCPT TO:<mailbox>, within `timeout` seconds. `mailbox` is `readable`, ASCII."""
    what = f"{host} [{address}]"
    try:
        async with asyncio.timeout(timeout):
            return await _converse(mailbox, host, address, network)
    except TimeoutError:
        return BoxLook(LookOutcome.UNREACHABLE, f"{what} gives no answer within {timeout:g} s")
    except OutOfStep as error:
        return BoxLook(LookOutcome.UNREACHABLE, f"{what}: {error}")
    except ValueError:
        return BoxLook(LookOutcome.UNREACHABLE, f"{host} is not a name that TLS can carry")
    except OSError as error:
        return BoxLook(LookOutcome.UNREACHABLE, connection_trouble(error, what, "")[1].text)


async def _converse(mailbox: str, host: str, address: str, network: Network) -> BoxLook:
    async with await Stream.connect(*network.outside(host, address, SMTP_PORT)) as stream:
        replies = Replies(stream)
        await _expect(replies, None, 220)
        offers = await _expect(replies, f"EHLO {our_name(stream)}", 250)
        if any(line.split(" ")[0].upper() == "STARTTLS" for line in offers[1:]):
            # Its certificate is `verify`'s matter; some servers take no command before TLS.
            await _expect(replies, "STARTTLS", 220)
            await stream.start_tls(tls.looking(), host)
            replies = Replies(stream)  # what was said in clear text does not count any more (RFC 3207 s6)
            await _expect(replies, f"EHLO {our_name(stream)}", 250)
        # The null sender (RFC 5321 s4.5.5): nobody gets a bounce of this.
        await _expect(replies, "MAIL FROM:<>", 250)
        code, lines = await replies.ask(f"RCPT TO:<{mailbox}>")
        await stream.write(b"QUIT\r\n")
    said = f"{code} {lines[0]}"
    if code in (250, 251):
        return BoxLook(LookOutcome.OK, f"{host} takes mail for it")
    # Without such a code 550 may as well be meant for this client (RFC 5321 s4.2.2: "or for policy reasons").
    if code >= 500 and _OF_THE_BOX.match(lines[0]):
        return BoxLook(LookOutcome.FAILED, f"{host} takes no mail for it: {said}")
    return BoxLook(LookOutcome.UNREACHABLE, f"{host} does not say whether it takes mail for it: {said}")


async def _expect(replies: Replies, command: str | None, wanted: int) -> list[str]:
    code, lines = await (replies.read() if command is None else replies.ask(command))
    if code != wanted:
        what = (command or "greeting").split(" ")[0]
        raise OutOfStep(LookOutcome.UNREACHABLE, "smtp-not-ready", f"answers {what} with {code} {lines[0]}")
    return lines
