"""Differences between this machine's network and the Internet: another resolver, another CA, other addresses.

The sandbox, tests and rehearsals set these; without them everything is asked as any sender would.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mtasts.errors import CannotLook
from mtasts.verify.addresses import not_public

IPV4 = "ipv4"
IPV6 = "ipv6"
BOTH_FAMILIES = frozenset({IPV4, IPV6})


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """curl's `--connect-to`: a connection meant for `host:port` goes to `to_host:to_port` instead.

    Empty `host` and `port` 0 mean any; empty `to_host` and `to_port` 0 keep what was asked. `host` may be a name or
    an address, `to_host` is an address: a name here would need a second, hidden look-up. Names in SNI, certificates
    and HTTP stay those that were asked for.
    """

    host: str
    port: int
    to_host: str
    to_port: int

    @classmethod
    def parse(cls, text: str) -> "ConnectTo":
        """Read `HOST:PORT:ADDR:PORT`; IPv6 addresses in brackets. Raises CannotLook that names the bad part."""
        parts = _split_colons(text)
        if len(parts) != 4:
            raise CannotLook(
                f"connect-to {text!r} is not HOST:PORT:ADDR:PORT",
                "e.g. mta-sts.example.com:443:127.0.0.1:8443, or :25:[::1]:2525 for every host",
            )
        host, port, to_host, to_port = parts
        if to_host:
            to_host = _address(to_host, f"connect-to {text!r}")
        return cls(
            host.lower().rstrip("."),
            _port(port, f"connect-to {text!r}"),
            to_host,
            _port(to_port, f"connect-to {text!r}"),
        )


@dataclass(frozen=True, slots=True)
class Network:
    """How to reach the outside: `resolver` is `ADDR:PORT` (None: the system's), `ca_file` replaces the system's CAs.

    `public_only`: what a stranger's DNS names is connected to only at public addresses.
    """

    resolver: str | None = None
    ca_file: Path | None = None
    connect_to: tuple[ConnectTo, ...] = ()
    families: frozenset[str] = BOTH_FAMILIES
    public_only: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Network":
        """Read MTASTS_RESOLVER, MTASTS_CA_FILE, MTASTS_CONNECT_TO (blank-separated), MTASTS_PUBLIC_ONLY (1 or 0).

        Raises CannotLook on a bad one.
        """
        resolver = environ.get("MTASTS_RESOLVER") or None
        if resolver is not None:
            parse_endpoint(resolver, "MTASTS_RESOLVER")
        ca_file = environ.get("MTASTS_CA_FILE") or None
        targets = tuple(ConnectTo.parse(word) for word in environ.get("MTASTS_CONNECT_TO", "").split())
        public_only = environ.get("MTASTS_PUBLIC_ONLY") or "0"
        if public_only not in ("0", "1"):
            raise CannotLook(
                f"MTASTS_PUBLIC_ONLY is {public_only!r:.40}, not 1 or 0", "1 leaves private addresses alone"
            )
        return cls(resolver, Path(ca_file) if ca_file else None, targets, public_only=public_only == "1")

    def target(self, host: str, address: str, port: int) -> tuple[str, int]:
        """Where to connect for `host` at `address` and `port`: the first rule that fits, as curl does."""
        for rule in self.connect_to:
            if rule.host in ("", host, address) and rule.port in (0, port):
                return rule.to_host or address, rule.to_port or port
        return address, port

    def outside(self, host: str, address: str, port: int) -> tuple[str, int]:
        """`target` of an address that somebody's DNS named. Raises NotPublic where that is to be left alone.

        What is returned is what is connected to: nothing asks DNS again in between. A rule of `connect_to` that fits is
        the word of whoever runs this, and so is the address that it leads to.
        """
        ruled = any(rule.host in ("", host, address) and rule.port in (0, port) for rule in self.connect_to)
        if self.public_only and not ruled and (kind := not_public(address)):
            raise NotPublic(kind)
        return self.target(host, address, port)


class NotPublic(OSError):  # noqa: N818 - what it is
    """The address is not one of the public Internet, and is left alone; `str` says what it is."""


def parse_endpoint(text: str, what: str, default_port: int = 53) -> tuple[str, int]:
    """Read `ADDR`, `ADDR:PORT`, `[ADDR6]:PORT` or a bare IPv6 address. `what` names the setting in the error."""
    try:
        return str(ipaddress.ip_address(text)), default_port
    except ValueError:
        pass
    parts = _split_colons(text)
    if len(parts) > 2 or not parts[0]:
        raise CannotLook(f"{what} {text!r} is not ADDR:PORT", "e.g. 127.0.0.1:5353 or [::1]:53")
    return _address(parts[0], f"{what} {text!r}"), _port(parts[1], f"{what} {text!r}") if len(
        parts
    ) == 2 else default_port


def _split_colons(text: str) -> list[str]:
    """Split at colons outside brackets; the brackets go away."""
    parts, inside = [""], False
    for char in text.strip():
        if char in "[]":
            inside = char == "["
        elif char == ":" and not inside:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _address(text: str, what: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise CannotLook(f"{what}: {text!r} is not an IP address", "give an address, not a name") from None


def _port(text: str, what: str) -> int:
    if text == "":
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise CannotLook(f"{what}: {text!r} is not a port", "a port is a number up to 65535")
    return int(text)
