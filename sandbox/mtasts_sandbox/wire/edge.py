"""The HTTPS edge: TLS by SNI, HTTP/1.1 with keep-alive, bounded in every direction, faults included."""

import asyncio
import errno
import ssl

from mtasts_sandbox.authority import Authority
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.wire.contexts import Contexts, minimum_version
from mtasts_sandbox.wire.delivery import Delivery, error, now
from mtasts_sandbox.wire.http import HEAD_LIMIT, BadRequest, Request, Response, read_head, render
from mtasts_sandbox.wire.listener import Listener, open_or_explain
from mtasts_sandbox.wire.stream import Buffered, PlainStream, TlsStream, TooLong
from mtasts_sandbox.world import Site, World

_CONNECTIONS = 1024
_HANDSHAKE = 10.0  # seconds
_IDLE = 15.0  # seconds between requests, and for one head to arrive
_SEND = 60.0  # seconds for a client to take an answer
_PORT_TRIES = 20
_REQUESTS = 1000  # a connection, then it is closed
# CloudFront shows its own certificate for the names it gives to distributions.
_OWN_NAMES = ".cloudfront.net"


class Edge:
    """The running edge; it serves on 127.0.0.1 and ::1 at the same port."""

    def __init__(self, world: World, faults: Faults, authority: Authority, delivery: Delivery) -> None:
        self._world = world
        self._faults = faults
        self._authority = authority
        self._delivery = delivery
        self._contexts = Contexts()
        self._issued: dict[str, tuple[str, str]] = {}
        self._listeners: list[Listener] = []
        self._switching = asyncio.Lock()
        self._switches: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self, port: int) -> None:
        """Listen. Raises CannotLook when the port cannot be had on 127.0.0.1; ::1 is used where it can."""
        for last in range(1, _PORT_TRIES + 1):
            first = Listener("127.0.0.1", port, self._connection, limit=_CONNECTIONS)
            await open_or_explain(first, "HTTPS edge")
            second = Listener("::1", first.port, self._connection, limit=_CONNECTIONS)
            try:
                await second.open()
            except OSError as error:
                await second.close()
                if error.errno == errno.EADDRINUSE and not port and last < _PORT_TRIES:
                    await first.close()  # taken there by somebody else: clients would meet them
                    continue
                self._listeners = [first]  # no IPv6 on this machine's loopback
            else:
                self._listeners = [first, second]
            self.port = first.port
            return

    def faults_changed(self) -> None:
        """Refuse connections, or take them again, as the fault `edge-down` now says."""
        task = asyncio.get_running_loop().create_task(self._switch())
        self._switches.add(task)
        task.add_done_callback(self._switches.discard)

    async def settled(self) -> None:
        """Wait until what `faults_changed` began is done."""
        if self._switches:
            await asyncio.wait(list(self._switches))

    async def _switch(self) -> None:
        async with self._switching:
            for listener in self._listeners:
                await (listener.refuse() if self._faults.on("edge-down") else listener.accept())

    async def close(self) -> None:
        """Stop for good."""
        async with self._switching:
            for listener in self._listeners:
                await listener.close()
            self._listeners.clear()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        plain = PlainStream(reader, writer)
        tls = TlsStream(plain)
        try:
            async with asyncio.timeout(_HANDSHAKE):
                sni = await tls.handshake(self._context)
        except TooLong:
            return
        if self._faults.on("edge-down", sni or "*"):
            plain.abort()
            return
        buffered = Buffered(tls)
        for served in range(1, _REQUESTS + 1):
            if not await self._exchange(buffered, tls, sni, last=served == _REQUESTS):
                break
        await tls.end()

    async def _exchange(self, buffered: Buffered, tls: TlsStream, sni: str | None, *, last: bool) -> bool:
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
            await self._wait(request.host)
            response = self._delivery.respond(request, sni)
        keep = request is not None and request.keep_alive and not request.has_body and not last
        head_only = request is not None and request.method == "HEAD"
        await self._send(tls, response, sni or "*", keep_alive=keep, head_only=head_only)
        return keep

    async def _wait(self, host: str) -> None:
        seconds = self._faults.value("slow", host)
        if seconds is not None:
            await asyncio.sleep(seconds)

    async def _send(self, tls: TlsStream, response: Response, host: str, *, keep_alive: bool, head_only: bool) -> None:
        octets = render(response, date=now(), keep_alive=keep_alive, head_only=head_only)
        seconds = self._faults.value("drip", host)
        if seconds is None:
            async with asyncio.timeout(_SEND):
                await tls.send(octets)
            return
        for at in range(len(octets)):
            await tls.send(octets[at : at + 1])
            await asyncio.sleep(seconds)

    def _context(self, sni: str | None) -> ssl.SSLContext | None:
        site = self._world.site(sni) if sni else None
        if sni is None or site is None or not site.enabled:
            return None
        certificate = self._certificate(site, sni)
        if certificate is None:
            return None
        try:
            return self._contexts.get(*certificate, minimum_version(site.minimum_tls))
        except (ssl.SSLError, ValueError, OSError):
            return None  # a certificate that cannot be used is one that is not there

    def _certificate(self, site: Site, host: str) -> tuple[str, str] | None:
        if self._faults.on("wrong-certificate", host):
            return self._own("wrong", ["somewhere-else.example"])
        if self._faults.on("expired-certificate", host):
            return self._own(f"expired {host}", [host], expired=True)
        if site.certificate_pem is not None and site.key_pem is not None:
            return site.certificate_pem, site.key_pem
        if host.endswith(_OWN_NAMES):
            return self._own("cloudfront", [f"*{_OWN_NAMES}"])
        return None

    def _own(self, what: str, names: list[str], *, expired: bool = False) -> tuple[str, str]:
        if what not in self._issued:
            self._issued[what] = self._authority.issue(names, expired=expired)
        return self._issued[what]
