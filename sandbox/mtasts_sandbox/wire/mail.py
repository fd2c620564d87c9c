"""Mail servers with STARTTLS: one per MX host and address, each on a loopback address of its own, all on one port.

A server's certificate is the sandbox CA's for the MX host. Faults are switched per MX host, or per address ("the second
address is bad"), through the sandbox's faults: `where` is the host or the address.
"""

import asyncio
import ipaddress
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.protocol.names import BadName, to_a_labels
from mtasts_sandbox.authority import Authority
from mtasts_sandbox.faults import Faults, Kind
from mtasts_sandbox.wire.contexts import Contexts
from mtasts_sandbox.wire.listener import Listener, open_or_explain
from mtasts_sandbox.wire.smtp import Behaviour, Session

MAIL_KINDS = (
    Kind("mx-no-starttls", "", "the mail server does not offer STARTTLS"),
    Kind("mx-starttls-4xx", "", "the mail server offers STARTTLS, then answers 454"),
    Kind("mx-expired", "", "the mail server's certificate ended yesterday"),
    Kind("mx-self-signed", "", "the mail server's certificate is signed by itself"),
    Kind("mx-unknown-ca", "", "the mail server's certificate is signed by a CA that nobody trusts"),
    Kind("mx-wrong-name", "", "the mail server's certificate is for another name"),
    Kind("mx-missing-intermediate", "", "the mail server sends its certificate without the intermediate"),
    Kind("mx-tls-1.0", "", "the mail server speaks TLS 1.0 only"),
    Kind("mx-garbage-after-starttls", "", "the mail server answers the TLS handshake with garbage"),
    Kind("mx-plaintext-injection", "", "the mail server sends more lines in clear after its reply to STARTTLS"),
    Kind("mx-slow", "SECONDS", "the mail server waits this long before every reply"),
    Kind("mx-hang", "", "the mail server takes the connection and says nothing"),
    Kind("mx-endless-banner", "", "the mail server's greeting never ends"),
    Kind("mx-4xx-greeting", "", "the mail server greets with 421"),
    Kind("mx-refuse", "", "the mail server refuses connections"),
)

STATE_FILE = "mail.json"
_CONNECTIONS = 128  # an address
_SERVERS_LIMIT = 5000
# 127.0.0.1 is left to the DNS server and the edge.
_FIRST_ADDRESS = int(ipaddress.IPv4Address("127.0.1.1"))


@dataclass(frozen=True, slots=True)
class MailServer:
    """One MX host and the addresses it listens on."""

    host: str
    addresses: tuple[str, ...]


class MailServers:
    """All mail servers of the sandbox; they come back after a restart."""

    def __init__(self, faults: Faults, authority: Authority, state_dir: Path) -> None:
        self._faults = faults
        self._authority = authority
        self._file = state_dir / STATE_FILE
        self._servers: dict[str, MailServer] = {}
        self._listeners: dict[str, Listener] = {}  # by address
        self._contexts = Contexts()
        self._certificates: dict[tuple[str, str], tuple[str, str]] = {}
        self._lock = asyncio.Lock()
        self._switches: set[asyncio.Task[None]] = set()
        self._reserved: Listener | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Take the port and start the servers of an earlier run.

        Raises CannotLook when a port or address cannot be had, or the state file is damaged.
        """
        # All servers share one port (clients are told to map 25 to it), so it is settled before the first is added.
        # On 127.0.0.1 it stays refused: no mail server is there.
        reserved = Listener("127.0.0.1", port, _nobody, limit=1)
        await open_or_explain(reserved, "mail servers")
        await reserved.refuse()
        self._reserved, self.port = reserved, reserved.port
        for server in self._saved():
            await self._open(server)

    async def add(self, host: str, *, count: int = 1, addresses: Sequence[str] = ()) -> MailServer:
        """Add a mail server for an MX host on `count` free loopback addresses, or on those given (`::1` among them).

        The caller publishes MX, A and AAAA records for it. Adding a host again gives what it has if that is the same.
        Raises CannotLook for a bad name, an address that is not loopback or is taken, or too many servers.
        """
        async with self._lock:
            name = _name(host)
            if name in self._servers:
                return self._again(self._servers[name], count, addresses)
            if not 0 < (len(addresses) or count) <= _SERVERS_LIMIT - len(self._listeners):
                raise CannotLook(f"{name}: a sandbox has at most {_SERVERS_LIMIT} mail server addresses")
            chosen = self._checked(name, addresses) if addresses else self._free(count)
            server = MailServer(name, chosen)
            await self._open(server)
            self._save()
            return server

    async def remove(self, host: str) -> bool:
        """Stop and forget a mail server; False when there is none for this host."""
        async with self._lock:
            server = self._servers.pop(_name(host), None)
            if server is None:
                return False
            for address in server.addresses:
                await self._listeners.pop(address).close()
            self._save()
            return True

    def servers(self) -> tuple[MailServer, ...]:
        """The mail servers there are, by host name."""
        return tuple(self._servers[host] for host in sorted(self._servers))

    def faults_changed(self) -> None:
        """Refuse connections, or take them again, as the fault `mx-refuse` now says for each address."""
        if self._listeners:
            task = asyncio.get_running_loop().create_task(self._switch())
            self._switches.add(task)
            task.add_done_callback(self._switches.discard)

    async def settled(self) -> None:
        """Wait until what `faults_changed` began is done."""
        if self._switches:
            await asyncio.wait(list(self._switches))

    async def close(self) -> None:
        """Stop every server; they are started again with the next `start`."""
        async with self._lock:
            for listener in self._listeners.values():
                await listener.close()
            self._listeners.clear()
            if self._reserved is not None:
                await self._reserved.close()

    async def _switch(self) -> None:
        async with self._lock:
            for server in self._servers.values():
                for address in server.addresses:
                    listener = self._listeners[address]
                    refuse = self._value("mx-refuse", server.host, address) is not None
                    await (listener.refuse() if refuse else listener.accept())

    async def _open(self, server: MailServer) -> None:
        opened: list[Listener] = []
        try:
            for address in server.addresses:
                handler = partial(self._connection, server.host, address)
                listener = Listener(address, self.port, handler, limit=_CONNECTIONS)
                await open_or_explain(listener, f"mail server {server.host}")
                opened.append(listener)
                if self._value("mx-refuse", server.host, address) is not None:
                    await listener.refuse()
        except BaseException:
            for listener in opened:
                await listener.close()
            raise
        self._listeners.update((listener.address, listener) for listener in opened)
        self._servers[server.host] = server

    async def _connection(
        self, host: str, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        def on(kind: str) -> bool:
            return self._value(kind, host, address) is not None

        behaviour = Behaviour(
            host,
            greeting_4xx=on("mx-4xx-greeting"),
            endless_banner=on("mx-endless-banner"),
            no_starttls=on("mx-no-starttls"),
            starttls_4xx=on("mx-starttls-4xx"),
            garbage=on("mx-garbage-after-starttls"),
            injection=on("mx-plaintext-injection"),
            slow=self._value("mx-slow", host, address),
            hang=on("mx-hang"),
        )
        # The certificate does not depend on the SNI: a sender may send none (RFC 8461 s7.1).
        await Session(behaviour, lambda _sni: self._context(host, address)).run(reader, writer)

    def _context(self, host: str, address: str) -> ssl.SSLContext:
        certificate = self._certificate(host, address)
        if self._value("mx-tls-1.0", host, address) is not None:
            return self._contexts.get(*certificate, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1)
        return self._contexts.get(*certificate, ssl.TLSVersion.TLSv1_2)

    def _certificate(self, host: str, address: str) -> tuple[str, str]:
        faults = ("mx-expired", "mx-self-signed", "mx-unknown-ca", "mx-wrong-name", "mx-missing-intermediate")
        fault = next((f for f in faults if self._value(f, host, address) is not None), "")
        if (host, fault) not in self._certificates:
            self._certificates[host, fault] = self._issue(host, fault)
        return self._certificates[host, fault]

    def _issue(self, host: str, fault: str) -> tuple[str, str]:
        match fault:
            case "mx-expired":
                return self._authority.issue([host], expired=True)
            case "mx-self-signed":
                return self._authority.issue([host], ca="self-signed")
            case "mx-unknown-ca":
                return self._authority.issue([host], ca="unknown")
            case "mx-wrong-name":
                return self._authority.issue(["somewhere-else.example"])
            case "mx-missing-intermediate":
                chain, key = self._authority.issue([host])
                return chain.removesuffix(self._authority.intermediate_pem), key
            case _:
                return self._authority.issue([host])

    def _value(self, kind: str, host: str, address: str) -> float | None:
        """The fault as it holds for one address: set for the address, for the host, or everywhere."""
        of_address = self._faults.value(kind, address)
        return of_address if of_address is not None else self._faults.value(kind, host)

    def _again(self, server: MailServer, count: int, addresses: Sequence[str]) -> MailServer:
        if (addresses and tuple(addresses) != server.addresses) or (not addresses and count != len(server.addresses)):
            raise CannotLook(
                f"there is a mail server for {server.host} already, on {', '.join(server.addresses)}",
                "remove it first, or ask for the same addresses",
            )
        return server

    def _checked(self, host: str, addresses: Sequence[str]) -> tuple[str, ...]:
        for address in addresses:
            try:
                loopback = ipaddress.ip_address(address).is_loopback
            except ValueError:
                loopback = False
            if not loopback or address == "127.0.0.1":
                raise CannotLook(f"{host}: {address} is not a loopback address for mail servers (127.0.0.2 on, or ::1)")
            if address in self._listeners:
                raise CannotLook(f"{host}: {address} belongs to another mail server already")
        return tuple(str(ipaddress.ip_address(address)) for address in addresses)

    def _free(self, count: int) -> tuple[str, ...]:
        chosen: list[str] = []
        number = _FIRST_ADDRESS
        while len(chosen) < count:
            address = str(ipaddress.IPv4Address(number))
            if address not in self._listeners:
                chosen.append(address)
            number += 1
        return tuple(chosen)

    def _saved(self) -> list[MailServer]:
        try:
            saved = json.loads(self._file.read_text(encoding="utf-8"))
            return [MailServer(str(host), tuple(map(str, addresses))) for host, addresses in saved.items()]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise CannotLook(
                f"{self._file} cannot be read: {error}", "start over with `mtasts sandbox reset`"
            ) from error

    def _save(self) -> None:
        text = json.dumps({server.host: server.addresses for server in self.servers()}, indent=1)
        temporary = self._file.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self._file)


async def _nobody(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Nobody is there: the connection is closed."""


def _name(host: str) -> str:
    try:
        return to_a_labels(host)
    except BadName as error:
        raise CannotLook(f"{host!r} is not a name for a mail server: {error}") from error
