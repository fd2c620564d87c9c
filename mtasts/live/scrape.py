"""A page to be scraped: GET /metrics, made anew for each question."""

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mtasts.errors import CannotLook
from mtasts.render.reports.metrics import CONTENT_TYPE


def scrape_app(make: Callable[[], str]) -> Starlette:
    """An ASGI app that answers with what `make` returns; 503 and one line when it cannot look.

    One text is made at a time, however many ask.
    """
    one_at_a_time = asyncio.Lock()

    async def metrics(_: Request) -> Response:
        try:
            async with one_at_a_time:
                text = await asyncio.to_thread(make)
        except CannotLook as error:
            return PlainTextResponse(f"{error.message}\n", status_code=503)
        return Response(text, media_type=CONTENT_TYPE)

    return Starlette(routes=[Route("/metrics", metrics)])
