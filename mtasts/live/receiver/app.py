"""The ASGI app: POST takes a report, GET /health says whether it could.

Answers: 201 stored, 200 known already, 400 no report in it, 404 another path, 405 another method, 408 too slow,
413 too large, 415 another type, 429 too often, 503 not now. 201 and 200 are sent only after the disk has it
(RFC 8460 s5.4: other codes may be tried again). What is refused is not kept: the sender still has it, and strangers
must not fill the disk.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from mtasts.errors import CannotLook
from mtasts.evidence.entries import same_name
from mtasts.evidence.filing import file_under
from mtasts.live.intake import Intake, Prepared
from mtasts.live.receiver.rates import Rates
from mtasts.live.receiver.writer import Writer
from mtasts.live.store import Incoming, Outcome
from mtasts.protocol.report import REPORT_BYTES_LIMIT
from mtasts.protocol.report_unpack import GZIP, ZIP, CannotUnpack, TooLarge, unpack
from mtasts.render.escape import shorten, terminal

# RFC 8460 s6.4 and s6.5 register the first two; the others are what posting libraries set when nobody tells them.
MEDIA_TYPES = frozenset(
    {
        "application/tlsrpt+json",
        "application/tlsrpt+gzip",
        "application/json",
        "application/gzip",
        "application/x-gzip",
    }
)
_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip"})

# All bodies being received at one time; beyond it peers are asked to come back, so memory stays bounded.
_HELD_LIMIT = 128 * 1024 * 1024

_REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What one post may cost: bytes as sent, seconds until the whole body is there, posts a minute of one peer."""

    body_bytes: int = REPORT_BYTES_LIMIT
    body_seconds: float = 30.0
    a_minute: int = 600


@dataclass(frozen=True, slots=True)
class _No:
    """A refusal; `close` where the rest of the request may not have been read."""

    status: int
    reason: str
    retry_after: int = 0
    close: bool = False


class Receiver:
    """The app. `path` is the only one that takes posts, "" for any; `domains` those taken, empty for all."""

    def __init__(
        self,
        writer: Writer,
        limits: Limits,
        *,
        path: str = "",
        domains: frozenset[str] = frozenset(),
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._writer = writer
        self._limits = limits
        self._path = path
        self._domains = frozenset(same_name(domain) for domain in domains)
        self._log = log
        self._rates = Rates(limits.a_minute)
        self._intake = Intake()
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.url.path == "/health" and request.method in ("GET", "HEAD"):
            return _said(200, "ok") if self._writer.working else _said(503, "the writer has ended")
        peer = request.client.host if request.client else ""
        refused = self._refuse_unread(request, peer)
        if refused is None:
            found = await self._take(request, peer)
            if isinstance(found, Response):
                return found
            refused = found
        self._log(f"{refused.status} {terminal(shorten(peer, 64))} {terminal(refused.reason)}")
        return await self._refusal(request, refused)

    def _refuse_unread(self, request: Request, peer: str) -> _No | None:
        """What can be refused by the head of the request alone."""
        if self._path and request.url.path != self._path:
            return _No(404, "no such path", close=True)
        if request.method != "POST":
            return _No(405, "reports are posted", close=True)
        seconds = self._rates.wait(peer, time.monotonic())
        if seconds:
            return _No(429, "too many posts from this peer", retry_after=seconds, close=True)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in MEDIA_TYPES:
            return _No(415, "the media type is application/tlsrpt+json or application/tlsrpt+gzip", close=True)
        if request.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            return _No(415, "the only content encoding is gzip", close=True)
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > self._limits.body_bytes:
            return self._too_large()
        return None

    async def _take(self, request: Request, peer: str) -> Response | _No:
        body = bytearray()
        try:
            refused = await self._read(request, body)
            if refused is not None:
                return refused
            prepared = await asyncio.to_thread(self._prepare, bytes(body), f"https:{peer[:64]}")
        finally:
            self._held -= len(body)
        if isinstance(prepared, _No):
            return prepared
        try:
            outcomes = await self._writer.put(prepared)
        except CannotLook as error:
            self._log(f"503 {terminal(error.message)}")
            return _No(503, "the report could not be kept, try again later", retry_after=300)
        stored = len(outcomes) - outcomes.count(Outcome.DUPLICATE)
        status = 201 if stored else 200
        self._log(f"{status} {terminal(shorten(peer, 64))} {terminal(shorten(prepared[0].submitter, 80))}")
        return _said(status, "stored" if stored else "known already")

    async def _read(self, request: Request, body: bytearray) -> _No | None:
        """Fill `body`, within the limits."""
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for chunk in request.stream():
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > self._limits.body_bytes:
                        return self._too_large()
                    if self._held > _HELD_LIMIT:
                        return _No(503, "too much at once, try again later", retry_after=60, close=True)
        except TimeoutError:
            return _No(408, f"the body took more than {self._limits.body_seconds:g} s", close=True)
        return None

    def _prepare(self, body: bytes, source: str) -> list[Incoming] | _No:
        """Read the report, in a thread. Nothing is written."""
        if body.startswith((GZIP, ZIP)):
            try:
                unpack(body)
            except TooLarge as error:
                return _No(413, f"the body {error}")
            except CannotUnpack as error:
                return _No(400, f"the body {error}")
        prepared: Prepared = self._intake.posted(body, source, datetime.now(UTC))
        if not prepared.incomings:
            reason = prepared.refusals[0][1] if prepared.refusals else "holds no report"
            return _No(400, f"no report: {shorten(reason, _REASON_LIMIT)}")
        if self._domains:
            wanted = [i for i in prepared.incomings if self._domains & file_under(i.report, i.hint).keys()]
            return wanted or _No(400, "the report is about no domain that is taken here")
        return prepared.incomings

    def _too_large(self) -> _No:
        return _No(413, f"more than {self._limits.body_bytes} bytes", close=True)

    async def _refusal(self, request: Request, refused: _No) -> Response:
        headers = {}
        if refused.status == 405:
            headers["Allow"] = "POST"
        if refused.retry_after:
            headers["Retry-After"] = str(refused.retry_after)
        if refused.close:
            headers["Connection"] = "close"
            await self._drain(request)
        return _said(refused.status, refused.reason, headers)

    async def _drain(self, request: Request) -> None:
        """Read a little of what is still coming: a peer in the middle of sending would else not see the answer."""
        left = 4 * self._limits.body_bytes
        try:
            async with asyncio.timeout(min(5.0, self._limits.body_seconds)):
                while left > 0:
                    message = await request.receive()
                    if message["type"] != "http.request" or not message.get("more_body"):
                        return
                    left -= len(message.get("body", b""))
        except TimeoutError:
            return


def _said(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    safe = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return PlainTextResponse(terminal(words) + "\n", status_code=status, headers=safe)
