"""One HTTPS connection: TLS by SNI, HTTP/1.1 with keep-alive, bounded in every direction, faults of speed included."""

import asyncio
import ssl
from typing import Protocol

from mtasts_sandbox.wire.delivery import error, now
from mtasts_sandbox.wire.http import HEAD_LIMIT, BadRequest, Request, Response, read_head, render
from mtasts_sandbox.wire.stream import Buffered, PlainStream, TlsStream, TooLong

_HANDSHAKE = 10.0  # seconds
_IDLE = 15.0  # seconds between requests, and for one head to arrive
_SEND = 60.0  # seconds for a client to take an answer
_REQUESTS = 1000  # a connection, then it is closed


class Hosting(Protocol):
    """Who answers: which certificate it shows and what it says."""

    def context(self, sni: str | None) -> ssl.SSLContext | None:
        """The TLS context for this name; None ends the handshake with the alert `unrecognized_name`."""
        ...

    def respond(self, request: Request, sni: str | None) -> Response:
        """The answer to one request on a connection that was made for `sni`."""
        ...

    def fault(self, kind: str, host: str) -> float | None:
        """The value of a fault as it holds for this host ("*": none was named); None when it is off."""
        ...


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hosting: Hosting) -> None:
    """Answer everything that one client asks. Raises the errors of its connection."""
    plain = PlainStream(reader, writer)
    tls = TlsStream(plain)
    try:
        async with asyncio.timeout(_HANDSHAKE):
            sni = await tls.handshake(hosting.context)
    except TooLong:
        return
    if hosting.fault("edge-down", sni or "*") is not None:
        plain.abort()
        return
    buffered = Buffered(tls)
    for served in range(1, _REQUESTS + 1):
        if not await _exchange(buffered, tls, sni, hosting, last=served == _REQUESTS):
            break
    await tls.end()


async def _exchange(buffered: Buffered, tls: TlsStream, sni: str | None, hosting: Hosting, *, last: bool) -> bool:
    """One request and its answer; False when the connection must end."""
    request: Request | None = None
    try:
        async with asyncio.timeout(_IDLE):
            request = read_head(await buffered.until(b"\r\n\r\n", HEAD_LIMIT))
    except TooLong:
        response = error(431)
    except BadRequest as bad:
        response = error(bad.status)
    else:
        seconds = hosting.fault("slow", request.host)
        if seconds is not None:
            await asyncio.sleep(seconds)
        response = hosting.respond(request, sni)
    keep = request is not None and request.keep_alive and not request.has_body and not last
    head_only = request is not None and request.method == "HEAD"
    octets = render(response, date=now(), keep_alive=keep, head_only=head_only)
    await _send(tls, octets, hosting.fault("drip", sni or "*"))
    return keep


async def _send(tls: TlsStream, octets: bytes, drip: float | None) -> None:
    if drip is None:
        async with asyncio.timeout(_SEND):
            await tls.send(octets)
        return
    for at in range(len(octets)):
        await tls.send(octets[at : at + 1])
        await asyncio.sleep(drip)
