"""The two servers about reports, which need the extra `receiver`: for what is posted, and for metrics."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mtasts.app.reports.metrics import metrics_text
from mtasts.app.reports.query import Query, ask
from mtasts.errors import CannotLook
from mtasts.live.receiver.app import Limits, Receiver
from mtasts.live.receiver.server import serve
from mtasts.live.receiver.writer import Writer
from mtasts.live.store import open_store
from mtasts.render.reports.metrics import CONTENT_TYPE

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReceiveRequest:
    """Where reports are taken and kept: posts at `path` only ("" for any), about `domains` only (none: about any).

    `a_minute` is how many posts one peer may send in a minute, `proxies` whose X-Forwarded-For is believed.
    """

    store: str
    host: str
    port: int
    path: str = ""
    domains: frozenset[str] = frozenset()
    a_minute: int = 600
    proxies: str = "127.0.0.1,::1"


def receive(request: ReceiveRequest, announce: Tell, log: Tell) -> None:
    """Take what is posted until SIGINT or SIGTERM. `announce` is told the URL, `log` a line a post.

    Raises CannotLook if the store cannot be opened or the address cannot be listened at.
    """
    writer = Writer(lambda: open_store(request.store, create=True), log=log)
    writer.start()
    receiver = Receiver(writer, Limits(a_minute=request.a_minute), path=request.path, domains=request.domains, log=log)
    try:
        serve(receiver, request.host, request.port, announce=announce, proxies=request.proxies)
    finally:
        writer.stop()


def serve_metrics(query: Query, host: str, port: int, announce: Tell, clock: Callable[[], datetime]) -> None:
    """Answer GET /metrics with a new text each time, until SIGINT or SIGTERM. Raises CannotLook, as `receive` does."""
    with ask(query, clock().date()):
        pass  # says at once if there is nothing to serve from
    serve(_page(lambda: metrics_text(query, clock())), host, port, announce=announce)


def _page(make: Callable[[], str]) -> Starlette:
    """Answers with what `make` returns; 503 and one line when it cannot look. One text is made at a time."""
    one_at_a_time = asyncio.Lock()

    async def metrics(_: Request) -> Response:
        try:
            async with one_at_a_time:
                text = await asyncio.to_thread(make)
        except CannotLook as error:
            return PlainTextResponse(f"{error.message}\n", status_code=503)
        return Response(text, media_type=CONTENT_TYPE)

    return Starlette(routes=[Route("/metrics", metrics)])
