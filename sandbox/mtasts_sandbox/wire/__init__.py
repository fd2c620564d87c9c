"""The wire half of the sandbox: what clients on loopback meet, served from a `World`.

`serve` starts the DNS server, the HTTPS edge and the mail servers; everything runs on the caller's event loop.
"""

from collections.abc import Callable
from pathlib import Path

from mtasts_sandbox.authority import Authority
from mtasts_sandbox.events import EventLog
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.wire.cloudflare_edge import CloudflareEdge
from mtasts_sandbox.wire.delivery import EDGE_KINDS
from mtasts_sandbox.wire.dns import DnsServer
from mtasts_sandbox.wire.edge import Edge
from mtasts_sandbox.wire.mail import MAIL_KINDS, MailServers
from mtasts_sandbox.wire.visible import Visible
from mtasts_sandbox.wire.web import WebServers
from mtasts_sandbox.world import WORKERS_IPV4, Change, Ports, World


class Wire:
    """The running servers. `ports` are the real ones; `mail` and `web` add and remove servers of others."""

    def __init__(
        self,
        dns: DnsServer,
        edges: tuple[Edge, CloudflareEdge],
        mail: MailServers,
        web: WebServers,
        visible: Visible,
        stop: Callable[[], None],
    ) -> None:
        self._dns = dns
        self._edge, self._cloudflare = edges
        self._visible = visible
        self._stop = stop
        self.mail = mail
        self.web = web
        self.ports = Ports(dns=dns.port, https=self._edge.port, smtp=mail.port)

    async def settled(self) -> None:
        """Wait until the faults set or cleared so far hold: until connections are refused, or taken again."""
        await self._edge.settled()
        await self.mail.settled()

    async def close(self) -> None:
        """Stop every server. Nothing is logged after this."""
        self._stop()
        self._visible.close()
        await self._dns.close()
        await self._edge.close()
        await self._cloudflare.close()
        await self.web.close()
        await self.mail.close()


async def serve(world: World, events: EventLog, faults: Faults, ports: Ports, state_dir: Path) -> Wire:
    """Start everything on loopback. Raises CannotLook that names the port which cannot be had.

    Faults of the edge and the mail servers are made known to `faults`; mail and web servers of an earlier run start
    again.
    """
    known = faults.kinds
    faults.register(kind for kind in (*EDGE_KINDS, *MAIL_KINDS) if kind.name not in known)
    authority = Authority.open(state_dir)
    visible = Visible(world, faults, events)
    dns = DnsServer(world)
    edge = Edge(world, faults, authority, visible.delivery)
    mail = MailServers(faults, authority, state_dir)
    cloudflare = CloudflareEdge(world, faults, authority, WORKERS_IPV4)
    web = WebServers(faults, authority, events, state_dir)
    try:
        await dns.start(ports.dns)
        await edge.start(ports.https)
        await cloudflare.start(edge.port)
        await web.start(edge.port)
        await mail.start(ports.smtp)
    except BaseException:
        visible.close()
        await dns.close()
        await edge.close()
        await cloudflare.close()
        await web.close()
        await mail.close()
        raise
    visible.catch_up()
    stopped = False

    def changed(change: Change) -> None:
        if not stopped:
            visible.changed(change)

    def faults_changed() -> None:
        if not stopped:
            edge.faults_changed()
            mail.faults_changed()
            visible.faults_changed()

    unsubscribe = world.subscribe(changed)
    faults.watch(faults_changed)

    def stop() -> None:
        nonlocal stopped
        stopped = True  # `faults` has no way to stop watching
        unsubscribe()

    return Wire(dns, (edge, cloudflare), mail, web, visible, stop)
