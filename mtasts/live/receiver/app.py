"""The ASGI app: POST takes a report, GET /health says whether it could.

What could be kept is kept and answered 2xx, and judged later: the reporter that most Postfix servers use takes every
answer for "delivered" and never posts again. 201 stored, 200 known already, 202 kept in quarantine (no report that can
be read, no domain, not of a domain that is taken, too many posts). 400 an empty body, 404 another path, 405 another
method, 408 too slow, 413 too large to keep, 503 the disk did not take it. 2xx are sent only after the disk has it.
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
from mtasts.live.intake import Intake
from mtasts.live.receiver.quarantine import POSTED
from mtasts.live.receiver.rates import Rates, network
from mtasts.live.receiver.writer import Kept, Post, Writer
from mtasts.live.store import Added
from mtasts.protocol.names import same_name
from mtasts.protocol.report import REPORT_BYTES_LIMIT
from mtasts.render.escape import shorten, terminal
from mtasts.reports.filing import file_under

# All bodies being received at one time; beyond it the others wait, so memory stays bounded.
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
        self._intake = Intake(domain=next(iter(self._domains)) if len(self._domains) == 1 else "")
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
        refused = self._refuse_unread(request)
        if refused is None:
            found = await self._take(request, peer)
            if isinstance(found, Response):
                return found
            refused = found
        self._log(f"{refused.status} {terminal(shorten(peer, 64))} {terminal(refused.reason)}")
        return await self._refusal(request, refused)

    def _refuse_unread(self, request: Request) -> _No | None:
        """What can be refused by the head of the request alone."""
        if self._path and request.url.path.rstrip("/") != self._path.rstrip("/"):
            return _No(404, "no such path", close=True)
        if request.method != "POST":
            return _No(405, "reports are posted", close=True)
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > self._limits.body_bytes:
            return self._too_large()
        return None

    async def _take(self, request: Request, peer: str) -> Response | _No:
        delay = self._rates.delay(peer, time.monotonic())
        await asyncio.sleep(delay or 0)
        body = bytearray()
        try:
            refused = await self._read(request, body)
            if refused is not None:
                return refused
            if not body.strip():
                return _No(400, "the body is empty")
            source = f"{POSTED}{network(peer)}"
            post = await asyncio.to_thread(self._judge, bytes(body), source, flooding=delay is None)
        finally:
            self._held -= len(body)
        try:
            outcomes = await self._writer.put(post)
        except CannotLook as error:
            self._log(f"503 {terminal(error.message)}")
            return _No(503, "the report could not be kept, try again later", retry_after=300)
        return self._kept(peer, post, outcomes)

    def _kept(self, peer: str, post: Post, outcomes: list[Added]) -> Response:
        stored = len(outcomes) - outcomes.count(Added.DUPLICATE)
        status, words = (201, "stored") if stored else (200, "known already")
        who = post.incomings[0].submitter if post.incomings else ""
        if not post.incomings and post.kept:
            status, words = 202, f"kept, and not counted: {post.kept.reason}"
            who = post.kept.reason
        self._log(f"{status} {terminal(shorten(peer, 64))} {terminal(shorten(who, _REASON_LIMIT))}")
        return _said(status, words)

    async def _read(self, request: Request, body: bytearray) -> _No | None:
        """Fill `body`, within the limits."""
        late = f"the body took more than {self._limits.body_seconds:g} s"
        status = 408
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for chunk in request.stream():
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > self._limits.body_bytes:
                        return self._too_large()
                    while self._held > _HELD_LIMIT:
                        status, late = 503, "too much came at once"
                        await asyncio.sleep(0.05)
                    status, late = 408, f"the body took more than {self._limits.body_seconds:g} s"
        except TimeoutError:
            return _No(status, late, retry_after=60 if status == 503 else 0, close=True)
        return None

    def _judge(self, body: bytes, source: str, *, flooding: bool) -> Post:
        """What of a post is to be kept, and how; in a thread. Nothing is written."""
        if flooding:
            return Post((), Kept(body, source, f"more than {self._limits.a_minute} posts a minute of one peer"))
        prepared = self._intake.posted(body, source, datetime.now(UTC))
        wanted = prepared.incomings
        reason = shorten("; ".join(reason for _, reason in prepared.refusals), _REASON_LIMIT)
        if self._domains:
            wanted = [one for one in wanted if self._domains & file_under(one.report, one.hint).keys()]
            if len(wanted) < len(prepared.incomings):
                reason = reason or "the report is about no domain that is taken here"
        return Post(wanted, Kept(body, source, reason) if reason else None)

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
