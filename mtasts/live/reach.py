"""Explains a failed connection: the other side's fault, or this machine cannot get there and nothing was learned."""

import errno

from mtasts.live.network import NotPublic
from mtasts.verify.model import NOT_PUBLIC, LookOutcome, Trouble

# No route, no such address family, a local firewall, or a router's "administratively prohibited": a sender elsewhere
# may well get through, so nothing is learned.
_FROM_HERE = {
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.EAFNOSUPPORT,
    errno.EADDRNOTAVAIL,
    errno.EACCES,
    errno.EPERM,
    errno.ENETDOWN,
    errno.EPROTONOSUPPORT,
}
# Our own limits, not the network's.
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def connection_trouble(error: OSError, what: str, result_type: str) -> tuple[LookOutcome, Trouble]:
    """LookOutcome and problem for an OSError of connecting to, reading from or writing to `what`."""
    if isinstance(error, NotPublic):
        return LookOutcome.UNREACHABLE, Trouble(NOT_PUBLIC, f"{what} is left alone: its address is {error}")
    if error.errno in _FROM_HERE or error.errno in _OURS:
        reason = error.strerror or "no way there"
        return LookOutcome.UNREACHABLE, Trouble(
            "unreachable-from-here", f"{what} cannot be reached from here: {reason}"
        )
    if isinstance(error, ConnectionRefusedError):
        return LookOutcome.FAILED, Trouble("connection-refused", f"{what} refuses connections", result_type)
    if isinstance(error, ConnectionError):
        return LookOutcome.FAILED, Trouble("connection-lost", f"{what} closed the connection", result_type)
    if isinstance(error, TimeoutError):
        return LookOutcome.FAILED, Trouble("connect-timeout", f"{what} does not answer", result_type)
    return LookOutcome.FAILED, Trouble("connection-failed", f"{what}: {error.strerror or error}", result_type)
