"""Ports for servers that must be given one before they listen, as those that are programs of their own must.

A port that the kernel chose for a probe is free only until the kernel gives it to somebody else, and it does so all the
time: each connection takes one from the same range. So these lie outside that range, are free for TCP and UDP, and
are each given once as long as the process that asked lives, to all tests on this machine, whichever run they belong to.

A server that opens its own socket needs none of this: it binds port 0 and says what it got.
"""

import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST, _HIGHEST = 20_000, 65_535  # below are those with names, the sandbox's own among them
_OURS: list[socket.socket] = []


def free_port() -> int:
    """A port of loopback. Raises LookupError when there is none."""
    for port in _candidates():
        mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # An abstract name: like ports it is one per network namespace, and it goes with the process.
            mark.bind(f"\0mtasts-test-port-{port}")
            _try(port)
        except OSError:
            mark.close()
        else:
            _OURS.append(mark)
            return port
    raise LookupError("no port is free for the tests")


def ephemeral() -> range:
    """The ports from which the kernel takes those that nobody named."""
    lowest, highest = map(int, _EPHEMERAL.read_text().split())
    return range(lowest, highest + 1)


def _candidates() -> Iterator[int]:
    taken_at_will = ephemeral()
    ports = [port for port in range(_LOWEST, _HIGHEST + 1) if port not in taken_at_will]
    first = secrets.randbelow(len(ports))
    yield from ports[first:]
    yield from ports[:first]


def _try(port: int) -> None:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", port))
