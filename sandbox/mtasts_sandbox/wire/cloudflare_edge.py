"""Cloudflare's edge as far as Workers need it: a proxied name leads here, and the Worker of the host answers.

The certificate is the zone's, or that of a Workers custom domain; a host that no certificate covers ends the handshake.
"""

import asyncio
import ssl

from mtasts.protocol.mta_sts import WELL_KNOWN_PATH
from mtasts.protocol.names import covers
from mtasts_sandbox.authority import Authority
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.wire.contexts import Contexts
from mtasts_sandbox.wire.delivery import with_faults
from mtasts_sandbox.wire.http import Request, Response
from mtasts_sandbox.wire.https import converse
from mtasts_sandbox.wire.listener import Listener, open_or_explain
from mtasts_sandbox.wire.web import in_the_name_of, page
from mtasts_sandbox.world import World

_CONNECTIONS = 1024


class CloudflareEdge:
    """The running edge; its faults are those that are set for a Worker's script."""

    def __init__(self, world: World, faults: Faults, authority: Authority, address: str) -> None:
        self._world = world
        self._faults = faults
        self._authority = authority
        self._address = address
        self._contexts = Contexts()
        self._issued: dict[tuple[str, ...], tuple[str, str]] = {}
        self._listener: Listener | None = None

    async def start(self, port: int) -> None:
        """Listen at its own address. Raises CannotLook."""
        self._listener = Listener(self._address, port, self._connection, limit=_CONNECTIONS)
        await open_or_explain(self._listener, "Cloudflare edge")

    async def close(self) -> None:
        """Stop for good."""
        if self._listener is not None:
            await self._listener.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, self)

    def context(self, sni: str | None) -> ssl.SSLContext | None:
        """The certificate of the zone or of the custom domain."""
        worker = self._world.worker(sni) if sni else None
        if sni is None or worker is None or not any(covers(name, sni) for name in worker.certificate_names):
            return None
        names = worker.certificate_names
        if names not in self._issued:
            self._issued[names] = self._authority.issue(names)
        return self._contexts.get(*self._issued[names], ssl.TLSVersion.TLSv1_2)

    def respond(self, request: Request, sni: str | None) -> Response:
        """The Worker's policy at its path."""
        worker = self._world.worker(request.host)
        if worker is None or request.host != sni:
            return page(403)
        if request.method not in ("GET", "HEAD") or request.has_body or request.path != WELL_KNOWN_PATH:
            return page(404)
        found = with_faults(
            lambda kind: self._faults.set_for(kind, worker.script) is not None,
            request.host,
            lambda: Response(200, "OK", (("Content-Type", "text/plain; charset=utf-8"),), worker.policy),
        )
        return in_the_name_of("cloudflare", found)

    def fault(self, kind: str, host: str) -> float | None:
        """A fault that is set for the Worker of this host."""
        worker = self._world.worker(host)
        return self._faults.set_for(kind, worker.script) if worker is not None else None
