"""CloudFront's edge: the distributions' certificates by SNI and their answers, faults included."""

import asyncio
import errno
import ssl

from mtasts_sandbox.authority import Authority
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.wire.contexts import Contexts, minimum_version
from mtasts_sandbox.wire.delivery import Delivery
from mtasts_sandbox.wire.http import Request, Response
from mtasts_sandbox.wire.https import converse
from mtasts_sandbox.wire.listener import Listener, open_or_explain
from mtasts_sandbox.world import Site, World

_CONNECTIONS = 1024
_PORT_TRIES = 20
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
        await converse(reader, writer, self)

    def fault(self, kind: str, host: str) -> float | None:
        """The value of a fault as it holds for this host; None when it is off."""
        return self._faults.value(kind, host)

    def respond(self, request: Request, sni: str | None) -> Response:
        """What the host's distribution answers."""
        return self._delivery.respond(request, sni)

    def context(self, sni: str | None) -> ssl.SSLContext | None:
        """The certificate of the host's distribution; None where there is none to show."""
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
