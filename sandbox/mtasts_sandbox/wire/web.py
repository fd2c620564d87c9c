"""Web servers of others, such as a static-page host: each on a loopback address of its own, at the edge's port.

DNS decides who meets them: a policy host's CNAME leads to the server's name, whose A record is its address. A server
answers for the hosts that it was told, by SNI, with a certificate of the sandbox's authority; for every other host it
shows the certificate of its own name and answers 404, as such platforms do.
"""

import asyncio
import base64
import http
import ipaddress
import json
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mtasts.errors import CannotLook
from mtasts.protocol.mta_sts import WELL_KNOWN_PATH
from mtasts.protocol.names import BadName, to_a_labels
from mtasts_sandbox.authority import Authority
from mtasts_sandbox.events import EventLog, served
from mtasts_sandbox.faults import Faults
from mtasts_sandbox.wire.contexts import Contexts
from mtasts_sandbox.wire.delivery import with_faults
from mtasts_sandbox.wire.http import Request, Response
from mtasts_sandbox.wire.https import converse
from mtasts_sandbox.wire.listener import Listener, open_or_explain

STATE_FILE = "web.json"
_CONNECTIONS = 128  # a server
_SERVERS_LIMIT, _HOSTS_LIMIT = 1000, 1000
_POLICY_LIMIT = 512 * 1024  # bytes; a sender takes 64 KiB
# Below it are the addresses of the mail servers and of the edge.
_FIRST_ADDRESS = int(ipaddress.IPv4Address("127.0.64.1"))


@dataclass(frozen=True, slots=True)
class WebServer:
    """One web server: what it answers for `hosts` at the path of an MTA-STS policy."""

    name: str
    address: str
    hosts: tuple[str, ...]
    status: int  # of that answer; only a 200 has the policy as its body
    policy: bytes

    def told(self) -> dict[str, Any]:
        """As the event log shows it."""
        shown = served(self.policy) if self.status == 200 else {}
        return {"address": self.address, "hosts": list(self.hosts), "status": self.status, **shown}


class WebServers:
    """All of them; they come back after a restart."""

    def __init__(self, faults: Faults, authority: Authority, events: EventLog, state_dir: Path) -> None:
        self._faults = faults
        self._authority = authority
        self._events = events
        self._file = state_dir / STATE_FILE
        self._servers: dict[str, WebServer] = {}
        self._listeners: dict[str, Listener] = {}  # by the server's name
        self._contexts = Contexts()
        self._certificates: dict[tuple[str, str], tuple[str, str]] = {}
        self._lock = asyncio.Lock()
        self._port = 0

    async def start(self, port: int) -> None:
        """Start the servers of an earlier run at the edge's port.

        Raises CannotLook when an address cannot be had, or the state file is damaged.
        """
        self._port = port
        for server in self._saved():
            await self._open(server)

    async def put(
        self, name: str, policy: bytes, *, hosts: Sequence[str] = (), status: int = 200, address: str = ""
    ) -> WebServer:
        """Make a server that answers with this for its hosts, or change what one answers; it keeps its address.

        The caller publishes its A record. Raises CannotLook for a bad name, an address that is not loopback or is
        taken, a status that is none, and too many or too much.
        """
        if not 200 <= status <= 599:
            raise CannotLook(f"{status} is not the status of an HTTP answer", "200 to 599")
        if len(policy) > _POLICY_LIMIT or len(hosts) > _HOSTS_LIMIT:
            raise CannotLook(f"a web server has at most {_POLICY_LIMIT} bytes and {_HOSTS_LIMIT} hosts")
        async with self._lock:
            key = _name(name)
            told = tuple(dict.fromkeys(map(_name, hosts)))
            before = self._servers.get(key)
            if before is not None:
                if address and address != before.address:
                    raise CannotLook(f"there is a web server {key} already, on {before.address}", "remove it first")
                server = replace(before, hosts=told, status=status, policy=policy)
                self._servers[key] = server
                self._events.show("web", key, server.told())
            else:
                if len(self._servers) >= _SERVERS_LIMIT:
                    raise CannotLook(f"a sandbox has at most {_SERVERS_LIMIT} web servers")
                server = WebServer(key, self._address(address), told, status, policy)
                await self._open(server)
            self._save()
            return server

    async def remove(self, name: str) -> bool:
        """Stop and forget a server; False when there is none of this name."""
        async with self._lock:
            server = self._servers.pop(_name(name), None)
            if server is None:
                return False
            await self._listeners.pop(server.name).close()
            self._events.hide("web", server.name)
            self._save()
            return True

    def servers(self) -> tuple[WebServer, ...]:
        """The servers there are, by name."""
        return tuple(self._servers[name] for name in sorted(self._servers))

    async def close(self) -> None:
        """Stop every server; they are started again with the next `start`."""
        async with self._lock:
            for listener in self._listeners.values():
                await listener.close()
            self._listeners.clear()

    async def _open(self, server: WebServer) -> None:
        async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await converse(reader, writer, _Hosting(self, server.name))

        listener = Listener(server.address, self._port, connection, limit=_CONNECTIONS)
        await open_or_explain(listener, f"web server {server.name}")
        self._listeners[server.name] = listener
        self._servers[server.name] = server
        self._events.show("web", server.name, server.told())

    def _address(self, given: str) -> str:
        taken = {server.address for server in self._servers.values()}
        if not given:
            number = _FIRST_ADDRESS
            while str(ipaddress.IPv4Address(number)) in taken:
                number += 1
            return str(ipaddress.IPv4Address(number))
        try:
            usable = ipaddress.IPv4Address(given).is_loopback and given != "127.0.0.1"
        except ValueError:
            usable = False
        if not usable:
            raise CannotLook(f"{given} is not a loopback address for a web server (127.0.0.2 on)")
        if given in taken:
            raise CannotLook(f"{given} belongs to another web server already")
        return given

    def _saved(self) -> list[WebServer]:
        try:
            saved = json.loads(self._file.read_text(encoding="utf-8"))
            return [
                WebServer(**server | {"hosts": tuple(server["hosts"]), "policy": base64.b64decode(server["policy"])})
                for server in saved
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CannotLook(
                f"{self._file} cannot be read: {error}", "start over with `mtasts sandbox reset`"
            ) from error

    def _save(self) -> None:
        servers = [asdict(server) | {"policy": base64.b64encode(server.policy).decode()} for server in self.servers()]
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(servers, indent=1), encoding="utf-8")
        temporary.replace(self._file)

    # What its connections need

    def get(self, name: str) -> WebServer | None:
        """The server as it is now."""
        return self._servers.get(name)

    def fault(self, kind: str, name: str) -> float | None:
        """The value of a fault of this server; one that is set for all hosts is the edge's."""
        return self._faults.set_for(kind, name)

    def context(self, host: str, fault: str) -> ssl.SSLContext:
        """The TLS context of a host's certificate, made once."""
        if (host, fault) not in self._certificates:
            names = ["somewhere-else.example"] if fault == "wrong-certificate" else [host]
            issued = self._authority.issue(names, expired=fault == "expired-certificate")
            self._certificates[host, fault] = issued
        return self._contexts.get(*self._certificates[host, fault], ssl.TLSVersion.TLSv1_2)


class _Hosting:
    """The answers of one server."""

    def __init__(self, servers: WebServers, name: str) -> None:
        self._servers = servers
        self._name = name

    def context(self, sni: str | None) -> ssl.SSLContext | None:
        server = self._servers.get(self._name)
        if server is None:
            return None
        host = sni if sni in server.hosts else server.name
        kinds = ("wrong-certificate", "expired-certificate")
        return self._servers.context(host, next((kind for kind in kinds if self._on(kind)), ""))

    def respond(self, request: Request, sni: str | None) -> Response:
        server, path = self._servers.get(self._name), request.path
        if request.method not in ("GET", "HEAD") or request.has_body:
            return page(405)
        if server is None or request.host not in server.hosts or path != WELL_KNOWN_PATH:
            return page(404)
        found = with_faults(self._on, request.host, lambda: _answer(server, request.host))
        return in_the_name_of(server.name, found)

    def fault(self, kind: str, host: str) -> float | None:
        return self._servers.fault(kind, self._name)

    def _on(self, kind: str) -> bool:
        return self._servers.fault(kind, self._name) is not None


def _answer(server: WebServer, host: str) -> Response:
    if server.status != 200:
        elsewhere = (("Location", f"https://{host}/elsewhere.txt"),) if 300 <= server.status < 400 else ()
        return page(server.status, extra=elsewhere)
    return Response(200, "OK", (("Content-Type", "text/plain; charset=utf-8"),), server.policy)


def in_the_name_of(server: str, response: Response) -> Response:
    """The response with this server in its headers; what faults make of one has CloudFront's."""
    foreign = tuple(header for header in response.headers if header[0] not in ("Server", "Via", "X-Cache"))
    return replace(response, headers=(*foreign, ("Server", server)))


def page(status: int, *, extra: tuple[tuple[str, str], ...] = ()) -> Response:
    """An answer that is no policy."""
    try:
        reason = http.HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    return Response(status, reason, (("Content-Type", "text/plain; charset=utf-8"), *extra), f"{reason}\n".encode())


def _name(given: str) -> str:
    try:
        return to_a_labels(given)
    except BadName as error:
        raise CannotLook(f"{given[:300]!r} is not a name for a web server: it {error}") from error
